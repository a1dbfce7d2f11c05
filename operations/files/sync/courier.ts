import type { Files } from "./version.ts";

/** Carries files between a folder and a bucket. It decides nothing: what is named is carried. */
export interface Courier {
  /** What does the work, for people. */
  readonly name: string;
  /** Downloads objects into `folder`, each under its own path. A file of the right size that is there is taken as done. */
  download(wanted: Files, folder: string, onProgress: OnProgress): Promise<void>;
  /** Uploads files of `folder`. What became of each, by path; empty when the courier isn't told, and then one has to look. */
  upload(files: readonly Shipment[], folder: string, onProgress: OnProgress): Promise<ReadonlyMap<string, Landing>>;
}

/** A file to be uploaded. */
export interface Shipment {
  readonly path: string;
  /** Its path in the bucket. */
  readonly as: string;
  /** ETag of what it replaces, undefined for nothing. A courier that can, overwrites nothing else. */
  readonly replaces: string | undefined;
}

/** What became of an upload: the ETag it got, or why it is not there. */
export type Landing = { readonly etag: string } | { readonly problem: string };

/** Called as bytes arrive: bytes of the current call so far. */
export type OnProgress = (bytes: number) => void;
