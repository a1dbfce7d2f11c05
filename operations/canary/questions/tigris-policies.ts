import { randomUUID } from "node:crypto";

import { shownPolicyDigest } from "../../../provider/tigris/policy-document.ts";
import { at } from "../caller.ts";
import { byStatus, type Question, yesIf } from "../question.ts";
import { making } from "../room.ts";
import type { TigrisPlace } from "./tigris-place.ts";

/** Keys and policies: permissions, and how Tigris reports them. */
export const tigrisPolicies: readonly Question<TigrisPlace>[] = [
  {
    id: "tigris.taken-policy-name",
    asks: "Is a policy name that already exists refused with 409?",
    how: "CreatePolicy twice with the same name",
    means: {
      yes: "as at AWS; tenantry looks for the policy first and does not depend on this",
      no: "a second CreatePolicy overwrites the first; tenantry looks for the policy first",
      other: "another refusal; tenantry recognises `already exists` in a 400 or 422",
    },
    switch: "tigris.takenPolicyName",
    async ask({ room, policy }) {
      const { document } = await policy();
      const form = { PolicyName: room.names.name(), ReqUUID: randomUUID(), PolicyDocument: document };
      return byStatus(await room.askIam("CreatePolicy", { ...form, Description: "canary" }), [409], [200]);
    },
  },
  {
    id: "tigris.policy-text",
    asks: "Does Tigris return a policy's text unchanged?",
    how: "CreatePolicy, then GetPolicyDetailed",
    means: {
      yes: "nothing to do",
      no: "the same meaning with another text: tenantry compares meanings, so this is not drift",
      other: "another meaning: every plan would show a change; report it as an issue of tenantry",
    },
    switch: "tigris.policiesRewritten",
    async ask({ room, policy }) {
      const { arn, document } = await policy();
      const heard = await room.askIam("GetPolicyDetailed", { PolicyArn: arn });
      const shown = at(heard.body, "PolicyDetailed", "Document");
      if (shown === document) return { reply: "yes", said: "the same text" };
      if (typeof shown !== "string") return { reply: "other", said: `${heard.said}, without a document` };
      if (shownPolicyDigest(shown) === shownPolicyDigest(document)) return { reply: "no", said: shown };
      return { reply: "other", said: shown };
    },
  },
  {
    id: "tigris.absent-policy",
    asks: "Does Tigris answer 404 for a policy that does not exist?",
    how: "GetPolicyDetailed with an ARN that does not exist",
    means: {
      yes: "nothing to do",
      no: "a 200 without a document; tenantry treats the policy as deleted",
      other:
        "tenantry would not treat the policy as deleted: removing a tenant may fail; report it as an issue of tenantry",
    },
    switch: "tigris.absentPolicy",
    async ask({ room, policy }) {
      const { arn } = await policy();
      const heard = await room.askIam("GetPolicyDetailed", { PolicyArn: `${arn}-none` });
      const isEmpty = heard.status === 200 && (at(heard.body, "PolicyDetailed", "Document") ?? "") === "";
      if (isEmpty) return { reply: "no", said: "200, without a document" };
      return byStatus(heard, [404], []);
    },
  },
  {
    id: "tigris.roles-taken-away",
    asks: "Can the roles of a key be removed?",
    how: "UpdateAccessKeyWithBucketsRole with no role",
    means: {
      yes: "nothing to do",
      no: "it refuses with a 200; tenantry reads the message and says TIGRIS_REFUSED",
      other: "tenantry reports Tigris' answer, and the key keeps its roles",
    },
    switch: "tigris.refusalsInside200",
    async ask({ room, key }) {
      const { accessKeyId: id } = await key();
      const heard = await room.askIam("UpdateAccessKeyWithBucketsRole", {
        Req: JSON.stringify({ id, buckets_role: [] }),
      });
      const status = at(heard.body, "status");
      if (heard.status >= 300 || typeof status !== "string") return { reply: "other", said: heard.said };
      return yesIf(status === "success", `200, status ${status}`);
    },
  },
  {
    id: "tigris.bare-key",
    asks: "Is a key without policy or role refused the list of buckets?",
    how: "ListBuckets with a new key",
    means: {
      yes: "a key has no permissions by default",
      no: "keys have default permissions; tenantry's policies deny them",
      other: "look at what Tigris answered",
    },
    switch: "tigris.defaultAllowed",
    async ask({ room, bareKey }) {
      return byStatus(await room.askS3(await bareKey())("GET", "/"), [403], [200]);
    },
  },
  {
    id: "tigris.key-works",
    asks: "Can a tenant's key write, read and list its bucket immediately?",
    how: "AttachUserPolicy, then PutObject until it is allowed, GetObject, ListObjectsV2",
    means: {
      yes: "nothing to do",
      no: "a new policy takes the time shown here; a machine's entrypoint retries for half of MOUNT_WAIT_SECONDS",
      other: "tenantry's policy does not allow this: no tenant can work",
    },
    switch: "tigris.keySpreadMs",
    async ask({ room, key, bucket }) {
      const [{ first, effectiveAfterMs, ...credentials }, { name }] = await Promise.all([key(), bucket()]);
      const ask = room.askS3(credentials);
      const [read, list] = [await ask("GET", `/${name}/small`), await ask("GET", `/${name}?list-type=2`)];
      const said = `write ${first.said}, read ${read.said}, list ${list.said}`;
      if (read.status !== 200 || list.status !== 200) return { reply: "other", said };
      return yesIf(first.status === 200, said, effectiveAfterMs);
    },
  },
  {
    id: "tigris.key-confined",
    asks: "Is a tenant's key refused access to another bucket, to creating buckets and to keys?",
    how: "ListObjectsV2 in another bucket, CreateBucket and ListPolicies with the tenant's key",
    means: {
      yes: "nothing to do",
      no: "tenants are not isolated: do not continue, and report it as an issue of tenantry",
      other: "look at what Tigris answered",
    },
    async ask({ room, key, wide }) {
      const [credentials, { name }] = await Promise.all([key(), wide()]);
      const ask = room.askS3(credentials);
      const own = room.names.name("z");
      const answers = [
        await ask("GET", `/${name}?list-type=2`),
        await making(room, { kind: "bucket", name: own }, () => ask("PUT", `/${own}`), false),
        await room.askIam("ListPolicies", { MaxItems: "1" }, credentials),
      ];
      const said = answers.map((answer) => answer.status).join(", ");
      if (answers.some(({ status }) => status < 300)) return { reply: "no", said };
      return { reply: answers.every(({ status }) => status === 403) ? "yes" : "other", said };
    },
  },
  {
    id: "tigris.part-copy",
    asks: "May a tenant's key copy a part (UploadPartCopy)?",
    how: "CreateMultipartUpload and UploadPartCopy with the tenant's key",
    means: {
      yes: "files of more than 5 MB can be edited in place through the mount",
      no: "TigrisFS cannot edit files of more than 5 MB in place: the app ends with `the bucket refuses`; report the action that allows it as an issue of tenantry",
      other: "look at what Tigris answered",
    },
    switch: "tigris.partCopyUngranted",
    async ask({ room, key, bucket }) {
      const [credentials, { name }] = await Promise.all([key(), bucket()]);
      const ask = room.askS3(credentials);
      const begun = await ask("POST", `/${name}/copied?uploads`);
      const [, upload] = /<UploadId>([^<]+)<\/UploadId>/.exec(String(begun.body)) ?? [];
      if (upload === undefined) return { reply: "other", said: `CreateMultipartUpload: ${begun.said}` };
      const query = new URLSearchParams({ partNumber: "1", uploadId: upload }).toString();
      const headers = { "x-amz-copy-source": `/${name}/small` };
      const copied = await ask("PUT", `/${name}/copied?${query}`, { headers });
      await ask("DELETE", `/${name}/copied?${new URLSearchParams({ uploadId: upload }).toString()}`);
      return byStatus(copied, [200], [403]);
    },
  },
];
