import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { itIf } from "../support/skip.ts";

const projectDir = join(import.meta.dirname, "../..");
const mount = readDockerfile("container/Dockerfile");
const app = readDockerfile("container/app/Dockerfile");
const basicMemory = readDockerfile("container/examples/basic-memory/Dockerfile");
const isOnPath = (program: string) =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

interface Dockerfile {
  readonly path: string;
  /** As lines, without comments and continued lines joined. */
  readonly instructions: readonly string[];
  /** Sources and target of every COPY from the project. */
  readonly copies: readonly { readonly sources: string[]; readonly target: string }[];
  /** The words behind each instruction of this name. */
  words(instruction: string): string[][];
  /** What an instruction in JSON form says. */
  command(instruction: "ENTRYPOINT" | "CMD"): string[];
}

function readDockerfile(path: string): Dockerfile {
  const instructions = readFileSync(join(projectDir, path), "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line !== "");
  const words = (instruction: string) =>
    instructions.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.split(" ").slice(1));
  const copies = words("COPY")
    .filter(([first = ""]) => !first.startsWith("--from"))
    .map((each) => ({ sources: each.slice(0, -1), target: each.at(-1) ?? "" }));
  const command = (instruction: string) => JSON.parse(words(instruction)[0]?.join(" ") ?? "[]") as string[];
  return { path, instructions, copies, words, command };
}

/** Does in `root` what the file's COPY lines do in an image. */
function layOut({ copies }: Dockerfile, root: string): void {
  for (const { sources, target } of copies.filter((copy) => copy.target.startsWith("/"))) {
    for (const source of sources) {
      const to = target.endsWith("/") ? join(root, target, basename(source)) : join(root, target);
      mkdirSync(join(to, ".."), { recursive: true });
      cpSync(join(projectDir, source), to, { recursive: true });
    }
  }
}

// The images themselves are built by make test-deep (tests/e2e/built-images.test.ts).
describe.each([mount, app, basicMemory])("$path", (file) => {
  it("starts every stage from a base of one exact version, or from the mount's image", () => {
    const bases = Object.fromEntries(file.words("ARG").map(([word = ""]) => word.split("=")) as [string, string][]);
    const named = file.words("FROM").map((words) => words.find((word) => !word.startsWith("--")) ?? "");
    const images = named.map((image) => bases[image.replaceAll(/[${}]/g, "")] ?? `${image}, which is no argument`);
    expect(images.length).toBeGreaterThan(0);
    const exact = /^(?:[a-z]+:\d+\.\d+(?:\.\d+)?-[a-z]+(?:-slim)?|tenantry-mount)$/;
    expect(images.filter((image) => !exact.test(image))).toEqual([]);
  });

  it("copies only what there is, and what its .dockerignore lets through", () => {
    const sources = file.copies.flatMap((copy) => copy.sources);
    const let_ = readFileSync(join(projectDir, `${file.path}.dockerignore`), "utf8").matchAll(/^!(.*)$/gm);
    const patterns = [...let_].map(
      ([, glob = ""]) => new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}(?:/|$)`),
    );
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((source) => !existsSync(join(projectDir, source)))).toEqual([]);
    expect(sources.filter((source) => !patterns.some((pattern) => pattern.test(source)))).toEqual([]);
  });

  it("builds for the processor that is asked for, and keeps what it fetches out of its layers", () => {
    const building = file.instructions.filter((line) => line.startsWith("FROM --platform=${BUILDPLATFORM} "));
    const targets = file.instructions.filter((line) => line === "ARG TARGETARCH");
    // What is built on this computer for another one says for which.
    expect(targets).toHaveLength(building.length);
    const fetching = file.instructions.filter((line) => /\b(?:go build|npm ci|pip install)\b/.test(line));
    expect(fetching.filter((line) => !line.includes("--mount=type=cache,target="))).toEqual([]);
  });

  it("has no secret, and no USER that could not mount", () => {
    expect(file.instructions.join("\n")).not.toMatch(/^USER|SECRET|TOKEN|PASSWORD|ACCESS_KEY/m);
  });

  itIf(isOnPath("hadolint"), "hadolint is not installed (tools/install.sh test)")("is clean for hadolint", () => {
    expect(execFileSync("hadolint", [join(projectDir, file.path)], { encoding: "utf8" })).toBe("");
  });
});

describe("container/docker-bake.hcl", () => {
  const text = readFileSync(join(projectDir, "container/docker-bake.hcl"), "utf8");

  it("builds both Dockerfiles for both kinds of processors, the app on the mount of the same run", () => {
    const targets = [...text.matchAll(/^target "\w+" \{\n(.*?)^\}/gms)].map(([, body = ""]) => body);
    expect(targets.map((body) => /dockerfile = "(.*)"/.exec(body)?.[1])).toEqual([mount.path, app.path]);
    expect([...text.matchAll(/platforms +=(.*)/g)].map(([, list]) => list)).toEqual([
      ' ["linux/amd64", "linux/arm64"]',
      ' ["linux/amd64", "linux/arm64"]',
    ]);
    const base = /^ARG MOUNT_IMAGE=(.*)$/m.exec(app.instructions.join("\n"))?.[1];
    expect(text).toContain(`contexts   = { ${base} = "target:mount" }`);
  });
});

describe("the mount's image", () => {
  it("builds TigrisFS with the same modules and flags as tools/programs.sh", () => {
    const flags = /tags='' ldflags='(.*)'/.exec(readFileSync(join(projectDir, "tools/programs.sh"), "utf8"))?.[1];
    const tool = /^tool (.*)$/m.exec(readFileSync(join(projectDir, "tools/tigrisfs/go.mod"), "utf8"))?.[1];
    expect(mount.instructions.find((line) => line.includes("go build"))).toMatch(
      new RegExp(
        `go run ../patched/main.go /patched .*go build -modfile /patched/go.mod -ldflags "${flags}" -o /out/tigrisfs ${tool}$`,
      ),
    );
    expect(mount.copies.slice(0, 2)).toEqual([
      { sources: ["tools/patched/"], target: "patched/" },
      { sources: ["tools/tigrisfs/"], target: "tigrisfs/" },
    ]);
    expect(mount.instructions).toContain("WORKDIR /build/tigrisfs");
  });

  it("has an entrypoint that gets signals itself, and a user for the app", () => {
    const text = mount.instructions.join("\n");
    expect(text).toMatch(/^ENTRYPOINT \["/m);
    expect(text).toMatch(/^ENV .*\bAPP_USER=app\b/m);
  });
});

describe("the tree that the images lay out", () => {
  let root = "";
  const entrypoint = () => join(root, mount.command("ENTRYPOINT")[0] ?? "");
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "tenantry-image-"));
    layOut(mount, root);
    layOut(app, root);
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it("has all that the entrypoint needs", () => {
    const run = (args: string[], env: Record<string, string>) =>
      spawnSync(entrypoint(), args, { encoding: "utf8", env: { PATH: process.env["PATH"], ...env } });
    expect(run(["sh", "-c", "echo app; exit 3"], {})).toMatchObject({ status: 3, stdout: "app\n", stderr: "" });
    expect(run(["true"], { BUCKET_NAME: "b", STATE_DIR: join(root, "state") }).stderr).toBe(
      "tenantry: MOUNT_PATH is not set\n",
    );
  });

  it("has all that the reference app needs, with the packages of its lock file", async () => {
    // Those of the project: a test of the app's package holds both to the same versions.
    symlinkSync(join(projectDir, "node_modules"), join(root, "srv/app/node_modules"));
    mkdirSync(join(root, "data"));
    const [node = "", ...words] = app.command("CMD");
    const inRoot = words.map((word) => (word.startsWith("/") ? join(root, word) : word));
    const child = spawn(entrypoint(), [node, ...inRoot], {
      env: {
        PATH: process.env["PATH"],
        MOUNT_PATH: join(root, "data"),
        DATABASE_FILE: join(root, "index.db"),
        HOST: "127.0.0.1",
        PORT: "0",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      let log = "";
      for await (const text of child.stdout) if ((log += String(text)).includes('"listening"')) break;
      const port = /"port":(\d+)/.exec(log)?.[1] ?? "";
      const health = await fetch(`http://127.0.0.1:${port}/healthz`);
      expect([health.status, await health.json()]).toMatchObject([200, { mount: { ok: true } }]);
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });
});
