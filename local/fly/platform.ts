import type { Store } from "../store.ts";
import type { SwitchBoard } from "../switches.ts";
import type { Keys } from "./keys.ts";
import type { Leftovers } from "./leftovers.ts";
import type { Motion } from "./machines/motion.ts";
import type { Running } from "./running.ts";
import type { switches } from "./switches.ts";
import type { Tables } from "./tables.ts";

/** What the operations of the embedded Fly work with. */
export interface Platform {
  readonly store: Store;
  readonly tables: Tables;
  readonly keys: Keys;
  readonly clock: () => Date;
  /** The current switches of what Fly's documents leave open. */
  readonly switches: SwitchBoard<typeof switches>;
  /** Moves machines from state to state. */
  readonly motion: Motion;
  /** What there is beside the records when machines are to run. */
  readonly running: Running | undefined;
  /** Removes what is left on disk of what is gone. */
  readonly leftovers: Leftovers;
}
