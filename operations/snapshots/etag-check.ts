import { createHash } from "node:crypto";

const MIB = 2 ** 20;
/** Sizes of the parts that clients of S3 upload by: TigrisFS and the SDKs 5, the AWS CLI 8, s3cmd 15, others up to 1 GiB. */
const PART_SIZES = [5, 6, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 125, 128, 200, 256, 512, 1024].map(
  (size) => size * MIB,
);

/**
 * Holds the content of an object against its ETag, piece by piece: the MD5 of the content, or, where it was uploaded in parts, the
 * MD5 of the parts' MD5s. Of those the size of the parts is not told, so that the usual ones are tried.
 */
export class EtagCheck {
  readonly #wanted: string;
  readonly #tries: readonly PartsMd5[];
  /** Whether content can have made the ETag in one way only. */
  readonly #isSure: boolean;

  /** @param etag without quotes @param size of the whole object, in bytes */
  constructor(etag: string, size: number) {
    const [, wanted = "", parts] = /^([0-9a-f]{32})(?:-(\d+))?$/.exec(etag) ?? [];
    this.#wanted = wanted;
    this.#tries = wanted === "" ? [] : triesOf(size, parts === undefined ? undefined : Number(parts));
    this.#isSure = wanted !== "" && (parts === undefined || parts === "1");
  }

  update(piece: Uint8Array): void {
    for (const each of this.#tries) each.update(piece);
  }

  /**
   * Whether it is the content that the ETag was made of. Undefined: the ETag does not tell, for it is none of these kinds or its
   * parts were of no usual size.
   */
  verdict(): boolean | undefined {
    if (this.#tries.map((each) => each.hex()).includes(this.#wanted)) return true;
    return this.#isSure ? false : undefined;
  }
}

function triesOf(size: number, parts: number | undefined): PartsMd5[] {
  if (parts === undefined) return [new PartsMd5(undefined)];
  if (parts === 1) return [new PartsMd5(Math.max(size, 1))];
  return PART_SIZES.filter((each) => Math.ceil(size / each) === parts).map((each) => new PartsMd5(each));
}

/** The MD5 of content, or of the MD5s of its parts. */
class PartsMd5 {
  readonly #partSize: number | undefined;
  readonly #outer = createHash("md5");
  #part = createHash("md5");
  #filled = 0;
  #parts = 0;

  constructor(partSize: number | undefined) {
    this.#partSize = partSize;
  }

  update(piece: Uint8Array): void {
    if (this.#partSize === undefined) {
      this.#outer.update(piece);
      return;
    }
    for (let from = 0; from < piece.length;) {
      const some = piece.subarray(from, from + this.#partSize - this.#filled);
      this.#part.update(some);
      from += some.length;
      this.#filled += some.length;
      if (this.#filled === this.#partSize) this.#endPart();
    }
  }

  hex(): string {
    if (this.#partSize !== undefined && (this.#filled > 0 || this.#parts === 0)) this.#endPart();
    return this.#outer.digest("hex");
  }

  #endPart(): void {
    this.#outer.update(this.#part.digest());
    this.#part = createHash("md5");
    this.#filled = 0;
    this.#parts += 1;
  }
}
