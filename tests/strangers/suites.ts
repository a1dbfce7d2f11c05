import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

import { vendorApiPath } from "../support/openapi.ts";

/** One client of somebody else's, with checks of ours for what it is used for. A folder here: its suite, its exact versions. */
export interface Suite {
  readonly name: string;
  /** Which client, in which version. */
  readonly versions: (folder: string) => string;
  /** A program that has to be on PATH, where no registry's package brings it. */
  readonly needs?: string;
  /** Makes the client ready in `work`, a folder of this suite's own. Throws when a registry does not have it. */
  readonly prepare: (folder: string, work: string) => Promise<void>;
  readonly command: readonly string[];
}

// What such a client brings for other databases and clouds is hundreds of megabytes; what it needs itself, its package.json names.
const LEAN = ["--omit=optional", "--omit=peer", "--legacy-peer-deps"];

export const SUITES: readonly Suite[] = [
  { name: "boto3", ...python("suite.py") },
  { name: "aws-cli", ...python("suite.sh") },
  { name: "tigris-boto3-ext", ...python("suite.py") },
  { name: "libsql-python", ...python("suite.py") },
  {
    name: "rclone",
    needs: "rclone",
    versions: () => execFileSync("rclone", ["version"], { encoding: "utf8" }).split("\n")[0] ?? "",
    prepare: () => Promise.resolve(),
    command: ["bash", "suite.sh"],
  },
  { name: "npm", ...npm() },
  { name: "prisma", ...npm(...LEAN) },
  { name: "alchemy", ...npm(...LEAN) },
  { name: "schemathesis", ...onOpenApiFiles(python("suite.py")) },
];

/** A suite that reads the vendors' OpenAPI files, where these are at hand. It breaks what it finds: it comes last. */
function onOpenApiFiles<Parts extends Pick<Suite, "prepare">>(suite: Parts): Parts {
  return {
    ...suite,
    async prepare(folder, work) {
      for (const [vendor, file] of Object.entries(OPENAPI_FILES)) {
        const path = vendorApiPath(file);
        if (!existsSync(path)) throw new Error("the vendors' OpenAPI files are not at hand");
        cpSync(path, join(work, `${vendor}.json`));
      }
      await suite.prepare(folder, work);
    },
  };
}

const OPENAPI_FILES = { fly: "fly-machines.openapi.json", turso: "turso-platform.openapi.json" };

/** A suite whose clients npm has. Nothing of theirs runs at their installation. */
function npm(...options: readonly string[]): Pick<Suite, "versions" | "prepare" | "command"> {
  return {
    versions(folder) {
      const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        dependencies: Readonly<Record<string, string>>;
      };
      return Object.entries(dependencies)
        .map((pair) => pair.join(" "))
        .join(", ");
    },
    prepare: (_folder, work) => run(work, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", ...options]),
    command: [process.execPath, "suite.js"],
  };
}

/** A suite whose client PyPI has: installed into an environment of its own, whose programs come first on PATH. */
function python(script: string): Pick<Suite, "versions" | "needs" | "prepare" | "command"> {
  return {
    needs: "python3",
    versions: (folder) =>
      readFileSync(join(folder, "requirements.txt"), "utf8").trim().replaceAll("==", " ").replaceAll("\n", ", "),
    async prepare(folder, work) {
      await run(work, "python3", ["-m", "venv", "venv"]);
      await run(work, "venv/bin/pip", [
        "install",
        "--quiet",
        "--only-binary=:all:",
        "-r",
        join(folder, "requirements.txt"),
      ]);
    },
    command: [script.endsWith(".py") ? "python" : "bash", script],
  };
}

/** Whether a program is on PATH. */
export function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

async function run(cwd: string, program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, args, { cwd });
}
