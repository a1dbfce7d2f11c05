import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { TenantryError } from "../../../../errors/tenantry-error.ts";
import { cloudErrors } from "../../../errors.ts";
import { parseImage } from "../image-reference.ts";

const absolute = z.string().regex(/^\/[^\t\n]*$/, "an absolute path");
const imageSchema = z.strictObject({
  /** Path in the machine -> file or folder here, shown there read-only. Relative to the list's own folder; `~/` is the home. */
  files: z.record(absolute, z.string()).default({}),
  /** Where the command starts, in the machine. */
  workdir: absolute.default("/"),
  /** What runs as CMD behind the entrypoint. */
  command: z.array(z.string()).min(1),
  /** ENV of the image. */
  env: z.record(z.string(), z.string()).default({}),
});

/** What stands here for an image: a command, and the files it needs. There is no engine for images. */
export type Image = z.infer<typeof imageSchema>;

const listSchema = z.record(z.string(), imageSchema);

/**
 * What stands for `image` in the lists (YAML: repository -> image), where the last that names it counts; tag and digest
 * don't matter. Undefined when none does. Throws CLOUD_IMAGES_WRONG for a list that cannot be read.
 */
export function findImage(lists: readonly string[], image: string): Image | undefined {
  const wanted = repositoryOf(image);
  return lists
    .filter((path) => existsSync(path))
    .flatMap(readList)
    .findLast(({ repository }) => repository === wanted)?.image;
}

function readList(path: string): { repository: string; image: Image }[] {
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
    const files = Object.entries(image.files).map(([inside, here]) => {
      const source = resolve(dirname(path), here.replace(/^~(?=\/)/, homedir()));
      if (!existsSync(source)) throw wrong(`${name}: there is no ${source}`);
      return [inside, source] as const;
    });
    return { repository: repositoryOf(name), image: { ...image, files: Object.fromEntries(files) } };
  });
}

function repositoryOf(image: string): string {
  const { registry, repository } = parseImage(image);
  return `${registry}/${repository}`;
}
