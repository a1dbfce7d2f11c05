import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "@jest/globals";

import { machineConfig } from "../../components/machine-config.ts";
import { TIGRISFS_FLAGS, TIGRISFS_VERSION } from "../../container/tigrisfs-flags.ts";
import { parseTenant } from "../../tenants/parse-tenant.ts";
import { itIf } from "../support/skip.ts";

const container = join(import.meta.dirname, "../../container");
const script = readFileSync(join(container, "tigrisfs-options.sh"), "utf8");
const hasTigrisfs = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "tigrisfs")));
const NO_TIGRISFS = "tigrisfs is not on PATH";

/** The arms of a function's `case`: variable to flag. */
function armsOf(name: string): Record<string, string> {
  const body = new RegExp(`^${name}\\(\\) \\{\\n(.*?)^\\}`, "ms").exec(script)?.[1] ?? "";
  return Object.fromEntries(
    [...body.matchAll(/^ {2}(TIGRISFS_\w+)\) echo (\S+) ;;$/gm)].map(([, env = "", flag = ""]) => [env, flag]),
  );
}

function tableOf(kind: "value" | "switch"): Record<string, string> {
  return Object.fromEntries(TIGRISFS_FLAGS.filter((each) => each.kind === kind).map(({ env, flag }) => [env, flag]));
}

/** What the script makes of an environment. */
async function optionsFor(env: Record<string, string>): Promise<{ code: unknown; flags: string[]; words: string }> {
  const program = `die() { shift; echo "$*" >&2; exit 78; }; . "$1"; tigrisfs_options`;
  const args = ["-euc", program, "sh", join(container, "tigrisfs-options.sh")];
  try {
    const { stdout, stderr } = await promisify(execFile)("sh", args, { env: { PATH: process.env["PATH"], ...env } });
    return { code: 0, flags: stdout.split("\n").slice(0, -1), words: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code, flags: stdout.split("\n").slice(0, -1), words: stderr };
  }
}

/** A flag's line in `tigrisfs --help`. */
function helpOn(flag: string): string {
  // It takes help for an error.
  return (
    spawnSync("tigrisfs", ["--help"], { encoding: "utf8" })
      .stderr.split("\n")
      .find((line) => line.trim().startsWith(`${flag} `)) ?? ""
  );
}

describe("the options of TigrisFS", () => {
  it.each(["value", "switch"] as const)("in the script are those of the table: %s", (kind) => {
    expect(armsOf(`${kind}_flag`)).toEqual(tableOf(kind));
    expect(Object.keys(armsOf(`${kind}_flag`)).length).toBeGreaterThan(10);
  });

  it("in the table have a unit and a default where they have a value, and neither where they are switches", () => {
    const odd = TIGRISFS_FLAGS.filter(
      ({ kind, unit, default: byDefault }) =>
        (unit !== undefined) !== (kind === "value") || (byDefault !== undefined) !== (kind === "value"),
    );
    expect(odd).toEqual([]);
  });

  it("are those of the version that is built", () => {
    expect(readFileSync(join(container, "../tools/tigrisfs/go.mod"), "utf8")).toContain(
      `github.com/tigrisdata/tigrisfs ${TIGRISFS_VERSION}`,
    );
  });

  const plain = TIGRISFS_FLAGS.filter(({ flag }) => flag.startsWith("--"));
  itIf(hasTigrisfs, NO_TIGRISFS)("are flags of the real TigrisFS, with the defaults that its help says", () => {
    const wrong = plain.filter(({ flag, kind, default: byDefault }) => {
      const line = helpOn(flag);
      if (kind === "switch") return line === "" || line.includes(" value ");
      return !line.includes(`(default: ${byDefault ?? ""})`) && !line.includes(`(default: "${byDefault ?? ""}")`);
    });
    expect(wrong).toEqual([]);
  });

  it("that a machine gets from a tenant file are all among them", async () => {
    const image = `ghcr.io/acme/agent@sha256:${"a".repeat(64)}`;
    const text = `owner: a@b.example\nmachine: { image: "${image}" }\nmount: { durability: fsync-on-close }\n`;
    const parsed = parseTenant(text, "acme.yaml", { standard: {} });
    const tenant = parsed.ok ? parsed.value : undefined;
    const config = machineConfig(tenant as NonNullable<typeof tenant>, {
      stack: "test",
      attachment: { bucket: "acme", endpoint: "https://t3.storage.dev", region: "auto" },
      databaseUrl: undefined,
    });
    expect(await optionsFor({ ...config.env })).toEqual({
      code: 0,
      flags: [
        "--fsync-on-close",
        "--memory-limit=256",
        "--no-preload-dir",
        "--read-retry-attempts=5",
        "--stat-cache-ttl=5s",
      ],
      words: "",
    });
  });

  it("leave out what is empty or false", async () => {
    const { flags } = await optionsFor({
      TIGRISFS_CHEAP: "false",
      TIGRISFS_MEMORY_LIMIT: "",
      TIGRISFS_READ_ONLY: "true",
    });
    expect(flags).toEqual(["-o=ro"]);
  });

  it.each([
    [{ TIGRISFS_MEMROY_LIMIT: "64" }, "there is no option of TigrisFS for TIGRISFS_MEMROY_LIMIT"],
    [{ TIGRISFS_FSYNC_ON_CLOSE: "yes" }, "TIGRISFS_FSYNC_ON_CLOSE is neither true nor false"],
    [{ TIGRISFS_MEMORY_LIMIT: "64 --debug_s3" }, "TIGRISFS_MEMORY_LIMIT holds what no option of TigrisFS takes"],
    [{ TIGRISFS_STAT_CACHE_TTL: "5s\n-o" }, "TIGRISFS_STAT_CACHE_TTL holds what no option of TigrisFS takes"],
    [{ TIGRISFS_STAT_CACHE_TTL: "$(reboot)" }, "TIGRISFS_STAT_CACHE_TTL holds what no option of TigrisFS takes"],
  ])("refuse %j", async (env, words) => {
    expect(await optionsFor(env)).toMatchObject({ code: 78, words: expect.stringContaining(words) });
  });
});
