import type * as z from "zod";

import type { Claims, Owner } from "../../resource-kinds/claim.ts";
import type { Clock } from "../clock.ts";

/** Everything a resource operation may know about the call it serves. Network, clock and claim come in here. */
export interface Call {
  readonly urn: string;
  /** The resource's logical name in the program. */
  readonly name: string;
  readonly stack: string;
  /** The owner of `tenant`'s resources in this stack. */
  owner(tenant: string): Owner;
  /** Reads a tenant's claim live, before something whose name is taken is adopted. */
  readonly claims: Claims;
  readonly clock: Clock;
  /**
   * The id of the resource that this create replaces: with create-before-delete it is still in use and must be left alone.
   * Undefined for every other create, also for one repeated after a crash.
   */
  readonly replaces: string | undefined;
  /** The command that takes the existing resource `id` over on purpose, for errors about a name that is taken. */
  importLine(id: string): string;
  /** Aborts when the engine cancels the deployment. */
  readonly signal: AbortSignal;
  /** A line the user sees in the CLI's output. Never a secret. */
  log(severity: "info" | "warning", line: string): void;
}

/** What exists at the vendor after an operation. */
export interface Existing<State> {
  /** Printed and stored in clear: a name or an id, never a secret. */
  readonly id: string;
  readonly state: State;
}

/** What `read` found at the vendor: the settings as inputs, so that refresh and import see every one of them. */
export interface Observed<Inputs, State> extends Existing<State> {
  readonly inputs: Inputs;
}

/** What the engine's state file knows of a resource. Absent for an import. */
export interface Known<Inputs, State> {
  readonly inputs: Inputs;
  readonly state: State;
}

/**
 * One resource type of the provider. `check` and the diff are pure and never touch the network.
 *
 * `State` holds only what cannot be derived from the inputs: inputs are stored by the engine anyway, and a value that
 * is in both costs twice in the state file.
 */
export interface ResourceType<Inputs extends object, State extends object> {
  /** `tenantry:<vendor>:<Type>` */
  readonly token: `tenantry:${string}:${string}`;
  /** Parsed by `check`: fills in defaults, refuses what is wrong with all errors at once. Values still unknown in a preview are skipped. */
  readonly inputs: z.ZodObject;
  /** Changing one of these (top-level inputs) replaces the resource; changing any other updates it in place. */
  readonly replaceOn: readonly (keyof Inputs & string)[];
  /** Delete the old one first, for names that can exist only once. Default: the new one is created first. */
  readonly deleteBeforeReplace?: boolean;
  /** Inputs that hold secrets. They are wrapped before they leave the plugin. */
  readonly secretInputs?: readonly (keyof Inputs & string)[];
  /** All keys of `State`: in a preview those that `foresee` does not name are shown as not yet known. */
  readonly outputs: readonly (keyof State & string)[];
  /** Outputs that hold secrets. They are wrapped before they leave the plugin. */
  readonly secretOutputs?: readonly (keyof State & string)[];
  /**
   * Derives inputs from inputs (ages, digests). `olds` are the stored inputs, undefined for a create. Pure: the clock comes in.
   * A value that is not yet known in a preview is an `Unknown`; leave it alone.
   */
  check?(news: Inputs, olds: Inputs | undefined, clock: Clock): Inputs;
  /**
   * The outputs that are already certain in a preview: before the resource exists (`known` undefined), or before it is
   * updated. What is left out is shown as not yet known, and everything that depends on it as changed.
   */
  foresee?(inputs: Inputs, known: Known<Inputs, State> | undefined): Partial<State>;
  /**
   * Creates it. Repeatable: after a crash it finds what an earlier try left behind, under a live claim of ours.
   * If it fails after something was made that must not be forgotten, it throws a `HalfDone`.
   */
  create(inputs: Inputs, call: Call): Promise<Existing<State>>;
  /** Undefined only when the vendor clearly says it does not exist (a 404): unknown is not gone. */
  read(id: string, known: Known<Inputs, State> | undefined, call: Call): Promise<Observed<Inputs, State> | undefined>;
  /** Changes what the vendor can change in place. Absent: every input is in `replaceOn`. */
  update?(id: string, known: Known<Inputs, State>, news: Inputs, call: Call): Promise<State>;
  /** Safe to repeat: what is already gone is a success. Never forces. */
  delete(id: string, known: Known<Inputs, State>, call: Call): Promise<void>;
}

/**
 * Thrown by create or update when the resource exists but not as it should: it is stored, and the next `up` updates it.
 * Thrown by read, with the observed inputs, while this is still so.
 */
export class HalfDone<State> extends Error {
  override readonly name = "HalfDone";
  readonly existing: Existing<State> & { readonly inputs?: object };

  constructor(existing: Existing<State> & { readonly inputs?: object }, cause: Error) {
    super(cause.message, { cause });
    this.existing = existing;
  }
}
