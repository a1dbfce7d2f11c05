import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { type Ran, run } from "./ran.ts";

/** Packs what a team installs, as `make package` does of the checkout at `root`, below `dir`. Answers the package's path. */
export async function packed(root: string, dir: string): Promise<string> {
  mkdirSync(dir, { recursive: true });
  await done(run(process.execPath, [join(root, "packaging/build.ts"), join(dir, "package")], dir, process.env));
  const [file = ""] = readdirSync(dir).filter((name) => name.endsWith(".tgz"));
  return join(dir, file);
}

/** What a program printed. Throws that when it did not end well. */
export async function done(running: Promise<Ran>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`ended with ${String(code)}: ${stdout}${stderr}`);
  return stdout;
}
