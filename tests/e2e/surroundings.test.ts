import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { endFleet } from "../support/fleet.ts";
import type { Ran } from "../support/scratch-project.ts";
import { endProcessesOf } from "./processes.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const NOWHERE = "http://127.0.0.1:9";

/** What people, their CI and their companies have in an environment, all of it at once. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  FORCE_COLOR: "3",
  CLICOLOR_FORCE: "1",
  NODE_ENV: "production",
  NODE_OPTIONS: "--trace-warnings",
  NODE_USE_ENV_PROXY: "1",
  ...Object.fromEntries(
    ["http_proxy", "https_proxy", "all_proxy", "grpc_proxy"].flatMap((name) => [
      [name, NOWHERE],
      [name.toUpperCase(), NOWHERE],
    ]),
  ),
  AWS_USE_FIPS_ENDPOINT: "true",
  AWS_USE_DUALSTACK_ENDPOINT: "true",
  AWS_PROFILE: "nobody",
  AWS_ENDPOINT_URL: NOWHERE,
  AWS_ENDPOINT_URL_S3: NOWHERE,
  AWS_CONFIG_FILE: "/nonexistent",
  AWS_CA_BUNDLE: "/nonexistent",
  LANG: "tr_TR.UTF-8",
  TZ: "Pacific/Kiritimati",
};

let cloud: TestCloud;
let project: SideProject;
let up: Ran;

beforeAll(async () => {
  cloud = await startCloud();
  project = sideProject(cloud, { prefix: "sur" });
  Object.assign(project.env, SURROUNDINGS);
  project.tenant("constructor");
  up = await project.tenantry("up");
}, 120_000);

afterAll(async () => {
  endProcessesOf(project.home);
  await endFleet({ cloud, project });
}, 60_000);

describe("among colours, proxies and AWS settings", () => {
  it("a tenant is brought up, whose id is also a name that every object has", () => {
    expect(up).toMatchObject({ code: 0 });
  });

  it("nothing is left to plan, and nothing drifts", async () => {
    expect(await project.tenantry("plan")).toMatchObject({ code: 0 });
    expect(await project.tenantry("drift")).toMatchObject({ code: 0 });
  }, 60_000);

  it("plain pulumi finds nothing to change either", async () => {
    expect(await project.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  }, 60_000);
});

describe("a plan of changes whose reader has read enough", () => {
  /** `tenantry …` whose standard output is closed before it begins to write. */
  async function unread(...args: string[]): Promise<number | null> {
    const child = spawn(TENANTRY, args, {
      cwd: project.dir,
      env: { ...process.env, ...project.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    child.stderr.resume();
    const [code] = (await once(child, "close")) as [number | null];
    return code;
  }

  it.each([
    ["plan", ["plan"]],
    ["plan --json", ["plan", "--json"]],
  ])(
    "still ends with 2: %s",
    async (_, args) => {
      project.tenant("another");
      expect(await unread(...args)).toBe(2);
    },
    60_000,
  );

  it.each([
    ["an error", 1, ["show", "nobody"]],
    ["help", 0, ["--help"]],
    ["a list", 0, ["list"]],
  ])(
    "ends as ever after %s",
    async (_, code, args) => {
      expect(await unread(...args)).toBe(code);
    },
    60_000,
  );
});
