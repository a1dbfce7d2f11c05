import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { makeFolder } from "../../stack/made-folder.ts";
import type { StackContext } from "../../stack/context.ts";
import { openPlace } from "../history/bucket-log.ts";
import { historyBucket } from "../history/open-log.ts";
import { parseSettled, type SettledStore, settledText } from "./settled.ts";

/** Beside the history if that is in a bucket, shared by everybody who works on the stack; otherwise on this computer. */
export function settledStore(context: StackContext): SettledStore {
  const bucket = historyBucket(context);
  return bucket === undefined
    ? fileStore(join(context.home, "settled", `${context.stack}.json`))
    : bucketStore(bucket, context.stack);
}

function fileStore(path: string): SettledStore {
  return {
    where: path,
    read: () => Promise.resolve(parseSettled(textOf(path))),
    write(settled) {
      try {
        makeFolder(dirname(path), 0o700);
        writeFileSync(`${path}.new`, settledText(settled), { mode: 0o600 });
        renameSync(`${path}.new`, path);
        return Promise.resolve(true);
      } catch {
        return Promise.resolve(false);
      }
    },
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Apart from the history's own lines, which lie in a folder of the stack's name. */
function bucketStore(place: string, stack: string): SettledStore {
  const { bucket, prefix, opened } = openPlace(place, ".settled");
  const key = `${prefix}${stack}.json`;
  return {
    where: `s3://${bucket}/${key}`,
    async read() {
      try {
        const { sdk, s3 } = await opened();
        const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
        return parseSettled((await Body?.transformToString()) ?? "");
      } catch {
        return new Map();
      }
    },
    async write(settled) {
      try {
        const { sdk, s3 } = await opened();
        await s3.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: settledText(settled) }));
        return true;
      } catch {
        return false;
      }
    },
  };
}
