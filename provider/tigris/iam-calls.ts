import { randomUUID } from "node:crypto";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { VendorCall, VendorHttp } from "../http/vendor-http.ts";
import type { Serving } from "../http/serving.ts";
import { parseAnswer } from "./answer.ts";
import { tigrisErrors } from "./errors.ts";
import { isRefusal, refusalCode } from "./refusal-code.ts";

/** A key as Tigris lists it. Its secret is never shown again. */
export interface ListedKey {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  /** `<role> on <bucket>`. Ours have none. */
  readonly roles: readonly string[];
}

/** A policy as Tigris lists it. */
export interface ListedPolicy {
  readonly name: string;
  /** To how many keys it is attached; undefined when the list does not say. */
  readonly attached: number | undefined;
}

/**
 * The part of Tigris' IAM that the provider needs: `POST /?Action=…` with a form, answers in JSON.
 * Source: @tigrisdata/iam 2.6.0 for forms and answers; tigris-os-docs, docs/iam.
 */
export interface IamCalls {
  /** False: a policy of this name exists already. */
  createPolicy(name: string, document: string, serving: Serving): Promise<boolean>;
  /** False: there is no such policy. */
  updatePolicy(name: string, document: string, serving: Serving): Promise<boolean>;
  /** The policy's document. Undefined: there is no such policy. */
  policyDocument(name: string, serving: Serving): Promise<string | undefined>;
  /** Asks for one policy of the list: the cheapest call that only an administrator's key may make. Throws its refusal. */
  tryKey(serving: Serving): Promise<void>;
  /** All policies of the organisation, page by page. */
  policies(serving: Serving): Promise<ListedPolicy[]>;
  /** Ids of the keys that a policy is attached to. None when there is no such policy. */
  keysWith(policy: string, serving: Serving): Promise<string[]>;
  /** `in-use`: it is still attached to a key, and stays. */
  deletePolicy(name: string, serving: Serving): Promise<"gone" | "in-use">;
  /** Names of the policies attached to a key; undefined when the key does not exist. */
  policiesOf(keyId: string, serving: Serving): Promise<string[] | undefined>;
  attach(policy: string, keyId: string, serving: Serving): Promise<void>;
  /** Not attached, or no such policy or key: a success. */
  detach(policy: string, keyId: string, serving: Serving): Promise<void>;
  /** A key without any role. Never repeated after an ambiguous answer: each repeat would make another key. */
  createKey(name: string, serving: Serving): Promise<{ id: string; secret: string }>;
  /** Undefined: there is no such key. */
  key(id: string, serving: Serving): Promise<ListedKey | undefined>;
  /** All keys of the organisation, page by page. */
  keys(serving: Serving): Promise<ListedKey[]>;
  takeRolesAway(keyId: string, serving: Serving): Promise<void>;
  activateKey(keyId: string, serving: Serving): Promise<void>;
  /** Already gone: a success. */
  deleteKey(keyId: string, serving: Serving): Promise<void>;
}

const PAGE = "1000";

const policyAnswer = z.object({ Policy: z.object({ Arn: z.string() }) });
const createPolicyAnswer = z.object({ CreatePolicyResult: policyAnswer });
const listPoliciesAnswer = z.object({
  ListPoliciesResult: z.object({
    Policies: z.array(z.object({ Arn: z.string(), AttachmentCount: z.int().nullish() })).nullish(),
    IsTruncated: z.boolean().nullish(),
    Marker: z.string().nullish(),
  }),
});
const policyDetailedAnswer = z.object({
  PolicyDetailed: z.object({
    Document: z.string().nullish(),
    Users: z.array(z.object({ UserId: z.string() })).nullish(),
  }),
});
const userPoliciesAnswer = z.object({
  ListUserPoliciesResult: z.object({ PolicyNames: z.array(z.string()).nullish() }),
});
const createKeyAnswer = z.object({
  CreateAccessKeyResult: z.object({ AccessKey: z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string() }) }),
});
const listedKey = z
  .object({
    access_key_id: z.string(),
    username: z.string().nullish(),
    status: z.string().nullish(),
    buckets_role: z.array(z.object({ bucket: z.string(), role: z.string() })).nullish(),
  })
  .transform(({ access_key_id: id, username, status, buckets_role: roles }): ListedKey => ({
    id,
    name: username ?? "",
    isActive: status?.toLowerCase() !== "inactive",
    roles: (roles ?? []).map(({ bucket, role }) => `${role} on ${bucket}`),
  }));
const keysAnswer = z.object({
  Keys: z.array(listedKey).nullish(),
  IsTruncated: z.boolean().nullish(),
  Marker: z.string().nullish(),
});

interface Action extends Serving {
  readonly resource: string;
  readonly form: Readonly<Record<string, string>>;
  /** Default: true. */
  readonly idempotent?: boolean;
}

/** Asks one action and answers its body. */
type Ask = <Schema extends z.ZodType>(action: string, schema: Schema, details: Action) => Promise<z.output<Schema>>;

const anything = z.unknown();

/** The calls for keys and policies. Source: Tigris' IAM, which resembles that of AWS. */
export function iamCalls(http: VendorHttp): IamCalls {
  const ask: Ask = async (action, schema, { form, idempotent = true, ...context }) => {
    const call: VendorCall = {
      operation: action,
      method: "POST",
      // The SDK lists keys at `?Detailed` and names the action in the form; the other way round answers fewer fields.
      path: action === "ListAccessKeys" ? "/?Detailed" : `/?Action=${action}`,
      body: new URLSearchParams({ ...(action === "ListAccessKeys" ? { Action: action } : {}), ...form }).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      idempotent,
      ...context,
    };
    const { body } = await http.call(call);
    refuseInWords(body, call);
    return parseAnswer(schema, body, call);
  };
  return { ...policyCalls(ask), ...keyCalls(ask) };
}

function policyCalls(ask: Ask) {
  const arns = policyArns(ask);
  /** Does `work` with the policy's ARN; `absent` when there is no such policy. */
  const withArn = async <Result, Absent>(
    name: string,
    serving: Serving,
    absent: Absent,
    work: (arn: string) => Promise<Result>,
  ): Promise<Result | Absent> => {
    const arn = await arns.of(name, serving);
    if (arn === undefined) return absent;
    try {
      return await work(arn);
    } catch (error) {
      if (isGone(error)) return absent;
      throw error;
    }
  };
  const about = (name: string) => ({ resource: `policy ${name}` });
  return {
    async createPolicy(name: string, document: string, serving: Serving) {
      const form = { PolicyName: name, Description: DESCRIPTION, ReqUUID: randomUUID(), PolicyDocument: document };
      try {
        const answer = await ask("CreatePolicy", createPolicyAnswer, { form, ...about(name), ...serving });
        arns.learn(answer.CreatePolicyResult.Policy.Arn);
        return true;
      } catch (error) {
        if (isTaken(error)) return false;
        throw error;
      }
    },
    updatePolicy(name: string, document: string, serving: Serving) {
      return withArn(name, serving, false, async (arn) => {
        const form = { PolicyArn: arn, Description: DESCRIPTION, ReqUUID: randomUUID(), PolicyDocument: document };
        await ask("UpdatePolicy", anything, { form, ...about(name), ...serving });
        return true;
      });
    },
    policyDocument(name: string, serving: Serving) {
      return withArn(name, serving, undefined, async (arn) => {
        const form = { PolicyArn: arn };
        const answer = await ask("GetPolicyDetailed", policyDetailedAnswer, { form, ...about(name), ...serving });
        // Without a document there is no policy: terraform-provider-tigris (GetPolicy) was answered so, with a 200.
        return nonEmpty(answer.PolicyDetailed.Document);
      });
    },
    tryKey: arns.look,
    async policies(serving: Serving) {
      const all: ListedPolicy[] = [];
      for (let marker = ""; ;) {
        const form = { MaxItems: PAGE, ...(marker === "" ? {} : { Marker: marker }) };
        const answer = await ask("ListPolicies", listPoliciesAnswer, { form, resource: "policies", ...serving });
        const { Policies, IsTruncated, Marker } = answer.ListPoliciesResult;
        for (const { Arn, AttachmentCount } of Policies ?? []) {
          arns.learn(Arn);
          all.push({ name: Arn.slice(Arn.lastIndexOf("/") + 1), attached: AttachmentCount ?? undefined });
        }
        const next = Marker ?? "";
        if (IsTruncated !== true || next === "" || next === marker) return all;
        marker = next;
      }
    },
    keysWith(name: string, serving: Serving): Promise<string[]> {
      return withArn(name, serving, [], async (arn) => {
        const details = { form: { PolicyArn: arn }, ...about(name), ...serving };
        const { Users } = (await ask("GetPolicyDetailed", policyDetailedAnswer, details)).PolicyDetailed;
        return (Users ?? []).map(({ UserId }) => UserId);
      });
    },
    async deletePolicy(name: string, serving: Serving) {
      try {
        return await withArn(name, serving, "gone" as const, async (arn) => {
          await ask("DeletePolicy", anything, { form: { PolicyArn: arn }, ...about(name), ...serving });
          return "gone" as const;
        });
      } catch (error) {
        if (isRefusal(error, 409, "DeleteConflict")) return "in-use" as const;
        throw error;
      }
    },
    async attach(policy: string, keyId: string, serving: Serving) {
      const arn = (await arns.of(policy, serving)) ?? "";
      const form = { PolicyArn: arn, UserName: keyId };
      await ask("AttachUserPolicy", anything, { form, resource: `access key ${keyId}`, ...serving });
    },
    async detach(policy: string, keyId: string, serving: Serving) {
      await withArn(policy, serving, undefined, async (arn) => {
        const form = { PolicyArn: arn, UserName: keyId };
        await ask("DetachUserPolicy", anything, { form, resource: `access key ${keyId}`, ...serving });
      });
    },
  };
}

const DESCRIPTION = "tenantry: one key's access to one tenant's bucket";

/**
 * ARNs of policies. They contain the organisation's id, which no call returns: it is taken from the first ARN seen, so that
 * the state need not hold one per key.
 */
function policyArns(ask: Ask) {
  let prefix: string | undefined;
  let looking: Promise<void> | undefined;
  const learn = (arn: string) => {
    prefix = arn.slice(0, arn.lastIndexOf("/") + 1);
  };
  const look = async (serving: Serving) => {
    const form = { MaxItems: "1" };
    const answer = await ask("ListPolicies", listPoliciesAnswer, { form, resource: "policies", ...serving });
    const [first] = answer.ListPoliciesResult.Policies ?? [];
    if (first !== undefined) learn(first.Arn);
  };
  return {
    learn,
    look,
    /** Undefined: the organisation has no policy at all. */
    async of(name: string, serving: Serving): Promise<string | undefined> {
      if (prefix === undefined) {
        looking ??= look(serving).finally(() => (looking = undefined));
        await looking;
      }
      return prefix === undefined ? undefined : `${prefix}${name}`;
    },
  };
}

function keyCalls(ask: Ask) {
  const about = (id: string) => ({ resource: `access key ${id}` });
  return {
    async createKey(name: string, serving: Serving) {
      const form = { Req: JSON.stringify({ req_uuid: randomUUID(), name, buckets_role: [] }) };
      const details = { form, idempotent: false, ...about(name), ...serving };
      const answer = await ask("CreateAccessKeyWithBucketsRole", createKeyAnswer, details);
      const { AccessKeyId: id, SecretAccessKey: secret } = answer.CreateAccessKeyResult.AccessKey;
      return { id, secret };
    },
    async key(id: string, serving: Serving) {
      try {
        const details = { form: { KeyId: id }, ...about(id), ...serving };
        const found = (await ask("ListAccessKeys", keysAnswer, details)).Keys ?? [];
        const key = found.find((each) => each.id === id);
        if (key === undefined && found.length > 0) throw doubtful(id, serving);
        return key;
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    async keys(serving: Serving) {
      const all: ListedKey[] = [];
      for (let marker = ""; ;) {
        const form = { MaxItems: PAGE, ...(marker === "" ? {} : { Marker: marker }) };
        const page = await ask("ListAccessKeys", keysAnswer, { form, resource: "access keys", ...serving });
        all.push(...(page.Keys ?? []));
        const next = page.Marker ?? "";
        if (page.IsTruncated !== true || next === "" || next === marker) return all;
        marker = next;
      }
    },
    async policiesOf(id: string, serving: Serving) {
      try {
        const details = { form: { UserName: id, MaxItems: PAGE }, ...about(id), ...serving };
        const answer = await ask("ListUserPolicies", userPoliciesAnswer, details);
        return answer.ListUserPoliciesResult.PolicyNames ?? [];
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    async takeRolesAway(id: string, serving: Serving) {
      const form = { Req: JSON.stringify({ id, buckets_role: [] }) };
      await ask("UpdateAccessKeyWithBucketsRole", anything, { form, ...about(id), ...serving });
    },
    async activateKey(id: string, serving: Serving) {
      await ask("UpdateAccessKey", anything, {
        form: { AccessKeyId: id, Status: "Active" },
        ...about(id),
        ...serving,
      });
    },
    async deleteKey(id: string, serving: Serving) {
      try {
        const form = { Version: "2010-05-08", AccessKeyId: id };
        await ask("DeleteAccessKey", anything, { form, ...about(id), ...serving });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}

function doubtful(id: string, { tenant }: Serving): TenantryError {
  const what = "Tigris answered a request for one key with others";
  return new TenantryError(tigrisErrors.TIGRIS_KEY_DOUBTFUL, what, { resource: `access key ${id}`, tenant });
}

/** Tigris does not document the status and code for an existing name; its JSON answers may omit the code. */
function isTaken(error: unknown): boolean {
  if (VendorError.hasStatus(error, 409) || refusalCode(error) === "EntityAlreadyExists") return true;
  return VendorError.hasStatus(error, 400, 422) && /already exists/i.test(error.said);
}

const refusalInWords = z.object({ status: z.string(), message: z.string().nullish() });

/** Throws TIGRIS_REFUSED for a refusal in a 200. Source: @tigrisdata/iam 2.6.0, assign.ts and revoke.ts. */
function refuseInWords(body: unknown, { operation, resource, tenant }: VendorCall): void {
  const { data } = refusalInWords.safeParse(body);
  if (data === undefined || data.status === "success") return;
  const what = `${data.status}: ${data.message ?? "no reason given"}`;
  throw new TenantryError(tigrisErrors.TIGRIS_REFUSED, what, { resource, tenant, call: operation });
}

function nonEmpty(text: string | null | undefined): string | undefined {
  return text === "" || text === null ? undefined : text;
}

function isGone(error: unknown): error is VendorError {
  return isRefusal(error, 404, "NoSuchEntity");
}
