import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

import type { Store, Table } from "../store.ts";
import type { SwitchBoard } from "../switches.ts";
import { type AccessKey, accessKeys } from "./access-keys.ts";
import { type Bucket, buckets } from "./buckets.ts";
import type { Credential } from "./credential.ts";
import { followSwitches } from "./enforcement.ts";
import type { EngineBuckets } from "./engine-buckets.ts";
import type { EngineUsers } from "./engine-users.ts";
import { type ForeignBucket, foreignBuckets } from "./foreign-buckets.ts";
import type { Forwarding } from "./forwarding.ts";
import { InTurn } from "../in-turn.ts";
import { type Attachments, attachments, type Policy, policies } from "./policies.ts";
import type { PolicyJudge } from "./policy-judge.ts";
import { type Snapshot, snapshots } from "./snapshots.ts";
import { Staleness } from "./staleness.ts";
import type { switches } from "./switches.ts";

/** All that the calls of both surfaces work with. */
export interface Gateway extends Records {
  /** Resolves when the engine goes by the switches as they are now. */
  upToDate(): Promise<void>;
  readonly root: Credential;
  readonly switches: SwitchBoard<typeof switches>;
  readonly clock: () => Date;
  log(line: string): void;
  readonly users: EngineUsers;
  readonly judge: PolicyJudge;
  readonly forwarding: Forwarding;
  readonly engine: EngineBuckets;
  /** Creating and deleting a bucket take turns, per name. */
  readonly turns: InTurn;
  readonly staleness: Staleness;
}

/** The gateway's durable tables. */
export interface Records {
  readonly store: Store;
  readonly keys: Table<AccessKey>;
  readonly policies: Table<Policy>;
  readonly attachments: Attachments;
  readonly buckets: Table<Bucket>;
  readonly snapshots: Table<Snapshot>;
  readonly foreign: Table<ForeignBucket>;
}

export type Call = Context<{ Bindings: HttpBindings }>;

export function openRecords(store: Store): Records {
  return {
    store,
    keys: accessKeys(store),
    policies: policies(store),
    attachments: attachments(store),
    buckets: buckets(store),
    snapshots: snapshots(store),
    foreign: foreignBuckets(store),
  };
}

export function openGateway(parts: Omit<Gateway, "turns" | "upToDate" | "staleness">): Gateway {
  return { ...parts, turns: new InTurn(), staleness: new Staleness(), upToDate: followSwitches(parts) };
}
