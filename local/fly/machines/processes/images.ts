import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { TenantryError } from "../../../../errors/tenantry-error.ts";
import { cloudErrors } from "../../../errors.ts";
import { parseImage } from "../image-reference.ts";

const absolute = z.string().regex(/^\/[^\t\n]*$/, "an absolute path");
const variables = z.record(z.string(), z.string()).default({});

/** By name: this computer's programs, and the files named. */
const byFiles = z.strictObject({
  /** Path in the machine -> file or folder here, shown there read-only. Relative to the list's own folder; `~/` is the home. */
  files: z.record(absolute, z.string()).default({}),
  /** Where the command starts, in the machine. */
  workdir: absolute.default("/"),
  /** What runs as CMD behind the entrypoint. */
  command: z.array(z.string()).min(1),
  /** ENV of the image. */
  env: variables,
});

/** A folder that is a root file system, and what an image's own config would say of it. */
const byRoot = z.strictObject({
  root: z.string().min(1),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  env: variables,
  /** NAME or UID, also with :GROUP. */
  user: z.string().default(""),
  workdir: absolute.default("/"),
});

/** An image as a build leaves it: an OCI layout (a folder) or an archive of one. Its own config says the rest. */
const byArchive = z.strictObject({ archive: z.string().min(1) });
/** An image by its name in the local storage of buildah, podman or docker. Its own config says the rest. */
const byName = z.strictObject({ stored: z.string().min(1) });

/** By the form that the image is written in, so that what is wrong in it is named. */
const anyImage = z.unknown().transform((value, context) => {
  const has = (key: string) => typeof value === "object" && value !== null && key in value;
  const form = has("archive") ? byArchive : has("stored") ? byName : has("root") ? byRoot : byFiles;
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { message, path } of parsed.error.issues) context.addIssue({ code: "custom", message, path });
  return z.NEVER;
});

const listSchema = z.record(z.string(), anyImage);

/** A root file system and what its image's config says. */
export interface RootImage {
  /** Its folder on this computer. It is never written to. */
  readonly root: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** NAME or UID, also with :GROUP; empty: root. */
  readonly user: string;
  readonly workdir: string;
}

/** What a machine runs for an image: a command, and this computer's programs with some files, or a root of its own. */
export type Image = Readonly<z.infer<typeof byFiles>> | RootImage;

/** The source of an image's root file system. */
export type ImageSource = Readonly<z.infer<typeof byArchive>> | Readonly<z.infer<typeof byName>>;

/**
 * What a machine runs for `image`, as the lists say (YAML: repository -> image), where the last that names it counts; tag and
 * digest don't matter. Undefined when none does. Throws CLOUD_IMAGES_WRONG for a list that cannot be read.
 *
 * @param unpack makes a root file system of an image, or finds it where that was done before
 */
export async function findImage(
  lists: readonly string[],
  image: string,
  unpack: (source: ImageSource) => Promise<RootImage>,
): Promise<Image | undefined> {
  const wanted = repositoryOf(image);
  const found = lists
    .filter((path) => existsSync(path))
    .flatMap(readList)
    .findLast(({ repository }) => repository === wanted)?.image;
  return found !== undefined && ("archive" in found || "stored" in found) ? await unpack(found) : found;
}

function readList(path: string): { repository: string; image: Image | ImageSource }[] {
  const wrong = (why: string) => new TenantryError(cloudErrors.CLOUD_IMAGES_WRONG, `${path}: ${why}`);
  let content: unknown;
  try {
    content = parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : "unreadable");
  }
  const list = listSchema.safeParse(content ?? {});
  if (!list.success) throw wrong(z.prettifyError(list.error));
  return Object.entries(list.data).map(([name, image]) => {
    const there = (here: string) => {
      const source = resolve(dirname(path), here.replace(/^~(?=\/)/, homedir()));
      if (!existsSync(source)) throw wrong(`${name}: there is no ${source}`);
      return source;
    };
    return { repository: repositoryOf(name), image: located(image, there) };
  });
}

/** The image with its paths as absolute ones of this computer. */
function located(image: Image | ImageSource, there: (path: string) => string): Image | ImageSource {
  if ("stored" in image) return image;
  if ("archive" in image) return { archive: there(image.archive) };
  if ("root" in image) return { ...image, root: there(image.root) };
  const files = Object.entries(image.files).map(([inside, here]) => [inside, there(here)] as const);
  return { ...image, files: Object.fromEntries(files) };
}

function repositoryOf(image: string): string {
  const { registry, repository } = parseImage(image);
  return `${registry}/${repository}`;
}
