import { openPlace } from "../history/bucket-log.ts";
import { pulumiEnvironment } from "../engine/pulumi.ts";
import type { StackContext } from "../../stack/context.ts";
import type { CanaryNames } from "./names.ts";

/** The canary's object beside a stack's state. */
export interface StateBucket {
  /** Writes the object, only if it does not exist. */
  write(text: string): Promise<{ status: number }>;
  /** Names of all canaries' objects there. */
  names(): Promise<string[]>;
  /** An object that does not exist counts as removed. */
  remove(name: string): Promise<void>;
}

/** The prefix of canaries' objects, below the state's own folder. */
const FOLDER = ".tenantry-canary";

/** Undefined when the state is not in a bucket. */
export function stateBucket(context: StackContext, names: CanaryNames): StateBucket | undefined {
  const state = pulumiEnvironment(context)["PULUMI_BACKEND_URL"] ?? "";
  if (!state.startsWith("s3://")) return undefined;
  const { bucket, prefix, opened } = openPlace(state, FOLDER);
  const at = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` });
  return {
    async write(text) {
      const { sdk, s3 } = await opened();
      try {
        await s3.send(new sdk.PutObjectCommand({ ...at(names.name()), Body: text, IfNoneMatch: "*" }));
        return { status: 200 };
      } catch (error) {
        const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
        if (status === undefined) throw error;
        return { status };
      }
    },
    async names() {
      const { sdk, s3 } = await opened();
      const { Contents = [] } = await s3.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
      return Contents.map(({ Key = "" }) => Key.slice(prefix.length));
    },
    async remove(name) {
      const { sdk, s3 } = await opened();
      await s3.send(new sdk.DeleteObjectCommand(at(name)));
    },
  };
}
