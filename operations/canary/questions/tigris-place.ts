import { randomUUID } from "node:crypto";

import { policyDocument } from "../../../provider/tigris/policy-document.ts";
import { ownerTags } from "../../../provider/tigris/claims.ts";
import type { Credentials } from "../../../provider/tigris/signing.ts";
import { at, type Heard, must, NotAsked } from "../caller.ts";
import { making, once, type Room, until } from "../room.ts";

/** A bucket of the canary, and when it became usable. */
export interface CanaryBucket {
  readonly name: string;
  /** The answer to the first call on it. */
  readonly first: Heard;
  /** Milliseconds from its creation until a call on it succeeded. */
  readonly knownAfterMs: number;
}

/** A key with the policy of tenants' machines. */
export interface CanaryKey extends Credentials {
  /** Milliseconds from the policy's attachment until the key could write. */
  readonly effectiveAfterMs: number;
  /** The answer to the key's first write. */
  readonly first: Heard;
}

/** What the questions about Tigris share. Each part is created when a question first needs it. */
export interface TigrisPlace {
  readonly room: Room;
  /** In one region. */
  readonly bucket: () => Promise<CanaryBucket>;
  /** In two regions, and so eventually consistent. */
  readonly wide: () => Promise<CanaryBucket>;
  readonly policy: () => Promise<{ readonly arn: string; readonly document: string }>;
  readonly key: () => Promise<CanaryKey>;
  /** A key without any policy or role. */
  readonly bareKey: () => Promise<Credentials>;
  /** Creates another bucket; `letter` is part of its name. */
  readonly make: (letter: string, headers: Readonly<Record<string, string>>) => Promise<CanaryBucket>;
}

const ONE_REGION = { "X-Tigris-Regions": "iad" };
const TWO_REGIONS = { "X-Tigris-Regions": "iad,fra" };

export function tigrisPlace(room: Room): TigrisPlace {
  const make: TigrisPlace["make"] = (letter, headers) => makeBucket(room, room.names.name(letter), headers);
  const bucket = once(() => make("a", ONE_REGION));
  const policy = once(async () => {
    const name = room.names.name();
    const document = JSON.stringify(policyDocument((await bucket()).name, "read-write"));
    const form = { PolicyName: name, Description: "canary", ReqUUID: randomUUID(), PolicyDocument: document };
    const create = () => room.askIam("CreatePolicy", form);
    const made = must("CreatePolicy", await making(room, { kind: "policy", name }, create));
    const arn = at(made.body, "CreatePolicyResult", "Policy", "Arn");
    if (typeof arn !== "string") throw new NotAsked("CreatePolicy answered no ARN");
    return { arn, document };
  });
  const newKey = async (letter: string): Promise<Credentials> => {
    const make = () => room.tigris.iam.createKey(room.names.name(letter), room);
    const { id, secret } = await making(room, { kind: "access key", name: room.names.name(letter) }, make);
    room.secrets.add(secret);
    return { accessKeyId: id, secretAccessKey: secret };
  };
  return {
    room,
    make,
    bucket,
    policy,
    wide: once(() => make("b", TWO_REGIONS)),
    bareKey: once(() => newKey("b")),
    key: once(async () => {
      const [{ arn }, { name }, key] = await Promise.all([policy(), bucket(), newKey("a")]);
      must("AttachUserPolicy", await room.askIam("AttachUserPolicy", { PolicyArn: arn, UserName: key.accessKeyId }));
      const { first, ms } = await firstSuccess(room, "the key's first write", () =>
        room.askS3(key)("PUT", `/${name}/small`, { body: "small" }),
      );
      return { ...key, first, effectiveAfterMs: ms };
    }),
  };
}

async function makeBucket(room: Room, name: string, headers: Readonly<Record<string, string>>): Promise<CanaryBucket> {
  const create = () => room.tigris.buckets.create(name, headers, room);
  if ((await making(room, { kind: "bucket", name }, create)) === "taken")
    throw new NotAsked(`bucket ${name} already exists`);
  const write = () => room.askS3()("PUT", `/${name}/first`, { body: "first" });
  const { first, ms } = await firstSuccess(room, `bucket ${name}`, write);
  await room.tigris.buckets.tag(name, ownerTags(room.names.owner), room);
  return { name, first, knownAfterMs: ms };
}

/** Repeats a call until it succeeds. Returns the first answer and the milliseconds until the success. */
async function firstSuccess(
  room: Room,
  what: string,
  ask: () => Promise<Heard>,
): Promise<{ first: Heard; ms: number }> {
  let first: Heard | undefined;
  const { ms } = await until(room, what, async () => {
    const heard = await ask();
    first ??= heard;
    return heard.status < 300 ? heard : undefined;
  });
  if (first === undefined) throw new NotAsked(what);
  return { first, ms };
}
