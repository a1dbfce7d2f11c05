import { stripTypeScriptTypes } from "node:module";

import ts from "typescript";

import { PROJECT_WORKFLOWS } from "../operations/new-project/workflows.ts";

/** What of this repository is part of the package. Everything else builds or tests it. */
const ROOMS =
  /^(?:cli|components|container|cost|errors|local|operations|output|policies|processes|provider|resource-kinds|rollouts|stack|tools)\//;
const OF_TENANTS = /^tenants\/(?!(?:dev|local)\/)/;
const FOR_WORKFLOWS = /^\.github\/(?:actions|scripts)\//;
const PAGES = /^docs\/(?:adr\/)?[^/]+\.md$/;
const ALONE = [
  "CHANGELOG.md",
  "LICENSE",
  "SECURITY.md",
  ...PROJECT_WORKFLOWS.map((file) => `.github/workflows/${file}`),
];
/** Programs of `make test`, and what only this repository's own images are built from. */
const LEFT_OUT = /^(?:tools\/(?:actionlint|hadolint|import-graph|newest)|container\/(?:examples\/|bill-of-materials))/;

/** The files of the package among those of the repository, by path. Pure. */
export function packageFiles(tracked: readonly string[]): string[] {
  return tracked.filter(
    (path) =>
      !LEFT_OUT.test(path) &&
      ([ROOMS, OF_TENANTS, FOR_WORKFLOWS, PAGES].some((pattern) => pattern.test(path)) || ALONE.includes(path)),
  );
}

/** Files that no import reaches: what they say of a module is changed by hand, since Node strips no types in a package. */
export const REWRITTEN: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  "cli/tenantry": [["cli/main.ts", "cli/main.js"]],
  "provider/pulumi-resource-tenantry": [["provider/main.ts", "provider/main.js"]],
  "processes/pulumi-language-nodejs": [["$room/as-the-program.ts", "$room/as-the-program.js"]],
  "policies/pack/tenantry": [["policies/pack/main.ts", "policies/pack/main.js"]],
  "tools/install.sh": [["$tools/activate.ts", "$tools/activate.js"]],
  "local/images.yaml": [
    ["../node_modules", "../../.."],
    ["main.ts]", "main.js]"],
  ],
};

/** A file's text as it is in the package. Throws when what has to be rewritten is not there. Pure. */
export function packagedText(path: string, text: string): string {
  return (REWRITTEN[path] ?? []).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`${path} no longer says ${from}: see packaging/contents.ts`);
    return before.replaceAll(from, to);
  }, text);
}

/** A module without its types, whose imports name the package's own files as they are called there. Pure. */
export function packagedCode(text: string): string {
  const code = stripTypeScriptTypes(text);
  const own = ts
    .preProcessFile(code, true, true)
    .importedFiles.filter(({ fileName }) => /^\.{1,2}\/.*\.ts$/.test(fileName));
  return own.reduceRight((before, { fileName, pos, end }) => {
    const named = before.slice(pos, end + 2);
    return `${before.slice(0, pos)}${named.replace(fileName, fileName.replace(/ts$/, "js"))}${before.slice(end + 2)}`;
  }, code);
}
