import { afterAll, afterEach, beforeAll } from "@jest/globals";

import { takeCut } from "../../../operations/snapshots/cut.ts";
import type { Cutting } from "../../../operations/snapshots/cut.ts";
import type { Cut } from "../../../operations/history/entry.ts";
import { tigrisClient, type TigrisClient } from "../../../provider/tigris/client.ts";
import { CALM, type GivenTenant, type HandoverRoom, openHandoverRoom } from "../handover/handover-room.ts";

/** For the first test of a file, and those that do much. */
export const SLOW = 180_000;
const SNAPSHOTS = { "X-Tigris-Enable-Snapshot": "true", "X-Tigris-Regions": "iad" };
/** The fleet that owns what the tests make. */
export const FLEET_ID = "0123456789abcdef0123456789abcdef";

/** The room of a test file, and what tests of snapshots do in it. */
export interface SnapshotRoom {
  readonly room: HandoverRoom;
  readonly tigris: () => TigrisClient;
  /** Makes a tenant whose bucket keeps snapshots. */
  readonly tenant: (id: string) => Promise<GivenTenant>;
  readonly cutOf: (given: GivenTenant, more?: Partial<Cutting>) => Promise<Cut>;
}

/** Opens a room before the tests of a file, sets its cloud right after each, and closes it in the end. */
export function snapshotRoom(): SnapshotRoom {
  let opened: HandoverRoom | undefined;
  const room = (): HandoverRoom => {
    if (opened === undefined) throw new Error("the room is not open yet");
    return opened;
  };
  beforeAll(async () => {
    opened = await openHandoverRoom();
  }, SLOW);
  afterEach(async () => {
    await room().cloud.faults();
    await room().cloud.resetSwitches();
  });
  afterAll(() => opened?.dispose());
  const tigris = () => tigrisClient(room().cloud.descriptor.tigris);
  return {
    get room() {
      return room();
    },
    tigris,
    tenant: (id) => room().tenant(id, SNAPSHOTS),
    cutOf: ({ holdings }, more = {}) => takeCut({ holdings, tigris: tigris(), flush: undefined, ...CALM, ...more }),
  };
}
