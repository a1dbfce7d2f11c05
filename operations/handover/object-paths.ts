import { createHash } from "node:crypto";

import { foldedName, whyNotCarried } from "../files/sync/carried-names.ts";

/**
 * Where each object's content goes below an export's folder: `files/<key>` as far as a file system can have that beside the
 * others, else `files-by-hash/<SHA-256 of the key>`. The manifest says which is whose.
 */
export class ObjectPaths {
  readonly #longest: number;
  /** In one spelling, for file systems that fold names: what is a file, and what is a folder. */
  readonly #taken = new Map<string, "file" | "folder">();

  /** @param longest how many bytes a path may have */
  constructor(longest = Infinity) {
    this.#longest = longest;
  }

  pathOf(key: string): string {
    const path = `files/${key}`;
    return Buffer.byteLength(path) <= this.#longest && this.#canBeFile(key)
      ? path
      : `files-by-hash/${createHash("sha256").update(key).digest("hex")}`;
  }

  #canBeFile(key: string): boolean {
    if (whyNotCarried(key) !== undefined) return false;
    const folded = foldedName(key);
    const parts = folded.split("/");
    const folders = parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join("/"));
    if (this.#taken.has(folded) || folders.some((folder) => this.#taken.get(folder) === "file")) return false;
    this.#taken.set(folded, "file");
    for (const folder of folders) this.#taken.set(folder, "folder");
    return true;
  }
}
