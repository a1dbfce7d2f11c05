import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What XML 1.0 cannot hold. Go writes U+FFFD in its place (encoding/xml, EscapeText), so that names read alike that are not. */
const NOT_IN_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
export const STAND_IN = "\ufffd";

/** A name as the engine writes it into a list. */
function asListed(name: string): string {
  return name.replaceAll(NOT_IN_XML, STAND_IN);
}

/** The names of objects as they are in the engine's folders, where its lists show something else for them. */
export class KeptNames {
  readonly #objects: string;
  readonly #attributes: string;

  /** @param dir the folder with the engine's `objects` and `attributes` */
  constructor(dir: string) {
    this.#objects = join(dir, "objects");
    this.#attributes = join(dir, "attributes");
  }

  /** The keys of objects, and of folders where it ends with `/`, that a list shows so; in the order of lists. */
  of(bucket: string, listed: string): readonly string[] {
    if (!listed.includes(STAND_IN)) return [listed];
    const [folder, ...parts] = [join(this.#objects, bucket), ...listed.split("/")];
    return parts.reduce<readonly string[]>(
      (begun, part) =>
        begun.flatMap((before) =>
          namesIn(join(folder, before), part).map((name) => (before === "" ? name : `${before}/${name}`)),
        ),
      [""],
    );
  }

  /** The key of an unfinished upload, which the engine stores beside it; undefined: the upload does not exist. */
  ofUpload(bucket: string, uploadId: string): string | undefined {
    const uploads = join(bucket, ".sgwtmp/multipart");
    const holder = entries(join(this.#objects, uploads)).find((name) =>
      existsSync(join(this.#objects, uploads, name, uploadId)),
    );
    const file = holder === undefined ? undefined : join(this.#attributes, uploads, holder, "meta/objname");
    return file === undefined || !existsSync(file) ? undefined : readFileSync(file, "utf8");
  }
}

function namesIn(folder: string, listed: string): string[] {
  if (!listed.includes(STAND_IN)) return [listed];
  return entries(folder)
    .filter((name) => asListed(name) === listed)
    .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
