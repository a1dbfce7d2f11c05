import * as z from "zod";

import { type Action, SHARED, tenantOf } from "./steps.ts";
import { shownLines } from "../../output/shown.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";

const metadataSchema = z.object({ op: z.string(), urn: z.string(), type: z.string() });
const eventSchema = z.object({
  resourcePreEvent: z.object({ metadata: metadataSchema }).optional(),
  resOutputsEvent: z.object({ metadata: metadataSchema }).optional(),
  resOpFailedEvent: z.object({ metadata: metadataSchema }).optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
  summaryEvent: z.object({ maybeCorrupt: z.boolean().optional(), durationSeconds: z.number() }).optional(),
});

/** How a tenant has fared in a deployment. */
export interface TenantOutcome {
  readonly tenant: string;
  readonly done: Readonly<Record<Action, number>>;
  /** What failed, in the provider's own words; empty when all went well. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Follows `pulumi up --json` line by line and sums up per tenant. */
export class DeploymentEvents {
  readonly #tenants = new Map<string, { done: Record<Action, number>; errors: string[]; warnings: string[] }>();
  readonly #onChange: (tenant: string, what: string) => void;

  /** `onChange` is told of every resource that was changed. */
  constructor(onChange: (tenant: string, what: string) => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** Takes one line of output; lines that are no event are passed over. */
  take(line: string): void {
    if (!line.startsWith("{")) return;
    const parsed = eventSchema.safeParse(JSON.parse(line));
    if (!parsed.success) return;
    const { resOutputsEvent, diagnosticEvent } = parsed.data;
    if (resOutputsEvent !== undefined) this.#applied(resOutputsEvent.metadata);
    if (diagnosticEvent !== undefined && diagnosticEvent.ephemeral !== true) this.#said(diagnosticEvent);
  }

  /** All tenants heard of, by id. */
  outcomes(): TenantOutcome[] {
    const isTold = [...this.#tenants.values()].some(({ errors }) => errors.some((error) => !isEcho(error)));
    return [...this.#tenants]
      .map(([tenant, { done, errors, warnings }]) => ({
        tenant,
        done,
        errors: isTold ? errors.filter((error) => !isEcho(error)) : errors,
        warnings,
      }))
      .sort((one, other) => (one.tenant < other.tenant ? -1 : 1));
  }

  #applied({ op, urn, type }: z.infer<typeof metadataSchema>): void {
    const [tenant, action] = [tenantOf(urn), ACTIONS[op]];
    if (action === undefined || kindOf(type) === undefined) {
      // What has not changed is heard of too; the stack and its providers are no tenant's.
      if (!type.startsWith("pulumi:")) this.#of(tenant);
      return;
    }
    this.#of(tenant).done[action] += 1;
    this.#onChange(tenant, `${action} ${type}`);
  }

  #said({ urn = "", message, severity }: { urn?: string | undefined; message: string; severity: string }): void {
    const outcome = this.#of(urn === "" ? SHARED : tenantOf(urn));
    const text = shownLines(message.trim());
    if (severity === "error" && !outcome.errors.includes(text)) outcome.errors.push(text);
    if (severity === "warning") outcome.warnings.push(text);
  }

  #of(tenant: string) {
    const found = this.#tenants.get(tenant);
    if (found !== undefined) return found;
    const fresh = { done: { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 }, errors: [], warnings: [] };
    this.#tenants.set(tenant, fresh);
    return fresh;
  }
}

/**
 * Whether this is the Pulumi SDK's own complaint that a resource's outputs are missing because the resource failed: the
 * resource itself has said why.
 */
function isEcho(error: string): boolean {
  return /^(?:Running program |Error: ).*resource \S+ \[[\w:-]+\] failed to register/s.test(error);
}

const ACTIONS: Readonly<Record<string, Action>> = {
  create: "create",
  update: "update",
  "create-replacement": "replace",
  delete: "delete",
};
