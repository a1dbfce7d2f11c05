import * as z from "zod";

import type { AccessKey } from "./access-keys.ts";
import { mintCredential, mintSecret } from "./credential.ts";
import { enforce } from "./enforcement.ts";
import type { Gateway } from "./gateway.ts";
import { type IamForm, iamPage } from "./iam-form.ts";
import { ORGANIZATION } from "./organization.ts";
import { Refusal } from "./refusal.ts";
import { type BucketRole, ROLES } from "./role-document.ts";

const role = z.strictObject({ bucket: z.string().min(1), role: z.enum(ROLES) });
const roles = z
  .array(role)
  .refine(
    (all) => all.every((one) => (one.role === "NamespaceAdmin") === (one.bucket === "*")),
    "* goes with NamespaceAdmin only",
  );
const creation = z.object({ name: z.string().min(1), buckets_role: roles.default([]) });
const update = z.object({ id: z.string().min(1), buckets_role: roles });

/** Tigris' way to a key: `Req={req_uuid, name, buckets_role}`. What req_uuid does is not documented; here it does nothing. */
export async function createAccessKeyWithBucketsRole(gateway: Gateway, form: IamForm): Promise<object> {
  const { name, buckets_role } = request(form, creation);
  return { CreateAccessKeyResult: { AccessKey: await create(gateway, name, buckets_role) } };
}

/** The AWS way to a key, without a role. */
export async function createAccessKey(gateway: Gateway, form: IamForm): Promise<object> {
  return { CreateAccessKeyResult: { AccessKey: await create(gateway, form.get("UserName") ?? "default", []) } };
}

/** Replaces the whole list of roles; an empty one revokes them all. Its refusals are words in a 200 while `refusalsInside200` is on. */
export async function updateAccessKeyWithBucketsRole(gateway: Gateway, form: IamForm): Promise<object> {
  if (gateway.switches.read("refusalsInside200")) {
    return {
      status: "error",
      message: "the access key is managed elsewhere",
      operation: "UpdateAccessKeyWithBucketsRole",
    };
  }
  const { id, buckets_role } = request(form, update);
  gateway.keys.put(id, { ...known(gateway, id), roles: buckets_role });
  await enforce(gateway, [id]);
  return { status: "success", message: "", operation: "UpdateAccessKeyWithBucketsRole" };
}

/** Active or Inactive. */
export async function updateAccessKey(gateway: Gateway, form: IamForm): Promise<object> {
  const key = known(gateway, form.need("AccessKeyId"));
  const status = form.need("Status");
  if (status !== "Active" && status !== "Inactive")
    throw new Refusal(400, "ValidationError", "Status is Active or Inactive.");
  gateway.keys.put(key.id, { ...key, status: status === "Active" ? "active" : "inactive" });
  await enforce(gateway, [key.id]);
  return {};
}

/** A new secret for the same id. The old secret is dead when this has answered. */
export async function rotateAccessKey(gateway: Gateway, form: IamForm): Promise<object> {
  const key = known(gateway, form.need("AccessKeyId"));
  const secret = mintSecret();
  gateway.keys.put(key.id, { ...key, secret });
  await enforce(gateway, [key.id]);
  return { status: "success", message: "", rotate_access_key_result: { id: key.id, new_secret: secret } };
}

export async function deleteAccessKey(gateway: Gateway, form: IamForm): Promise<object> {
  const { id } = known(gateway, form.need("AccessKeyId"));
  const { store, keys, attachments } = gateway;
  store.atomically(() => {
    keys.remove(id);
    for (const policy of attachments.policiesOf(id)) attachments.detach(policy, id);
  });
  await enforce(gateway, [id]);
  return {};
}

/** All keys but root's. With `?Detailed` in Tigris' form and with the roles; `KeyId` asks for one. */
export function listAccessKeys(gateway: Gateway, form: IamForm): object {
  const only = form.get("KeyId");
  const all = gateway.keys.entries().map(([, key]) => key);
  const { page, isTruncated, marker } = iamPage(
    only === undefined ? all : all.filter((key) => key.id === only),
    (key) => key.id,
    form,
  );
  if (form.isDetailed) return { IsTruncated: isTruncated, Marker: marker, Keys: page.map(detailed) };
  return {
    ListAccessKeysResult: {
      AccessKeyMetadata: page.map((key) => ({
        UserName: key.name,
        AccessKeyId: key.id,
        Status: key.status === "active" ? "Active" : "Inactive",
        CreateDate: key.createdAt,
      })),
      IsTruncated: isTruncated,
      ...(isTruncated ? { Marker: marker } : {}),
    },
  };
}

/** The key of that id. Throws a Refusal when there is none. */
export function known({ keys }: Gateway, id: string): AccessKey {
  const key = keys.get(id);
  if (key === undefined) throw new Refusal(404, "NoSuchEntity", "Access key doesn't exist");
  return key;
}

async function create(gateway: Gateway, name: string, buckets_role: readonly BucketRole[]): Promise<object> {
  const { accessKeyId, secretAccessKey } = mintCredential();
  const createdAt = gateway.clock().toISOString();
  const key: AccessKey = {
    id: accessKeyId,
    secret: secretAccessKey,
    name,
    createdAt,
    status: "active",
    roles: buckets_role,
  };
  gateway.keys.put(key.id, key);
  await enforce(gateway, [key.id]);
  return {
    AccessKeyId: key.id,
    SecretAccessKey: key.secret,
    UserName: name,
    Status: "Active",
    CreateDate: createdAt,
  };
}

function detailed(key: AccessKey): object {
  return {
    access_key_id: key.id,
    username: key.name,
    created_at: key.createdAt,
    creator: "root",
    human_creator: "",
    namespace_id: ORGANIZATION,
    status: key.status,
    buckets_role: key.roles,
  };
}

function request<Schema extends z.ZodType>(form: IamForm, schema: Schema): z.infer<Schema> {
  const parsed = z.string().transform(asJson).pipe(schema).safeParse(form.need("Req"));
  if (!parsed.success) throw new Refusal(400, "ValidationError", z.prettifyError(parsed.error));
  return parsed.data;
}

function asJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("Req is not JSON");
    return z.NEVER;
  }
}
