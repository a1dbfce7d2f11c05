import { isDeepStrictEqual } from "node:util";

import { type Claims, OWNER_TAG } from "../../resource-kinds/claim.ts";
import type { TenantOutcome } from "../../operations/engine/deployment-events.ts";
import { isAmbiguous } from "../../provider/http/serving.ts";
import type { ConfigurationPatch } from "../../provider/turso/database-calls.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import type { Clients } from "../faults/plugin.ts";

/** A fault of ours, planted by a wrapper around the provider's own clients. */
export interface Mutant {
  readonly title: string;
  /** @param markOf the mark of this team on a tenant's claim */
  readonly clients?: (real: Clients, markOf: (tenant: string) => string) => Clients;
  readonly claims?: Claims;
  /** What the planner takes for how a tenant has fared. */
  readonly outcomeOf?: (outcome: TenantOutcome) => TenantOutcome;
}

/** The faults that the simulator has to find. */
export const MUTANTS = {
  "blind-retry": {
    title: "a create is blindly tried again",
    clients: ({ tigris, turso, fly }) => ({
      turso,
      tigris: { ...tigris, iam: { ...tigris.iam, createKey: again(tigris.iam.createKey.bind(tigris.iam)) } },
      fly: { ...fly, createVolume: again(fly.createVolume.bind(fly)) },
    }),
  },
  "no-claim": {
    title: "what has the name is adopted without a claim",
    clients: ({ tigris, ...others }, markOf) => ({
      ...others,
      tigris: {
        ...tigris,
        buckets: {
          ...tigris.buckets,
          async tags(name, serving) {
            const found = await tigris.buckets.tags(name, serving);
            if (!("tags" in found) || found.tags[OWNER_TAG] === undefined) return found;
            return { tags: { ...found.tags, [OWNER_TAG]: markOf(serving.tenant ?? "") } };
          },
        },
      },
    }),
    claims: { read: () => Promise.resolve({ held: "by-us" }) },
  },
  "403-is-gone": {
    title: "a 403 is taken for gone",
    clients: ({ tigris, turso, fly }) => ({
      tigris: { ...tigris, iam: { ...tigris.iam, deleteKey: orGone(tigris.iam.deleteKey.bind(tigris.iam)) } },
      turso: {
        ...turso,
        database: orGone(turso.database.bind(turso)),
        deleteDatabase: orGone(turso.deleteDatabase.bind(turso)),
      },
      fly: {
        ...fly,
        machine: orGone(fly.machine.bind(fly)),
        volume: orGone(fly.volume.bind(fly)),
        app: orGone(fly.app.bind(fly)),
        releaseAddress: orGone(fly.releaseAddress.bind(fly)),
        destroyMachine: orGone(fly.destroyMachine.bind(fly)),
        destroyVolume: orGone(fly.destroyVolume.bind(fly)),
        deleteApp: orGone(fly.deleteApp.bind(fly)),
      },
    }),
  },
  "any-app": {
    title: "an app is taken for ours by its name alone",
    clients: ({ fly, ...others }) => ({ ...others, fly: { ...fly, networkOf: () => Promise.resolve(undefined) } }),
  },
  "dropped-fence": {
    title: "a snapshot is taken while the database takes writes",
    clients: ({ turso, ...others }) => ({
      ...others,
      turso: {
        ...turso,
        configure: (name, patch, serving) =>
          isFence(patch) ? Promise.resolve() : turso.configure(name, patch, serving),
      },
    }),
  },
  "wrong-skip": {
    title: "a tenant whose run has failed is passed over by the next",
    outcomeOf: (outcome) => ({ ...outcome, result: "ok", errors: [], warnings: [] }),
  },
} as const satisfies Readonly<Record<string, Mutant>>;

export type MutantName = keyof typeof MUTANTS;

/** A suspended tenant's database is told more at once. */
function isFence(patch: ConfigurationPatch): boolean {
  return isDeepStrictEqual(patch, { block_writes: true });
}

/** Three times, whatever may have become of the first. */
function again<Given extends readonly unknown[], Result>(make: (...given: Given) => Promise<Result>) {
  return async (...given: Given): Promise<Result> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await make(...given);
      } catch (error) {
        if (attempt === 3 || !isAmbiguous(error)) throw error;
      }
    }
  };
}

/** What looks for something answers that it is not there, and what removes it that it has done so. */
function orGone<Given extends readonly unknown[], Result>(ask: (...given: Given) => Promise<Result>) {
  return async (...given: Given): Promise<Result> => {
    try {
      return await ask(...given);
    } catch (error) {
      if (VendorError.hasStatus(error, 403)) return undefined as Result;
      throw error;
    }
  };
}
