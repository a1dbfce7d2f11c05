// Where the conformance cases are held: an embedded cloud of their own in `make test`, the real accounts of the stack
// TENANTRY_STACK in `make test-live`. Nothing in a case may know which, so there are no switches, faults or clocks here.
import { canaryLedger } from "../../operations/canary/canary-ledger.ts";
import { canaryNames, idOf } from "../../operations/canary/names.ts";
import { removal } from "../../operations/canary/removal.ts";
import { remains } from "../../operations/canary/remains.ts";
import { type Kind, openRoom, type Room, until } from "../../operations/canary/room.ts";
import { checkedInputs } from "../../provider/plugin/checked-inputs.ts";
import type { Known, Observed, ResourceType } from "../../provider/plugin/resource-type.ts";
import { tigrisClaims } from "../../provider/tigris/claims.ts";
import { accountsOf } from "../../stack/accounts.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import { testCall, type TestCall, type TestCallOptions } from "../support/call.ts";
import { embeddedSettings } from "../support/embedded-settings.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
import "../support/localhost-names.js";

/** Whether real vendors are asked: `make test-live`, which tests/live.ts starts. */
export const isLive = process.env["TENANTRY_LIVE"] === "yes";
/** Milliseconds that a case may take: real machines, and what spreads between regions, take their time. */
export const CASE_LIMIT_MS = isLive ? 600_000 : 120_000;

/** The vendors' accounts, and a tenant in no file whose things are removed at the end, also after a kill: by the next canary. */
export interface ScratchTenants {
  readonly room: Room;
  /** The tenant that everything belongs to. */
  readonly tenant: string;
  /** A name for something that a case makes; it is removed at the end, whatever became of the case. */
  name(kind: Kind, letter?: string): string;
  call(options?: TestCallOptions): TestCall;
  /** Removes all of it. Throws when something is left. */
  dispose(): Promise<void>;
}

/** `bad`: every doubt about a vendor at its awkward value. That takes minutes more, so only `make test-deep` has both days. */
export const days = isDeep && !isLive ? ["usual", "bad"] : ["usual"];

export async function openScratchTenants(day: string): Promise<ScratchTenants> {
  // By name, as the vendor is: so every case also shows that its calls name buckets by their host names.
  const cloud = isLive ? undefined : await startCloud({ storage: "by-name" });
  await cloud?.switches({ "tigris.pathStyleRefused": true });
  if (day === "bad") await cloud?.allSwitches();
  try {
    return groundOf(cloud === undefined ? openStack(process.env["TENANTRY_STACK"] ?? "") : embedded(cloud), cloud);
  } catch (error) {
    await cloud?.dispose();
    throw error;
  }
}

function groundOf({ settings, stack, home }: StackContext, cloud: TestCloud | undefined): ScratchTenants {
  const accounts = accountsOf(settings, home, process.env);
  const names = canaryNames({ ...settings, stack }, new Date());
  const signal = new AbortController().signal;
  const room = openRoom({
    names,
    accounts,
    settings,
    signal,
    state: undefined,
    urlOf: () => Promise.resolve(undefined),
  });
  const ledger = canaryLedger(home, () => new Date());
  ledger.enter(names.id);
  return {
    room,
    tenant: names.owner.tenant,
    name(kind, letter) {
      const name = names.name(letter);
      room.made.push({ kind, name });
      return name;
    },
    call: (options = {}) =>
      testCall({ stack, fleetId: settings.fleetId, claims: tigrisClaims(room.tigris), ...options }),
    async dispose() {
      const mine = async () => (await remains(room)).filter(({ owner }) => idOf(owner) === names.id);
      try {
        const { left } = await removal(room, [...room.made, ...(await mine())]);
        if (left.length > 0) throw new Error(`left at the vendor: ${JSON.stringify(left)}`);
        await until(room, "a look that finds nothing of it", async () =>
          (await mine()).length === 0 ? true : undefined,
        );
        ledger.leave(names.id);
      } finally {
        await cloud?.dispose();
      }
    },
  };
}

function embedded({ home, descriptor }: TestCloud): StackContext {
  return { projectDir: process.cwd(), home, stack: "local", settings: embeddedSettings(descriptor) };
}

/** Inputs as the plugin hands them to a type: parsed, defaults filled in, completed by the type itself. */
export function declared<Inputs extends object, State extends object>(
  type: ResourceType<Inputs, State>,
  given: Readonly<Record<string, unknown>>,
  olds?: Inputs,
): Inputs {
  const { inputs, faults } = checkedInputs(type.inputs, given);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  const news = inputs as unknown as Inputs;
  return type.check?.(news, olds, () => new Date()) ?? news;
}

/** Makes something and reads it back, as a refresh right after the `up` does. */
export async function madeAndRead<Inputs extends object, State extends object>(
  scratch: ScratchTenants,
  type: ResourceType<Inputs, State>,
  given: Readonly<Record<string, unknown>>,
): Promise<{ id: string; known: Known<Inputs, State>; observed: Observed<Inputs, State> | undefined }> {
  const inputs = declared(type, given);
  const { id, state } = await type.create(inputs, scratch.call());
  const known = { inputs, state };
  return { id, known, observed: await type.read(id, known, scratch.call()) };
}
