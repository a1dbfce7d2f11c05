import { atLeast } from "../../tools/at-least.ts";
import { minimumNode } from "../../tools/environment.ts";
import { npmPackages } from "../../tools/npm-packages.ts";
import type { DoctorFinding } from "./finding.ts";

/** The Node we run on. */
export function node(version: string, path: string): DoctorFinding {
  const finding = { subject: "node", version, source: path };
  if (atLeast(minimumNode, version)) return { ...finding, state: "ok" };
  return {
    ...finding,
    state: "missing",
    detail: `older than ${minimumNode}`,
    fix: `install Node ${minimumNode} or newer`,
  };
}

/** Whether node_modules is what package-lock.json says. */
export function npm(projectDir: string): DoctorFinding {
  const finding = { subject: "npm packages", source: "package-lock.json", fix: "npm ci" };
  const step = npmPackages(projectDir);
  if (step === undefined)
    return { ...finding, state: "attention", detail: "there is no package-lock.json: versions may differ" };
  const { missing, extra } = step;
  if (missing.length > 0) {
    return { ...finding, state: "missing", detail: `absent or in another version: ${few(missing)}` };
  }
  if (extra.length > 0) return { ...finding, state: "attention", detail: `not in the lock file: ${few(extra)}` };
  return { subject: "npm packages", state: "ok", source: "package-lock.json" };
}

/** The first names of a list that may be long. */
function few(paths: readonly string[]): string {
  const names = paths.map((path) => path.replace(/^.*node_modules\//, ""));
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}
