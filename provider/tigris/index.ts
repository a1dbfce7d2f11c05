import { accessKeyType } from "./access-key.ts";
import { bucketType } from "./bucket.ts";
import { tigrisClaims } from "./claims.ts";
import { type TigrisAccount, tigrisClient } from "./client.ts";

/** Tigris' part of the provider: the resource types by token, and the claims that the other vendors' types read. */
export function tigrisRoom(account: TigrisAccount) {
  const client = tigrisClient(account);
  return {
    types: {
      "tenantry:tigris:Bucket": bucketType(client),
      "tenantry:tigris:AccessKey": accessKeyType(client),
    },
    claims: tigrisClaims(client),
  } as const;
}
