import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { TenantryError } from "../../../../errors/tenantry-error.ts";
import { cloudErrors } from "../../../errors.ts";
import type { ImageSource, RootImage } from "./images.ts";
import { type LaidOut, readLayout } from "./oci-layout.ts";

const run = promisify(execFile);
/** A root that no machine was started from for so long is removed when the embedded cloud starts. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** The programs whose storage an image may lie in: how each tells an image's id, and writes it as a layout or an archive. */
const STORES = [
  {
    program: "buildah",
    id: (name: string) => ["inspect", "--type", "image", "--format", "{{.FromImageID}}", name],
    save: (name: string, dir: string) => ["push", "--quiet", name, `oci:${join(dir, "layout")}:image`],
  },
  {
    program: "podman",
    id: (name: string) => ["image", "inspect", "--format", "{{.Id}}", name],
    save: (name: string, dir: string) => ["push", "--quiet", name, `oci:${join(dir, "layout")}:image`],
  },
  {
    program: "docker",
    id: (name: string) => ["image", "inspect", "--format", "{{.Id}}", name],
    save: (name: string, dir: string) => ["image", "save", "--output", join(dir, "archive.tar"), name],
  },
] as const;

/** Root file systems made of images, each unpacked once. Needs umoci; the layers' checksums are its to check. */
export class UnpackedImages {
  readonly #dir: string;
  readonly #underWay = new Map<string, Promise<RootImage>>();

  /** @param dir the folder they are kept in */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The image's root, unpacked now if it was not before. Throws CLOUD_IMAGES_WRONG. */
  async of(source: ImageSource): Promise<RootImage> {
    const what = "archive" in source ? source.archive : source.stored;
    try {
      const { key, lay } = "archive" in source ? fromArchive(source.archive) : await fromStore(source.stored);
      const folder = join(this.#dir, key);
      const known = this.#underWay.get(key);
      if (known !== undefined) return await known;
      const unpacking = existsSync(folder) ? Promise.resolve(rootIn(folder)) : this.#unpack(folder, lay);
      this.#underWay.set(key, unpacking);
      return await unpacking.finally(() => this.#underWay.delete(key));
    } catch (error) {
      throw new TenantryError(cloudErrors.CLOUD_IMAGES_WRONG, `${what}: ${wordsOf(error)}`);
    }
  }

  /** In a folder beside, then renamed: what is there under its name is whole. */
  async #unpack(folder: string, lay: (dir: string) => Promise<string>): Promise<RootImage> {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const work = mkdtempSync(join(this.#dir, ".new-"));
    try {
      const layout = await lay(work);
      const image = readLayout(layout);
      await run("umoci", ["raw", "unpack", "--image", `${alone(layout, image, work)}:image`, join(work, "root")]);
      writeFileSync(join(work, "image.json"), JSON.stringify(image.runs));
      await rm(join(work, "layout"), { recursive: true, force: true });
      await rm(join(work, "archive.tar"), { force: true });
      await rename(work, folder);
      return rootIn(folder);
    } catch (error) {
      await rm(work, { recursive: true, force: true });
      throw error;
    }
  }

  /** Removes what was left half done and what has long been of no use. Only while no machine runs. Never fails. */
  async sweep(now: Date = new Date()): Promise<void> {
    const names = existsSync(this.#dir) ? readdirSync(this.#dir) : [];
    const old = names.filter((name) => {
      const { mtimeMs } = statSync(join(this.#dir, name));
      return name.startsWith(".new-") || now.getTime() - mtimeMs > KEPT_MS;
    });
    await Promise.allSettled(old.map((name) => rm(join(this.#dir, name), { recursive: true, force: true })));
  }
}

function rootIn(folder: string): RootImage {
  const now = new Date();
  utimesSync(folder, now, now);
  const runs = JSON.parse(readFileSync(join(folder, "image.json"), "utf8")) as LaidOut["runs"];
  return { ...runs, root: join(folder, "root") };
}

/** The same layout with this one image under a name that umoci can be told; the blobs are not copied. */
function alone(layout: string, { manifest }: LaidOut, work: string): string {
  const dir = join(work, "alone");
  mkdirSync(dir);
  symlinkSync(join(layout, "blobs"), join(dir, "blobs"));
  writeFileSync(join(dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "image" } };
  writeFileSync(join(dir, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  return dir;
}

interface Origin {
  /** Another for every other content. */
  readonly key: string;
  /** Says where the image lies as an OCI layout, put below `dir` if need be. */
  readonly lay: (dir: string) => Promise<string>;
}

function fromArchive(path: string): Origin {
  const stat = statSync(path);
  if (stat.isDirectory()) return { key: keyOf(readLayout(path).manifest.digest), lay: () => Promise.resolve(path) };
  return { key: keyOf(path, String(stat.mtimeMs), String(stat.size)), lay: (dir) => extracted(path, dir) };
}

/** Throws the words of every program that has no such image. */
async function fromStore(name: string): Promise<Origin> {
  const refusals: string[] = [];
  for (const { program, id, save } of STORES) {
    try {
      const { stdout } = await run(program, id(name));
      const lay = async (dir: string) => {
        await run(program, save(name, dir));
        const archive = join(dir, "archive.tar");
        return existsSync(archive) ? await extracted(archive, dir) : join(dir, "layout");
      };
      return { key: keyOf(stdout.trim()), lay };
    } catch (error) {
      refusals.push(`${program}: ${wordsOf(error)}`);
    }
  }
  throw new Error(`no local storage has it (${refusals.join("; ")})`);
}

async function extracted(archive: string, dir: string): Promise<string> {
  const layout = join(dir, "layout");
  mkdirSync(layout);
  await run("tar", ["--extract", "--no-same-owner", "--file", archive, "--directory", layout]);
  return layout;
}

function keyOf(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 32);
}

function wordsOf(error: unknown): string {
  const { code, path, stderr, message } = error as { code?: unknown; path?: string; stderr?: string; message?: string };
  if (code === "ENOENT" && path !== undefined && !path.includes("/")) return `${path} is not installed`;
  const last = stderr?.trim().split("\n").at(-1);
  return last === undefined || last === "" ? (message ?? "failed") : last;
}
