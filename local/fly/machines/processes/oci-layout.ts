import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import type { RootImage } from "./images.ts";

// OCI image spec 1.1: image-layout.md, image-index.md, manifest.md, config.md.
const descriptor = z.looseObject({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  mediaType: z.string().default(""),
  size: z.number().default(0),
  platform: z.looseObject({ os: z.string(), architecture: z.string() }).optional(),
});
const index = z.looseObject({ manifests: z.array(descriptor).min(1) });
const manifest = z.looseObject({ config: descriptor, layers: z.array(descriptor) });
const words = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const config = z.looseObject({
  config: z
    .looseObject({ Entrypoint: words, Cmd: words, Env: words, User: text, WorkingDir: text })
    .nullish()
    .transform((value) => value ?? { Entrypoint: [], Cmd: [], Env: [], User: "", WorkingDir: "" }),
});

export type Descriptor = Readonly<z.infer<typeof descriptor>>;

/** An image in an OCI layout. */
export interface LaidOut {
  /** Of its manifest: tells this image from any other. */
  readonly manifest: Descriptor;
  readonly runs: Omit<RootImage, "root">;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * The image for this computer in the OCI layout `dir`. Throws an Error with words for people when there is none.
 *
 * @param architecture as Node names it
 */
export function readLayout(dir: string, architecture: string = process.arch): LaidOut {
  if (!existsSync(join(dir, "index.json"))) {
    throw new Error(
      "it is not an OCI layout: it has no index.json (for an older Docker archive: skopeo copy docker-archive:OLD oci-archive:NEW)",
    );
  }
  const found = chosen(
    dir,
    index.parse(json(join(dir, "index.json"))).manifests,
    ARCHITECTURES[architecture] ?? architecture,
  );
  const { config: of } = manifest.parse(blob(dir, found));
  const { Entrypoint, Cmd, Env, User, WorkingDir } = config.parse(blob(dir, of)).config;
  const env = Env.map((pair) => [pair.split("=", 1)[0] ?? "", pair.slice(pair.indexOf("=") + 1)] as const);
  const runs = { entrypoint: Entrypoint, command: Cmd, env: Object.fromEntries(env), user: User };
  return { manifest: found, runs: { ...runs, workdir: WorkingDir === "" ? "/" : WorkingDir } };
}

/** The manifest for this architecture, also below an index of several. */
function chosen(dir: string, among: readonly Descriptor[], architecture: string): Descriptor {
  const fitting = among.filter(
    ({ platform }) => platform === undefined || (platform.os === "linux" && platform.architecture === architecture),
  );
  const [first, ...more] = fitting;
  if (first === undefined) throw new Error(`it has nothing for linux/${architecture}`);
  if (more.length > 0) throw new Error(`it holds ${fitting.length} images: an archive of just one is needed`);
  const isIndex = first.mediaType.includes("index") || first.mediaType.includes("manifest.list");
  return isIndex ? chosen(dir, index.parse(blob(dir, first)).manifests, architecture) : first;
}

function blob(dir: string, { digest }: Descriptor): unknown {
  return json(join(dir, "blobs", ...digest.split(":")));
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
