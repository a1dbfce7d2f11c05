import * as z from "zod";

import { duration } from "../tenants/model/duration.ts";
import { choice, field, textLike, wholeNumber } from "../tenants/model/field.ts";
import { calendarDay, reason } from "../tenants/model/lifecycle.ts";
import { plan, PLAN_NAME } from "../tenants/model/tenant-file.ts";
import { TENANT_ID, TENANT_ID_EXPECTED } from "../tenants/model/tenant-id.ts";

/** What a rollout's name looks like: that of its file without `.yaml`. */
export const ROLLOUT_NAME = /^[a-z0-9](?:[a-z0-9.]|-(?=[a-z0-9])){0,59}$/;

const STACK = /^[a-z0-9](?:[a-z0-9-]{0,59})$/;

const tenantId = textLike(TENANT_ID, `expected a tenant's id: ${TENANT_ID_EXPECTED}`);

const canary = z.strictObject({
  canary: z
    .array(tenantId)
    .min(1, { error: "expected at least one tenant" })
    .max(100, { error: "expected at most 100 tenants" })
    .meta({ description: "Tenants by id; ids that the stack does not have are ignored." }),
});
/** `5%`: so much of all tenants has it when this ring has it, the rings before counted in. */
const share = textLike(/^(?:[1-9]\d?|0\.[1-9]|[1-9]\d?\.[1-9])%$/, "expected a share such as 5% or 12.5%");
const ring = z.union([
  canary,
  share,
  z.literal("rest", { error: "expected canary: [tenants], a share such as 5%, or rest" }),
]);
/** One ring as written. */
export type Ring = z.infer<typeof ring>;

const selector = z.strictObject({
  stacks: field(z.array(textLike(STACK, "expected the name of a stack")).min(1), {
    description: "Only tenants of these stacks. Default: every stack.",
  }),
  plans: field(z.array(textLike(PLAN_NAME, "expected the name of a plan in tenants/plans.yaml")).min(1), {
    description: "Only tenants of these plans. Default: every plan.",
  }),
  regions: field(z.array(textLike(/^[a-z]{3}$/, "expected a region such as iad")).min(1), {
    description: "Only tenants of these regions. Default: every region.",
  }),
  owners: field(z.array(z.email({ error: "expected an e-mail address" })).min(1), {
    description: "Only tenants with these owners. Default: every owner.",
  }),
  labels: field(z.record(z.string(), z.string()), {
    description: "Only tenants that have all of these labels. Default: with any labels.",
  }),
});
/** Whom a rollout is for, as written. */
export type Selector = z.infer<typeof selector>;

const probe = z.strictObject({
  path: field(textLike(/^\/[!-~]{0,500}$/, "expected a path such as /healthz?full=1"), {
    description: "Path of the request to each tenant's app, at its own address. Default: /.",
    default: "/",
  }),
  status: field(wholeNumber(100, 599), { description: "The expected status.", default: 200 }),
  command: field(z.array(z.string().min(1)).min(1, { error: "expected a program and its arguments" }), {
    description:
      "Your own program instead of the request. It runs on the computer of `rollout next`, once per tenant, with TENANT and URL in its environment, and must exit with 0 within a minute.",
    examples: [["./probe.sh"]],
  }),
});

const requests = z.strictObject({
  path: field(textLike(/^\/[!-~]{0,500}$/, "expected a path such as /search?q=a"), {
    description: "Path of the requests.",
    default: "/",
  }),
  count: field(wholeNumber(5, 1000), {
    description: "How many requests per tenant, one after the other.",
    default: 20,
  }),
  maxErrors: field(z.number({ error: "expected a share from 0 to 1" }).min(0).max(1), {
    description: "The largest share of them that may fail: no answer in 10 seconds, or a status of 500 or more.",
    default: 0,
  }),
  p95Ms: field(wholeNumber(1, 60_000), {
    description: "Maximum milliseconds of 95 of 100 requests. Default: no limit.",
  }),
});

const gates = z.strictObject({
  checks: field(duration("0s", "24h", "10m, 1h"), {
    description:
      "How long the machines of a ring must have run without an exit and with all health checks passing. 0s: they pass now.",
    default: "10m",
  }),
  probe: field(probe, { description: "Your own check of each tenant's app. Default: none." }),
  requests: field(requests, { description: "The share of errors and the time of answers. Default: not measured." }),
  demo: field(z.boolean({ error: "expected true or false" }), {
    description: "Write and find a note through each app, as `tenantry demo` does: only the reference app knows notes.",
    default: false,
  }),
});
/** What is asked between rings, as written. */
export type Gates = z.infer<typeof gates>;

const held = z.strictObject({
  tenant: tenantId.meta({ description: "The tenant that stays as it is." }),
  until: calendarDay.meta({ description: "Last day of it, in UTC. After that the next ring takes the tenant." }),
  reason: reason.meta({ description: "Why, for people. No secret." }),
});
/** A tenant that stays, as written. */
export type Held = z.infer<typeof held>;

/** A rollout as written, `rollouts/<name>.yaml`. */
export const rolloutFile = z.strictObject({
  reason: field(reason, {
    description: "Its purpose, for reviewers. No secret.",
    examples: ["agent 1.4.2 closes the index's lock"],
  }),
  change: plan.meta({
    description: "The settings that change, with their new values, written as in a plan of tenants/plans.yaml.",
  }),
  for: field(selector, { description: "The tenants that get it. Default: all." }),
  ownValues: field(choice("leave", "replace"), {
    description:
      "For tenants whose own file sets the changed setting. leave: they are left out, and reported. replace: they get the change; `rollout back` restores their own value.",
    default: "leave",
  }),
  rings: z
    .array(ring)
    .min(1, { error: "expected at least the ring rest" })
    .max(20, { error: "expected at most 20 rings" })
    .meta({
      description:
        "The order: `canary: [a, b]`, then shares of all tenants (5%, 25%), then `rest`. A hash of the ids decides which tenants are in a share.",
    }),
  gates: field(gates, { description: "Conditions of a ring before the next one starts." }),
  halt: field(wholeNumber(1, 1000), {
    description: "Number of failed tenants that stops it: no further machine changes and no further ring starts.",
    default: 3,
  }),
  atATime: field(wholeNumber(1, 100), { description: "How many machines of a ring restart at a time.", default: 1 }),
  hold: field(z.array(held).max(1000), { description: "Tenants that stay as they are for now.", default: [] }),
});
/** A rollout file as written. */
export type RolloutFile = z.infer<typeof rolloutFile>;
