import type { Files } from "./version.ts";

/**
 * Transfers files between a folder and a bucket. It decides nothing: what is named is transferred. What fails for one file
 * is said of that file and stops no other; neither function throws for it.
 */
export interface TransferEngine {
  /** What does the work, for people. */
  readonly name: string;
  /**
   * Downloads objects into `folder`, each under its own path. An existing file of the right size counts as done. Returns the
   * known reasons for missing files, by path; the caller still checks each file.
   */
  download(wanted: Files, folder: string, onProgress: OnProgress): Promise<ReadonlyMap<string, string>>;
  /** Uploads files of `folder`, each only over the version that was seen. Returns what became of each, by path. */
  upload(files: readonly Upload[], folder: string, onProgress: OnProgress): Promise<ReadonlyMap<string, UploadResult>>;
}

/** A file to be uploaded. */
export interface Upload {
  readonly path: string;
  /** Its path in the bucket. */
  readonly as: string;
  /** ETag of what it replaces, undefined for nothing. Nothing else is overwritten. */
  readonly replaces: string | undefined;
}

/** What became of an upload: the ETag it got, or why it is not there. */
export type UploadResult = { readonly etag: string } | { readonly problem: string };

/** Called as bytes arrive: bytes of the current call so far. */
export type OnProgress = (bytes: number) => void;
