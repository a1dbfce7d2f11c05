import * as z from "zod";

import { type Action, SHARED, tenantOf } from "./steps.ts";
import { shownLines } from "../../output/shown.ts";
import { flyErrors } from "../../provider/fly/errors.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";

const metadataSchema = z.object({ op: z.string(), urn: z.string(), type: z.string() });
const eventSchema = z.object({
  resourcePreEvent: z.object({ metadata: metadataSchema }).optional(),
  resOutputsEvent: z.object({ metadata: metadataSchema }).optional(),
  resOpFailedEvent: z.object({ metadata: metadataSchema, status: z.number().optional() }).optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
  summaryEvent: z.object({}).optional(),
});

/** Pulumi's word for a resource that was changed and is not well (sdk/go/common/resource/status.go). */
const CHANGED_AND_FAILED = 1;

/**
 * How a tenant came out of a deployment. `ok`: all that was to do is done. `failed`: something was refused or is not well.
 * `interrupted`: the run ended in the middle of its changes. `untouched`: there was something to do, and nothing was done.
 */
export const result = z.enum(["ok", "failed", "interrupted", "untouched"]);
export type Result = z.infer<typeof result>;

/** How a tenant has fared in a deployment. */
export interface TenantOutcome {
  readonly tenant: string;
  readonly result: Result;
  /** What was changed at a vendor; also what was changed and is not well. */
  readonly done: Readonly<Record<Action, number>>;
  /** What was under way when the run ended, like `machine update`: whether it took effect is not known. */
  readonly open: readonly string[];
  /** What failed, in the provider's own words; empty when all went well. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** Migrations that were run past Pulumi, by name; default: none. */
  readonly migrations?: readonly string[];
}

interface Heard {
  readonly done: Record<Action, number>;
  readonly underWay: Map<string, string>;
  readonly broken: Set<string>;
  readonly errors: string[];
  readonly warnings: string[];
  /** Something failed before the run was told to stop. */
  hasFailed: boolean;
}

/** Follows `pulumi up --json` line by line and sums up per tenant. */
export class DeploymentEvents {
  readonly #tenants = new Map<string, Heard>();
  readonly #ended = new Set<string>();
  readonly #onChange: (tenant: string, what: string) => void;
  #isTold = false;
  #isStopped = false;

  /** `onChange` is told of every resource that was changed. */
  constructor(onChange: (tenant: string, what: string) => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** Takes one line of output; lines that are no event are passed over. */
  take(line: string): void {
    if (!line.startsWith("{")) return;
    const parsed = eventSchema.safeParse(jsonOf(line));
    if (!parsed.success) return;
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, summaryEvent } = parsed.data;
    if (resourcePreEvent !== undefined) this.#begun(resourcePreEvent.metadata);
    if (resOutputsEvent !== undefined) this.#applied(resOutputsEvent.metadata);
    if (resOpFailedEvent !== undefined) this.#failed(resOpFailedEvent.metadata, resOpFailedEvent.status);
    if (diagnosticEvent !== undefined && diagnosticEvent.ephemeral !== true) this.#said(diagnosticEvent);
    if (summaryEvent !== undefined) this.#isTold = true;
  }

  /** The run was told to stop: what fails from here on was interrupted. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Whether the engine came to its own end. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** Whether any resource was heard of. */
  get hasBegun(): boolean {
    return this.#tenants.size > 0;
  }

  /**
   * All tenants heard of, and those that were to be changed, by id.
   *
   * @param expected URNs of the resources that the run was to change; one that was never heard of was not reached
   */
  outcomes(expected: Iterable<string> = []): TenantOutcome[] {
    const missing = Map.groupBy(
      [...expected].filter((urn) => !this.#ended.has(urn)),
      tenantOf,
    );
    for (const tenant of missing.keys()) this.#of(tenant);
    const isTold = [...this.#tenants.values()].some(({ errors }) => errors.some((error) => !isEcho(error)));
    return [...this.#tenants]
      .map(([tenant, { errors: all, ...heard }]) => {
        const errors = isTold ? all.filter((error) => !isEcho(error)) : all;
        return {
          tenant,
          result: this.#resultOf({ ...heard, errors }, missing.has(tenant)),
          done: heard.done,
          open: [...heard.underWay.values(), ...heard.broken],
          errors,
          warnings: heard.warnings,
        };
      })
      .sort((one, other) => (one.tenant < other.tenant ? -1 : 1));
  }

  /** An engine that says nothing in the end has died. */
  #resultOf({ done, underWay, broken, errors, hasFailed }: Heard, isMissing: boolean): Result {
    const isChanged = Object.values(done).some((count) => count > 0);
    const isHalf = underWay.size + broken.size > 0 || (isMissing && isChanged) || (errors.length > 0 && !hasFailed);
    if ((this.#isStopped || !this.#isTold) && isHalf) return "interrupted";
    if (!isMissing && errors.length === 0) return "ok";
    // Also without an error of its own: what it needs of the stack has failed.
    return isChanged || !errors.every(isHeldBack) ? "failed" : "untouched";
  }

  #begun({ op, urn, type }: z.infer<typeof metadataSchema>): void {
    const action = ACTIONS[op];
    const kind = kindOf(type);
    if (action !== undefined && kind !== undefined) this.#of(tenantOf(urn)).underWay.set(urn, `${kind.word} ${action}`);
  }

  #applied({ op, urn, type }: z.infer<typeof metadataSchema>): void {
    if (op !== "refresh") this.#ended.add(urn);
    const [tenant, action] = [tenantOf(urn), ACTIONS[op]];
    if (action === undefined || kindOf(type) === undefined) {
      // What has not changed is heard of too; the stack and its providers are no tenant's.
      if (!type.startsWith("pulumi:")) this.#of(tenant);
      return;
    }
    this.#of(tenant).underWay.delete(urn);
    this.#of(tenant).done[action] += 1;
    this.#onChange(tenant, `${action} ${type}`);
  }

  #failed({ op, urn, type }: z.infer<typeof metadataSchema>, status: number | undefined): void {
    const [heard, action, kind] = [this.#of(tenantOf(urn)), ACTIONS[op], kindOf(type)];
    this.#ended.add(urn);
    heard.underWay.delete(urn);
    if (action === undefined || kind === undefined) return;
    if (status === CHANGED_AND_FAILED) heard.done[action] += 1;
    if (this.#isStopped) heard.broken.add(`${kind.word} ${action}`);
  }

  #said({ urn = "", message, severity }: { urn?: string | undefined; message: string; severity: string }): void {
    const outcome = this.#of(urn === "" ? SHARED : tenantOf(urn));
    // Most is said for information and shown nowhere, so it need not be masked.
    if (severity !== "error" && severity !== "warning") return;
    const text = shownLines(message.trim());
    if (severity === "error" && !outcome.errors.includes(text)) outcome.errors.push(text);
    if (severity === "error" && !this.#isStopped) outcome.hasFailed = true;
    if (severity === "warning") outcome.warnings.push(text);
  }

  #of(tenant: string): Heard {
    const found = this.#tenants.get(tenant);
    if (found !== undefined) return found;
    const fresh: Heard = {
      done: { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 },
      underWay: new Map<string, string>(),
      broken: new Set<string>(),
      errors: [],
      warnings: [],
      hasFailed: false,
    };
    this.#tenants.set(tenant, fresh);
    return fresh;
  }
}

/** A line that a dying engine has cut off is no event. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Whether the provider refused to begin because the run had been halted: by the stable code that opens its message. */
function isHeldBack(error: string): boolean {
  return error.includes(`${flyErrors.FLY_HALTED.code}: `);
}

/**
 * Whether this only says that something has failed, which has said why itself: the engine's last line, or the SDK's complaint
 * that a resource's outputs are missing.
 */
function isEcho(error: string): boolean {
  return (
    /^update (?:failed|canceled)$/.test(error) ||
    /^(?:Running program |Error: ).*resource \S+ \[[\w:-]+\] failed to register/s.test(error)
  );
}

const ACTIONS: Readonly<Record<string, Action>> = {
  create: "create",
  update: "update",
  "create-replacement": "replace",
  delete: "delete",
};
