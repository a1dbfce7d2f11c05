import { randomBytes } from "node:crypto";

import { isLive } from "./buckets.ts";
import { enforce } from "./enforcement.ts";
import type { Gateway } from "./gateway.ts";
import { type IamForm, iamPage } from "./iam-form.ts";
import { known } from "./key-actions.ts";
import { policyArn, policyNameOf } from "./organization.ts";
import type { Policy } from "./policies.ts";
import { bucketsNamedIn, parsePolicyDocument, rewritten } from "./policy-document.ts";
import { Refusal } from "./refusal.ts";

const NAME = /^[\w+=,.@-]{1,128}$/;

/** Refuses a document that names a bucket which is not there; what a name that is taken gets is the switch `takenPolicyName`'s. */
export async function createPolicy(gateway: Gateway, form: IamForm): Promise<object> {
  const name = form.need("PolicyName");
  if (!NAME.test(name)) throw new Refusal(400, "ValidationError", "The specified value for policyName is invalid.");
  const document = acceptable(gateway, form.need("PolicyDocument"));
  const before = gateway.policies.get(name);
  if (before !== undefined) return { CreatePolicyResult: { Policy: await taken(gateway, before, form) } };
  const now = gateway.clock().toISOString();
  const policy: Policy = {
    id: `ANPA${randomBytes(8).toString("hex").toUpperCase()}`,
    name,
    description: form.get("Description") ?? "",
    document,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  gateway.policies.put(name, policy);
  return { CreatePolicyResult: { Policy: described(gateway, policy) } };
}

function taken(gateway: Gateway, policy: Policy, form: IamForm): Promise<object> {
  const said = `A policy called ${policy.name} already exists.`;
  switch (gateway.switches.read("takenPolicyName")) {
    case "409":
      throw new Refusal(409, "EntityAlreadyExists", said);
    case "400":
      throw new Refusal(400, "", said);
    case "200":
      return writeOver(gateway, policy, form);
  }
}

/** Takes effect on every key it is attached to before it answers. */
export async function updatePolicy(gateway: Gateway, form: IamForm): Promise<object> {
  return { UpdatePolicyResult: { Policy: await writeOver(gateway, named(gateway, form), form) } };
}

async function writeOver(gateway: Gateway, policy: Policy, form: IamForm): Promise<object> {
  const changed: Policy = {
    ...policy,
    description: form.get("Description") ?? policy.description,
    document: acceptable(gateway, form.need("PolicyDocument")),
    version: policy.version + 1,
    updatedAt: gateway.clock().toISOString(),
  };
  gateway.policies.put(policy.name, changed);
  await enforce(gateway, gateway.attachments.keysOf(policy.name));
  return described(gateway, changed);
}

export function getPolicy(gateway: Gateway, form: IamForm): object {
  return { GetPolicyResult: { Policy: described(gateway, named(gateway, form)) } };
}

/** Only the current version is kept. As at AWS, the document is URL-encoded. */
export function getPolicyVersion(gateway: Gateway, form: IamForm): object {
  const policy = named(gateway, form);
  if (form.need("VersionId") !== `v${policy.version}`)
    throw new Refusal(404, "NoSuchEntity", "There is no such version.");
  return {
    GetPolicyVersionResult: {
      PolicyVersion: {
        Document: encodeURIComponent(policy.document),
        VersionId: `v${policy.version}`,
        IsDefaultVersion: true,
        CreateDate: policy.updatedAt,
      },
    },
  };
}

/** Tigris' own: the policy with its document and the keys it is attached to. */
export function getPolicyDetailed(gateway: Gateway, form: IamForm): object {
  const isThere = policyOf(gateway, form) !== undefined;
  if (!isThere && gateway.switches.read("absentPolicy") === "200") {
    return { PolicyDetailed: { Arn: "", PolicyName: "", Document: "", Users: [] } };
  }
  const policy = named(gateway, form);
  const document = gateway.switches.read("policiesRewritten") ? rewritten(policy.document) : policy.document;
  const users = gateway.attachments.keysOf(policy.name).map((id) => ({ UserId: id, UserName: userName(gateway, id) }));
  return { PolicyDetailed: { ...described(gateway, policy), Document: document, Users: users } };
}

export function listPolicies(gateway: Gateway, form: IamForm): object {
  const all = gateway.policies.entries().map(([, policy]) => policy);
  const { page, isTruncated, marker } = iamPage(all, ({ name }) => name, form);
  return {
    ListPoliciesResult: {
      Policies: page.map((policy) => described(gateway, policy)),
      IsTruncated: isTruncated,
      Marker: marker,
    },
  };
}

/** The names, not the ARNs, of the policies attached to the key `UserName`. */
export function listUserPolicies(gateway: Gateway, form: IamForm): object {
  const { id } = known(gateway, form.need("UserName"));
  const { page, isTruncated, marker } = iamPage(gateway.attachments.policiesOf(id), (name) => name, form);
  return { ListUserPoliciesResult: { PolicyNames: page, IsTruncated: isTruncated, Marker: marker } };
}

export function listEntitiesForPolicy(gateway: Gateway, form: IamForm): object {
  const { name } = named(gateway, form);
  const users = gateway.attachments.keysOf(name).map((id) => ({ UserName: id, UserId: id }));
  return { ListEntitiesForPolicyResult: { PolicyUsers: users, PolicyGroups: [], PolicyRoles: [], IsTruncated: false } };
}

export async function attachUserPolicy(gateway: Gateway, form: IamForm): Promise<object> {
  const policy = named(gateway, form);
  const { id } = known(gateway, form.need("UserName"));
  gateway.store.atomically(() => gateway.attachments.attach(policy.name, id));
  await enforce(gateway, [id]);
  return {};
}

export async function detachUserPolicy(gateway: Gateway, form: IamForm): Promise<object> {
  const policy = named(gateway, form);
  const { id } = known(gateway, form.need("UserName"));
  const wasAttached = gateway.store.atomically(() => gateway.attachments.detach(policy.name, id));
  if (!wasAttached) throw new Refusal(404, "NoSuchEntity", "The policy is not attached to this access key.");
  await enforce(gateway, [id]);
  return {};
}

export async function deletePolicy(gateway: Gateway, form: IamForm): Promise<object> {
  const { name } = named(gateway, form);
  if (gateway.attachments.keysOf(name).length > 0) {
    throw new Refusal(409, "DeleteConflict", "Cannot delete a policy attached to entities.");
  }
  return forceDeletePolicy(gateway, form);
}

/** Tigris' own: detaches the policy everywhere and deletes it. */
export async function forceDeletePolicy(gateway: Gateway, form: IamForm): Promise<object> {
  const { name } = named(gateway, form);
  const { store, policies, attachments } = gateway;
  const keyIds = attachments.keysOf(name);
  store.atomically(() => {
    for (const id of keyIds) attachments.detach(name, id);
    policies.remove(name);
  });
  await enforce(gateway, keyIds);
  return {};
}

function acceptable(gateway: Gateway, text: string): string {
  const missing = bucketsNamedIn(parsePolicyDocument(text)).filter((name) => !isLive(gateway.buckets.get(name)));
  if (missing.length > 0) {
    throw new Refusal(400, "MalformedPolicyDocument", `No such bucket: ${missing.join(", ")}.`);
  }
  return text;
}

function named(gateway: Gateway, form: IamForm): Policy {
  const policy = policyOf(gateway, form);
  if (policy !== undefined) return policy;
  throw new Refusal(404, "NoSuchEntity", `Policy ${form.need("PolicyArn")} does not exist or is not attachable.`);
}

function policyOf({ policies }: Gateway, form: IamForm): Policy | undefined {
  const name = policyNameOf(form.need("PolicyArn"));
  return name === undefined ? undefined : policies.get(name);
}

function described({ attachments }: Gateway, policy: Policy): object {
  return {
    Arn: policyArn(policy.name),
    AttachmentCount: attachments.keysOf(policy.name).length,
    CreateDate: policy.createdAt,
    DefaultVersionId: `v${policy.version}`,
    Description: policy.description,
    IsAttachable: true,
    Path: "/",
    PermissionsBoundaryUsageCount: 0,
    PolicyId: policy.id,
    PolicyName: policy.name,
    Tags: null,
    UpdateDate: policy.updatedAt,
  };
}

function userName({ keys }: Gateway, id: string): string {
  return keys.get(id)?.name ?? id;
}
