import { XMLParser } from "fast-xml-parser";

import { visibleBucket } from "./bucket-lookup.ts";
import { type LifecycleRule, settingsAfterPatch } from "./bucket-settings.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import { emptyAnswer, xmlAnswer } from "./s3-answer.ts";
import type { S3Target } from "./s3-operation.ts";

// S3's lifecycle calls, which versitygw lacks, over the same setting that PATCH writes. Nothing is ever expired or moved.

export async function putLifecycle(gateway: Gateway, call: Call, _target: S3Target, name: string): Promise<Response> {
  await demand(gateway, await callerOf(gateway, call), "s3:PutLifecycleConfiguration", name);
  write(gateway, name, rulesFrom(await call.req.text()));
  return emptyAnswer(200);
}

export async function getLifecycle(gateway: Gateway, call: Call, _target: S3Target, name: string): Promise<Response> {
  const caller = await callerOf(gateway, call);
  const rules = visibleBucket(gateway, name).settings.lifecycle_rules ?? [];
  await demand(gateway, caller, "s3:GetLifecycleConfiguration", name);
  if (rules.length === 0) {
    throw new Refusal(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
  }
  return xmlAnswer("LifecycleConfiguration", { Rule: rules.map(ruleInXml) });
}

export async function deleteLifecycle(
  gateway: Gateway,
  call: Call,
  _target: S3Target,
  name: string,
): Promise<Response> {
  await demand(gateway, await callerOf(gateway, call), "s3:PutLifecycleConfiguration", name);
  write(gateway, name, []);
  return emptyAnswer(204);
}

function write(gateway: Gateway, name: string, lifecycle_rules: unknown): void {
  const bucket = visibleBucket(gateway, name);
  const settings = settingsAfterPatch(bucket.settings, { lifecycle_rules }, () => undefined);
  gateway.buckets.put(name, { ...bucket, settings });
}

interface RuleInXml {
  readonly ID?: string;
  readonly Status?: string;
  readonly Prefix?: string;
  readonly Filter?: { readonly Prefix?: string } | "";
  readonly Expiration?: Moment;
  readonly Transition?: (Moment & { readonly StorageClass?: string })[];
}

interface Moment {
  readonly Days?: string;
  readonly Date?: string;
}

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === "Rule" || name === "Transition",
});

function rulesFrom(xml: string): unknown {
  const { LifecycleConfiguration: configuration } = parser.parse(xml) as {
    LifecycleConfiguration?: { Rule?: RuleInXml[] };
  };
  const rules = configuration?.Rule;
  if (rules === undefined) throw malformed();
  return rules.map(({ ID, Status, Filter, Prefix, Expiration, Transition }) => {
    const prefix = typeof Filter === "object" ? Filter.Prefix : Prefix;
    return {
      ...(ID === undefined ? {} : { id: ID }),
      status: Status === "Enabled" ? 1 : 2,
      ...(prefix === undefined ? {} : { filter: { prefix } }),
      ...(Expiration === undefined ? {} : { expiration: { ...moment(Expiration), enabled: Status === "Enabled" } }),
      ...(Transition === undefined
        ? {}
        : { transitions: Transition.map((step) => ({ ...moment(step), storage_class: step.StorageClass })) }),
    };
  });
}

function moment({ Days, Date }: Moment) {
  return { ...(Days === undefined ? {} : { days: Number(Days) }), ...(Date === undefined ? {} : { date: Date }) };
}

function ruleInXml({ id, status, filter, expiration, transitions }: LifecycleRule): object {
  const at = ({ days, date }: { days?: number | undefined; date?: string | undefined }) => ({
    ...(days === undefined ? {} : { Days: days }),
    ...(date === undefined ? {} : { Date: date }),
  });
  return {
    ...(id === undefined ? {} : { ID: id }),
    Filter: { Prefix: filter?.prefix ?? "" },
    Status: status === 1 ? "Enabled" : "Disabled",
    ...(expiration === undefined ? {} : { Expiration: at(expiration) }),
    ...(transitions === undefined
      ? {}
      : { Transition: transitions.map((step) => ({ ...at(step), StorageClass: step.storage_class })) }),
  };
}

function malformed(): Refusal {
  return new Refusal(400, "MalformedXML", "The XML you provided was not well-formed or did not validate.");
}
