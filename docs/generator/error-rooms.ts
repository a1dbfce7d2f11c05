import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import type { ErrorKind } from "../../errors/tenantry-error.ts";

/** The errors of one room. */
export interface ErrorRoom {
  /** The folder, from the project's: `provider/tigris`. */
  readonly folder: string;
  readonly kinds: readonly ErrorKind[];
}

/** The errors of all rooms: of every `errors.ts` that calls `errorKinds`, by folder. */
export async function errorRooms(projectDir: string): Promise<ErrorRoom[]> {
  const files = globSync("**/errors.ts", { cwd: projectDir, exclude: (name) => /^(?:node_modules|\..+)$/.test(name) })
    .filter((file) => readFileSync(join(projectDir, file), "utf8").includes("errorKinds("))
    .sort();
  return Promise.all(
    files.map(async (file) => ({ folder: dirname(file), kinds: await kindsIn(join(projectDir, file)) })),
  );
}

async function kindsIn(file: string): Promise<ErrorKind[]> {
  const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  return Object.values(exported).flatMap((value) =>
    typeof value === "object" && value !== null ? Object.values(value).filter(isErrorKind) : [],
  );
}

function isErrorKind(value: unknown): value is ErrorKind {
  return typeof value === "object" && value !== null && "code" in value && "meaning" in value && "next" in value;
}
