import type { CheckResult } from "./checks.ts";
import type { MachineConfig } from "./config.ts";
import type { MachineEvent } from "./events.ts";
import type { Lease } from "./leases.ts";
import type { Aim, MachineState } from "./life-cycle.ts";
import type { SecretsAtVersion } from "../records.ts";

/** A machine as it is kept. */
export interface MachineRecord {
  readonly id: string;
  /** The id of its app, and the name under which the app is found. */
  readonly app: string;
  readonly appName: string;
  readonly name: string;
  readonly region: string;
  readonly privateIp: string;
  /** Names the version of the config: a new one with every update, the same over metadata changes, stops and starts. */
  readonly instanceId: string;
  readonly state: MachineState;
  /** Where a transient state leads. Undefined in a settled one. */
  readonly aim: Aim | undefined;
  /** Counts the moves from state to state: work that comes back late for an earlier move is ignored. */
  readonly move: number;
  /** As Fly answers it: normalised. */
  readonly config: MachineConfig;
  /** What the machine boots with: the app's secrets as they were at its creation or last update. */
  readonly secrets: SecretsAtVersion;
  /** Newest first. */
  readonly events: readonly MachineEvent[];
  /** What the runner last said of each check. */
  readonly checks: Readonly<Record<string, CheckResult>>;
  /** When the restart policy started it again, in milliseconds since 1970. */
  readonly restarts: readonly number[];
  readonly cordoned: boolean;
  readonly lease: Lease | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
}
