import { isDeepStrictEqual } from "node:util";

import type { Claims, Owner } from "../../resource-kinds/claim.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { checkedInputs, type CheckFault } from "./checked-inputs.ts";
import { type Difference, differences } from "./detailed-diff.ts";
import type { Clock } from "../clock.ts";
import { pluginErrors } from "./errors.ts";
import type { Call, Known, ResourceType } from "./resource-type.ts";
import { Unknown } from "./unknown.ts";
import { importLine, parseUrn } from "../../resource-kinds/urn.ts";
import type { Properties } from "./wire.ts";

/** A resource type whose inputs and state the plugin treats as plain properties. */
export type AnyType = ResourceType<Properties, Properties>;

/** What a configured provider works with. */
export interface Configured {
  /** Loads the type of a token; vendors are loaded on first use, so that the plugin starts fast. */
  type(token: string): Promise<AnyType>;
  owner(stack: string, tenant: string): Owner;
  /** The name of the tenant's claim, for imports, where nobody has said it. */
  claimOf(stack: string, tenant: string): string;
  readonly claims: Claims;
}

export interface Outcome {
  readonly id: string;
  readonly properties: Properties;
}

/** Everything the plugin does, in plain values: no gRPC, no wire format. */
export class ProviderService {
  readonly #clock: Clock;
  readonly #log: (severity: "info" | "warning", urn: string, line: string) => void;
  #cancelled = new AbortController();
  /** Ids of the resources that are in the engine's state, as far as it has asked for a diff. */
  readonly #existing = new Map<string, string>();
  /** URNs of resources that could not be created or changed. */
  readonly #failed = new Set<string>();
  #configured: Configured | undefined;

  constructor(clock: Clock, log: (severity: "info" | "warning", urn: string, line: string) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  /** A second call comes from another engine, when a plugin is attached to: it must not see state of the previous one. */
  configure(configured: Configured): void {
    if (this.#configured !== undefined) {
      this.#cancelled = new AbortController();
      this.#existing.clear();
      this.#failed.clear();
    }
    this.#configured = configured;
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  type(token: string): Promise<AnyType> {
    return this.#ready().type(token);
  }

  async check(
    urn: string,
    olds: Properties | undefined,
    news: Properties,
  ): Promise<{ inputs: Properties; faults: CheckFault[] }> {
    const type = await this.#typeOf(urn);
    const checked = checkedInputs(type.inputs, withTenant(type, urn, news));
    // In an import nothing is declared: both are what was read, and what exists is taken as it is. The plan shows what differs.
    if (checked.faults.length > 0 && isDeepStrictEqual(olds, news)) return { inputs: news, faults: [] };
    if (checked.faults.length > 0 || type.check === undefined) {
      return { ...checked, inputs: asGiven(news, checked.inputs) };
    }
    const before = olds === undefined ? undefined : withTenant(type, urn, olds);
    return { inputs: asGiven(news, type.check(checked.inputs, before, this.#clock)), faults: [] };
  }

  async diff(
    urn: string,
    id: string,
    oldInputs: Properties,
    news: Properties,
  ): Promise<{ type: AnyType; found: Difference[] }> {
    const type = await this.#typeOf(urn);
    this.#existing.set(urn, id);
    return { type, found: differences(withTenant(type, urn, oldInputs), withTenant(type, urn, news)) };
  }

  async create(urn: string, inputs: Properties, preview: boolean): Promise<Outcome> {
    const type = await this.#typeOf(urn);
    if (preview) return { id: "", properties: foreseen(type, inputs, undefined) };
    const { id, state } = await this.#noted(urn, () => type.create(withTenant(type, urn, inputs), this.#call(urn)));
    return { id, properties: named(state, inputs) };
  }

  /** Undefined when it is gone. */
  async read(urn: string, id: string, known: Known<Properties, Properties> | undefined) {
    const type = await this.#typeOf(urn);
    const observed = await type.read(id, known && filled(type, urn, known), this.#call(urn));
    if (observed === undefined) return undefined;
    const inputs =
      known === undefined ? this.#placed(urn, type, observed.inputs) : asGiven(known.inputs, observed.inputs);
    return { type, id: observed.id, inputs, properties: named(observed.state, inputs) };
  }

  async update(
    urn: string,
    id: string,
    known: Known<Properties, Properties>,
    news: Properties,
    preview: boolean,
  ): Promise<Outcome> {
    const type = await this.#typeOf(urn);
    if (preview) return { id, properties: foreseen(type, news, known) };
    if (type.update === undefined) throw new Error(`${type.token} is never updated: every input is in replaceOn`);
    const update = type.update.bind(type);
    const state = await this.#noted(urn, () =>
      update(id, filled(type, urn, known), withTenant(type, urn, news), this.#call(urn)),
    );
    return { id, properties: named(state, news) };
  }

  /**
   * Throws REPLACED_KEPT for what was replaced where something of the tenant has failed: the engine continues with its
   * deletions, and a machine that did not get its new key would be left without a key.
   */
  async delete(urn: string, id: string, known: Known<Properties, Properties>): Promise<void> {
    const type = await this.#typeOf(urn);
    // The engine asks for the diff of what is declared; of that it deletes only what it has replaced.
    const tenant = tenantNamedBy(urn);
    if (this.#existing.has(urn) && [...this.#failed].some((failed) => tenantNamedBy(failed) === tenant))
      throw new TenantryError(pluginErrors.REPLACED_KEPT, `${id} is kept`, { tenant });
    await type.delete(id, filled(type, urn, known), this.#call(urn));
  }

  async #noted<Result>(urn: string, work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.#failed.delete(urn);
      return result;
    } catch (error) {
      this.#failed.add(urn);
      throw error;
    }
  }

  #ready(): Configured {
    if (this.#configured === undefined) throw new Error("the provider was called before it was configured");
    return this.#configured;
  }

  #typeOf(urn: string): Promise<AnyType> {
    return this.type(parseUrn(urn).types.at(-1) ?? "");
  }

  #call(urn: string): Call {
    const { stack, name } = parseUrn(urn);
    const configured = this.#ready();
    return {
      urn,
      name,
      stack,
      owner: (tenant) => configured.owner(stack, tenant),
      claims: configured.claims,
      clock: this.#clock,
      replaces: this.#existing.get(urn),
      importLine: (id) => importLine(urn, id),
      signal: this.#cancelled.signal,
      log: (severity, line) => {
        this.#log(severity, urn, line);
      },
    };
  }

  /** An imported resource belongs to the tenant whose name it is given, and to that tenant's claim. */
  #placed(urn: string, type: AnyType, inputs: Properties): Properties {
    const { stack } = parseUrn(urn);
    const place: Properties = {};
    if ("claim" in type.inputs.shape) place["claim"] = this.#ready().claimOf(stack, tenantNamedBy(urn));
    const given = Object.entries(inputs).filter(([, value]) => value !== undefined);
    return { ...withTenant(type, urn, {}), ...place, ...Object.fromEntries(given) };
  }
}

/** A resource is named after its tenant: `acme`, `acme/alice-laptop`. */
function tenantNamedBy(urn: string): string {
  const { name } = parseUrn(urn);
  return name.split("/")[0] ?? name;
}

/** Adds the tenant from the name, so that the program need not pass it and the state holds it once. */
function withTenant(type: AnyType, urn: string, inputs: Properties): Properties {
  return "tenant" in type.inputs.shape ? { tenant: tenantNamedBy(urn), ...inputs } : inputs;
}

function filled(type: AnyType, urn: string, { inputs, state }: Known<Properties, Properties>) {
  return { inputs: withTenant(type, urn, inputs), state };
}

/** Removes the tenant if it was not passed. */
function asGiven(given: Properties, inputs: Properties): Properties {
  if ("tenant" in given) return inputs;
  const { tenant: _, ...others } = inputs;
  return others;
}

function foreseen(type: AnyType, inputs: Properties, known: Known<Properties, Properties> | undefined): Properties {
  const open = Object.fromEntries(type.outputs.map((output) => [output, Unknown.value]));
  return named({ ...open, ...type.foresee?.(inputs, known) }, inputs);
}

/**
 * The name is the only input that is also an output: other resources use it, and in a preview the SDK knows only the outputs
 * of an unchanged resource.
 */
function named(state: Properties, { name }: Properties): Properties {
  return name === undefined ? state : { ...state, name };
}
