import { InTurn } from "../in-turn.ts";
import type { SwitchBoard } from "../switches.ts";
import type { Credential } from "./credential.ts";
import { followSwitches } from "./enforcement.ts";
import type { EngineBuckets } from "./engine-buckets.ts";
import type { EngineUsers } from "./engine-users.ts";
import type { Forwarding } from "./forwarding.ts";
import type { KeptNames } from "./kept-names.ts";
import type { PolicyJudge } from "./policy-judge.ts";
import type { Records } from "./records.ts";
import { Staleness } from "./staleness.ts";
import type { switches } from "./switches.ts";

/** All that the calls of both surfaces work with. */
export interface Gateway extends Records {
  /** Resolves when the current switches are effective in the engine. */
  upToDate(): Promise<void>;
  readonly names: KeptNames;
  /** The engine's folder of attributes. */
  readonly attributes: string;
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

export function openGateway(parts: Omit<Gateway, "turns" | "upToDate" | "staleness">): Gateway {
  return { ...parts, turns: new InTurn(), staleness: new Staleness(), upToDate: followSwitches(parts) };
}
