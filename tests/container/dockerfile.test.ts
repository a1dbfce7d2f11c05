import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { itIf } from "../support/skip.ts";

const projectDir = join(import.meta.dirname, "../..");
const file = join(projectDir, "container/Dockerfile");
/** Instructions as lines, without comments and continued lines joined. */
const instructions = readFileSync(file, "utf8")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, " ")
  .split("\n")
  .filter((line) => line !== "");
const isOnPath = (program: string) =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

function wordsOf(instruction: string): string[][] {
  return instructions.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.split(" ").slice(1));
}

/** Sources and target of every COPY from the project. */
const copies = wordsOf("COPY")
  .filter(([first = ""]) => !first.startsWith("--from"))
  .map((words) => ({ sources: words.slice(0, -1), target: words.at(-1) ?? "" }));

// There is no engine for images where these tests run: the image itself is not built here.
describe("container/Dockerfile", () => {
  it("starts every stage from a base of one exact version", () => {
    const bases = Object.fromEntries(wordsOf("ARG").map(([word = ""]) => word.split("=")) as [string, string][]);
    const images = wordsOf("FROM").map(([image = ""]) => bases[image.replaceAll(/[${}]/g, "")]);
    expect(images).toHaveLength(2);
    expect(images.filter((image) => !/^[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+$/.test(image ?? ""))).toEqual([]);
  });

  it("builds TigrisFS with the same modules and flags as tools/programs.sh", () => {
    const flags = /tags='' ldflags='(.*)'/.exec(readFileSync(join(projectDir, "tools/programs.sh"), "utf8"))?.[1];
    const tool = /^tool (.*)$/m.exec(readFileSync(join(projectDir, "tools/tigrisfs/go.mod"), "utf8"))?.[1];
    expect(instructions).toContain(`RUN go build -ldflags "${flags}" -o /out/tigrisfs ${tool}`);
    expect(copies[0]).toEqual({ sources: ["tools/tigrisfs/go.mod", "tools/tigrisfs/go.sum"], target: "./" });
  });

  it("copies only what there is, and what its .dockerignore lets through", () => {
    const sources = copies.flatMap((copy) => copy.sources);
    const let_ = readFileSync(`${file}.dockerignore`, "utf8").matchAll(/^!(.*)$/gm);
    const patterns = [...let_].map(
      ([, glob = ""]) => new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`),
    );
    expect(sources.filter((source) => !existsSync(join(projectDir, source)))).toEqual([]);
    expect(sources.filter((source) => !patterns.some((pattern) => pattern.test(source)))).toEqual([]);
  });

  it("lays out a tree from which the entrypoint runs", () => {
    const root = mkdtempSync(join(tmpdir(), "tenantry-image-"));
    try {
      for (const { sources, target } of copies.filter((copy) => copy.target.startsWith("/"))) {
        mkdirSync(join(root, target), { recursive: true });
        for (const source of sources) copyFileSync(join(projectDir, source), join(root, target, basename(source)));
      }
      const entrypoint = JSON.parse(wordsOf("ENTRYPOINT")[0]?.join(" ") ?? "[]") as string[];
      const run = (args: string[], env: Record<string, string>) =>
        spawnSync(join(root, entrypoint[0] ?? ""), args, {
          encoding: "utf8",
          env: { PATH: process.env["PATH"], ...env },
        });
      expect(run(["sh", "-c", "echo app; exit 3"], {})).toMatchObject({ status: 3, stdout: "app\n", stderr: "" });
      expect(run(["true"], { BUCKET_NAME: "b", STATE_DIR: join(root, "state") }).stderr).toBe(
        "tenantry: MOUNT_PATH is not set\n",
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("has no secret, no USER that could not mount, and an entrypoint that gets signals itself", () => {
    const text = instructions.join("\n");
    expect(text).not.toMatch(/^USER|SECRET|TOKEN|PASSWORD|ACCESS_KEY/m);
    expect(text).toMatch(/^ENTRYPOINT \["/m);
    expect(text).toMatch(/^ENV .*\bAPP_USER=app\b/m);
  });

  itIf(isOnPath("hadolint"), "hadolint is not installed")("is clean for hadolint", () => {
    expect(execFileSync("hadolint", [file], { encoding: "utf8" })).toBe("");
  });
});
