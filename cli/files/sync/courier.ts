import type { Files } from "./version.ts";

/** Carries files between a folder and a bucket. It decides nothing: what is named is carried, over whatever is there. */
export interface Courier {
  /** What does the work, for people. */
  readonly name: string;
  /** Downloads objects into `folder`, each under its own path. A file of the right size that is there is taken as done. */
  download(wanted: Files, folder: string, onProgress: OnProgress): Promise<void>;
  /** Uploads files of `folder`, each under `as`. */
  upload(
    files: readonly { readonly path: string; readonly as: string }[],
    folder: string,
    onProgress: OnProgress,
  ): Promise<void>;
}

/** Called as bytes arrive: bytes of the current call so far. */
export type OnProgress = (bytes: number) => void;
