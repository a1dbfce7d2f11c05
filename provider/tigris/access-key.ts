import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Call, Known, Observed, ResourceType, Existing } from "../plugin/resource-type.ts";
import { HalfDone } from "../plugin/resource-type.ts";
import { Unknown } from "../plugin/unknown.ts";
import { issuedAt, parseDuration } from "../rotation.ts";
import { isAmbiguous, type Serving } from "../http/serving.ts";
import { isNamedFor, keyName, policyName } from "./access-key-names.ts";
import type { TigrisClient } from "./client.ts";
import { tigrisErrors } from "./errors.ts";
import type { IamCalls } from "./iam-calls.ts";
import { keyRing, type KeyRing } from "./key-ring.ts";
import { type Mode, policyDigest, policyDocument, shownPolicyDigest } from "./policy-document.ts";

/** Inputs of `tenantry:tigris:AccessKey`; docs/resources.md describes each. */
export interface AccessKeyInputs {
  tenant: string;
  bucket: string;
  purpose: string;
  mode: Mode;
  epoch: number;
  rotation: string;
  issued?: string | undefined;
  enabled?: boolean | undefined;
  policy?: string | undefined;
}

/** Outputs of `tenantry:tigris:AccessKey`. The secret is a secret of Pulumi's too. */
export interface AccessKeyState {
  /** Shown by Tigris only once. Secret. */
  secretAccessKey: string;
}

const accessKeyInputs = z.strictObject({
  tenant: z
    .string()
    .min(1)
    .describe("The tenant's id, for errors. Changed in place. Default: the start of the resource's name."),
  bucket: z.string().min(1).describe("Name of the one bucket that the key opens. Changing it replaces the key."),
  purpose: z
    .string()
    .regex(/^(?:machine|access-[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,38})$/, "expected machine, or access-<name>")
    .describe("Who uses it: `machine`, or `access-<name>` for a person's computer. Changing it replaces the key."),
  mode: z.enum(["read-write", "read-only"]).describe("What it allows. Changing it replaces the key."),
  epoch: z
    .int()
    .min(1)
    .default(1)
    .describe("Raise it in an incident. Default 1. Changing it replaces the key and revokes all older ones."),
  rotation: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, "expected a duration like 90d or 12h")
    .describe("Age at which the next `up` replaces it, like `90d`. Changed in place; the age counts from `issued`."),
  issued: z
    .string()
    .optional()
    .describe("Set by the provider; do not set it. Time of creation. Changing it replaces the key."),
  enabled: z
    .boolean()
    .default(true)
    .describe(
      "False removes all access without deleting the key, for a suspended tenant. Default true. Changed in place.",
    ),
  policy: z
    .string()
    .optional()
    .describe(
      "Set by the provider; do not set it. Digest of the key's rights. Another value shows that they were changed.",
    ),
});

const REPLACE_ON = ["bucket", "purpose", "mode", "epoch", "issued"] as const;
const MODES: readonly Mode[] = ["read-write", "read-only"];
const MINT_ATTEMPTS = 3;

/**
 * `tenantry:tigris:AccessKey`: a key without any role, and a policy for this bucket's objects attached to it. Its id is the
 * access key id. It grows old by `rotation` and is then replaced, the new one first.
 *
 * Not a key with the role `Editor`: it could delete the bucket and mint keys (docs/concepts/authnz.md). Not
 * `RotateAccessKey`: the old secret stops working at once, before the machine knows the new one.
 *
 * Consecutive keys of one purpose share a policy, and an existing policy shows that there was a key before: then keys of this
 * purpose that are not in the state file remain from an interrupted or forgotten run, and are deleted.
 *
 * Source: @tigrisdata/iam 2.6.0; tigris-os-docs, docs/iam/policies/attach-iam-policy.md (the least-privilege recipe).
 */
export function accessKeyType(client: TigrisClient): ResourceType<AccessKeyInputs, AccessKeyState> {
  const calls: KeyCalls = { iam: client.iam, ring: keyRing(client.iam), leftovers: new Map() };
  return {
    token: "tenantry:tigris:AccessKey",
    inputs: accessKeyInputs,
    replaceOn: REPLACE_ON,
    outputs: ["secretAccessKey"],
    secretOutputs: ["secretAccessKey"],
    check: (news, olds, clock) => ({
      ...news,
      issued: issuedAt(olds !== undefined && isSameKey(news, olds) ? olds : undefined, news.rotation, clock),
      policy: declaredDigest(news),
    }),
    // No update changes the secret, so dependent resources do not change.
    foresee: (_news, known) => known?.state ?? {},
    create: (inputs, call) => create(calls, inputs, call),
    async read(id, known, call) {
      if (known !== undefined) return read(calls, id, known, call);
      throw new TenantryError(tigrisErrors.TIGRIS_KEY_IMPORT, `access key ${id}`, { resource: `access key ${id}` });
    },
    update: (id, known, news, call) => update(calls, id, known, news, call),
    delete: (id, known, call) => remove(calls, id, known, call),
  };
}

/** What the operations of one process share. */
interface KeyCalls {
  readonly iam: IamCalls;
  readonly ring: KeyRing;
  /**
   * By the id of a replaced key: other old keys of its purpose. The machine may still use one of them, so they are deleted
   * together with the replaced one, after the machine has the new key.
   */
  readonly leftovers: Map<string, readonly string[]>;
}

/** A key whose purpose or epoch changed is a new one, with a new age. An unknown value decides nothing. */
function isSameKey(news: AccessKeyInputs, olds: AccessKeyInputs): boolean {
  return (["bucket", "purpose", "mode", "epoch"] as const).every((key) => {
    const now: unknown = news[key];
    return now instanceof Unknown || now === olds[key];
  });
}

function declaredDigest({ bucket, mode }: AccessKeyInputs): string {
  const isKnown = [bucket, mode].every((value: unknown) => typeof value === "string");
  // In a preview an input derived from an unknown value is unknown too; the wire carries the marker.
  return isKnown ? policyDigest(policyDocument(bucket, mode)) : (Unknown.value as unknown as string);
}

async function create(calls: KeyCalls, inputs: AccessKeyInputs, call: Call): Promise<Existing<AccessKeyState>> {
  const { iam, ring } = calls;
  const { tenant, bucket, mode, epoch, enabled = true } = inputs;
  const serving = { tenant, signal: call.signal };
  const policy = policyName(inputs);
  // Looks for the policy first, because Tigris does not document the answer of CreatePolicy for an existing name.
  const isThere = (await iam.policyDocument(policy, serving)) !== undefined;
  const isFirst = !isThere && (await iam.createPolicy(policy, JSON.stringify(policyDocument(bucket, mode)), serving));
  if (!isFirst) await inherit(calls, inputs, call);
  const issued = inputs.issued ?? issuedAt(undefined, inputs.rotation, call.clock);
  const key = await mint(calls, keyName(inputs, epoch, issued), call, serving);
  ring.made({ id: key.id, name: keyName(inputs, epoch, issued) });
  const existing = { id: key.id, state: { secretAccessKey: key.secret } };
  try {
    if (enabled) await iam.attach(policy, key.id, serving);
  } catch (error) {
    throw error instanceof Error ? new HalfDone(existing, error) : error;
  }
  return existing;
}

/** Adopts the policy of an earlier key, under the bucket's claim, and deletes unused keys. */
async function inherit(calls: KeyCalls, inputs: AccessKeyInputs, call: Call): Promise<void> {
  const { iam, ring, leftovers } = calls;
  const { tenant, bucket, mode } = inputs;
  const serving = { tenant, signal: call.signal };
  const policy = policyName(inputs);
  const [claim, keys] = await Promise.all([
    call.claims.read(bucket, call.owner(tenant)),
    ring.find((name) => isNamedFor(inputs, name), serving),
  ]);
  if (claim.held !== "by-us") {
    const who = claim.held === "by-other" ? `${claim.who} seems to hold the bucket` : "the bucket carries no mark";
    const context = { resource: `policy ${policy}`, tenant, call: "CreatePolicy" };
    throw new TenantryError(tigrisErrors.TIGRIS_POLICY_TAKEN, `${policy} exists already, and ${who}`, context);
  }
  const others = keys.map(({ id }) => id).filter((id) => id !== call.replaces);
  if (call.replaces !== undefined) leftovers.set(call.replaces, others);
  const document = JSON.stringify(policyDocument(bucket, mode));
  await Promise.all([
    iam.updatePolicy(policy, document, serving).then((exists) => exists || iam.createPolicy(policy, document, serving)),
    ...(call.replaces === undefined ? others.map((id) => removeKey(calls, policy, id, serving)) : []),
  ]);
}

/**
 * Creates the key. After an ambiguous answer it looks for a key that may exist, deletes it, because its secret is lost, and
 * tries again. A key that Tigris creates even later has no access, and the next rotation finds it.
 */
async function mint(
  calls: KeyCalls,
  name: string,
  call: Call,
  serving: Serving,
): Promise<{ id: string; secret: string }> {
  const { iam, ring } = calls;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await iam.createKey(name, serving);
    } catch (error) {
      if (attempt === MINT_ATTEMPTS || call.signal.aborted || !isAmbiguous(error)) throw error;
      ring.forget();
      const lost = await ring.find((each) => each === name, serving);
      await Promise.all(lost.filter(({ id }) => id !== call.replaces).map(({ id }) => deleteKey(calls, id, serving)));
    }
  }
}

/** What Tigris shows of a key. */
interface Found {
  readonly isActive: boolean;
  readonly isAttached: boolean;
  /** Digest of its policy; undefined when the policy is gone. */
  readonly digest: string | undefined;
  /** Access that tenantry did not grant: roles, and names of other policies. */
  readonly roles: readonly string[];
  readonly otherPolicies: readonly string[];
}

/** Undefined: there is no such key, and no policy for it. */
async function lookAt(
  iam: IamCalls,
  id: string,
  inputs: AccessKeyInputs,
  call: Call,
): Promise<Found | "its policy" | undefined> {
  const serving = { tenant: inputs.tenant, signal: call.signal };
  const policy = policyName(inputs);
  const [key, policies, document] = await Promise.all([
    iam.key(id, serving),
    iam.policiesOf(id, serving),
    iam.policyDocument(policy, serving),
  ]);
  if (key === undefined) return document === undefined ? undefined : "its policy";
  if (policies === undefined) {
    const context = { resource: `access key ${id}`, tenant: inputs.tenant, call: "ListUserPolicies" };
    throw new TenantryError(
      tigrisErrors.TIGRIS_KEY_DOUBTFUL,
      "Tigris lists it, but says that it does not exist",
      context,
    );
  }
  return {
    isActive: key.isActive,
    isAttached: policies.includes(policy),
    digest: document === undefined ? undefined : shownPolicyDigest(document),
    roles: key.roles,
    otherPolicies: policies.filter((name) => name !== policy),
  };
}

async function read(
  { iam }: KeyCalls,
  id: string,
  { inputs, state }: Known<AccessKeyInputs, AccessKeyState>,
  call: Call,
): Promise<Observed<AccessKeyInputs, AccessKeyState> | undefined> {
  const found = await lookAt(iam, id, inputs, call);
  if (found === undefined) return undefined;
  if (found === "its policy") return { id, state, inputs: withoutIssue(inputs) };
  const more = [...found.roles.map((role) => `role ${role}`), ...found.otherPolicies.map((name) => `policy ${name}`)];
  const policy = [found.digest ?? "none", ...more.toSorted()].join(" + ");
  return { id, state, inputs: { ...inputs, enabled: found.isActive && found.isAttached, policy } };
}

/**
 * A refresh would drop a missing key from the state, and then nothing would ever delete its policy. Instead it is read
 * without `issued`: then it is replaced or deleted like any other key, and its policy with it.
 */
function withoutIssue({ issued: _, ...inputs }: AccessKeyInputs): AccessKeyInputs {
  return inputs;
}

async function update(
  { iam }: KeyCalls,
  id: string,
  { state, inputs: olds }: Known<AccessKeyInputs, AccessKeyState>,
  news: AccessKeyInputs,
  call: Call,
): Promise<AccessKeyState> {
  const { tenant, enabled = true } = news;
  // A change is always sent: IAM may show an outdated key, which would then stay enabled or disabled.
  const isSwitched = (olds.enabled ?? true) !== enabled;
  const serving = { tenant, signal: call.signal };
  const policy = policyName(news);
  const found = await lookAt(iam, id, news, call);
  if (found === undefined || found === "its policy") {
    const context = { resource: `access key ${id}`, tenant };
    throw new TenantryError(tigrisErrors.TIGRIS_KEY_GONE, `there is no access key ${id}`, context);
  }
  // Undeclared access is removed first, and declared access is granted only with the right policy.
  await Promise.all([
    found.roles.length > 0 ? iam.takeRolesAway(id, serving) : undefined,
    ...found.otherPolicies.map((name) => iam.detach(name, id, serving)),
    !enabled && (isSwitched || found.isAttached) ? iam.detach(policy, id, serving) : undefined,
    putPolicyRight(iam, found.digest, news, serving),
  ]);
  await Promise.all([
    enabled && (isSwitched || !found.isAttached) ? iam.attach(policy, id, serving) : undefined,
    enabled && !found.isActive ? iam.activateKey(id, serving) : undefined,
  ]);
  return state;
}

async function putPolicyRight(
  iam: IamCalls,
  shown: string | undefined,
  inputs: AccessKeyInputs,
  serving: Serving,
): Promise<void> {
  const policy = policyName(inputs);
  const document = policyDocument(inputs.bucket, inputs.mode);
  if (shown === undefined) await iam.createPolicy(policy, JSON.stringify(document), serving);
  else if (shown !== policyDigest(document)) await iam.updatePolicy(policy, JSON.stringify(document), serving);
}

async function remove(
  calls: KeyCalls,
  id: string,
  { inputs }: Known<AccessKeyInputs, AccessKeyState>,
  call: Call,
): Promise<void> {
  const { iam, ring, leftovers } = calls;
  const serving = { tenant: inputs.tenant, signal: call.signal };
  const named = await ring.find((name) => MODES.some((mode) => isNamedFor({ ...inputs, mode }, name)), serving);
  const doomed = [...new Set([id, ...(leftovers.get(id) ?? forgotten(calls, named, id, call))])];
  const isDoomed = (key: { readonly id: string }) => doomed.includes(key.id);
  for (const mode of MODES) {
    const ofMode = named.filter(({ name }) => isNamedFor({ ...inputs, mode }, name));
    // An interrupted run that changed the mode may have created keys of the other mode.
    if (mode !== inputs.mode && !ofMode.some(isDoomed)) continue;
    const policy = policyName({ ...inputs, mode });
    await Promise.all(doomed.map((each) => iam.detach(policy, each, serving)));
    if (ofMode.every(isDoomed) && (await iam.deletePolicy(policy, serving)) === "in-use") {
      call.log("warning", `policy ${policy} stays: somebody attached it to a key that is not ours`);
    }
  }
  // Last: a refresh drops a missing key from the state, so an interrupted deletion must not leave its policy.
  await Promise.all(doomed.map((each) => deleteKey(calls, each, serving)));
  leftovers.delete(id);
}

/**
 * Keys that only a run knew of which made them, or met them, and was then broken off: when what was replaced goes, its
 * successor, which the state knows, has taken their place too.
 */
function forgotten({ ring }: KeyCalls, named: readonly { readonly id: string }[], id: string, call: Call): string[] {
  const current = call.replaces;
  if (current === undefined || current === id) return [];
  return named.map((key) => key.id).filter((each) => each !== current && !ring.isMade(each));
}

async function removeKey(calls: KeyCalls, policy: string, id: string, serving: Serving): Promise<void> {
  await calls.iam.detach(policy, id, serving);
  await deleteKey(calls, id, serving);
}

async function deleteKey({ iam, ring }: KeyCalls, id: string, serving: Serving): Promise<void> {
  await iam.deleteKey(id, serving);
  ring.deleted(id);
}
