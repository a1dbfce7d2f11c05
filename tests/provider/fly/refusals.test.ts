import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { ErrorKind } from "../../../errors/tenantry-error.ts";
import { flyErrors } from "../../../provider/fly/errors.ts";
import { httpErrors } from "../../../provider/http/errors.ts";
import { testCall } from "../../support/call.ts";
import {
  after,
  appInputs,
  checked,
  failure,
  type FlyRoom,
  machineInputs,
  openFlyRoom,
  volumeInputs,
} from "./fly-room.ts";
import { SMALL } from "./machine-configs.ts";

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
  await room.app.create(appInputs("full"), testCall());
  await room.app.create(appInputs("existing"), testCall());
});
afterEach(() => room.cloud.faults());
afterAll(() => room.cloud.dispose());

const { FLY_NO_CAPACITY, FLY_QUOTA, FLY_HOST_CLOSED } = flyErrors;
const QUOTA = 'organization "acme" is using 2048 MB of memory in dfw which is over the allowed quota';
const RESERVE = "aborted: could not reserve resource for machine: insufficient memory available to fulfill request";
/** Fly's own words, as its clients have met them. */
const REFUSALS: [number, object, ErrorKind][] = [
  [400, { error: "no capacity" }, FLY_NO_CAPACITY],
  [403, { error: QUOTA }, FLY_QUOTA],
  [409, { error: RESERVE }, FLY_NO_CAPACITY],
  [412, { error: "insufficient resources to create new machine with existing volume 'vol_1'" }, FLY_NO_CAPACITY],
  [422, { error: "Your organization has reached its machine limit. Please contact billing@fly.io" }, FLY_QUOTA],
  [422, { error: "no room", status: "insufficient_capacity" }, FLY_NO_CAPACITY],
  [503, { error: "deploys to this host are temporarily disabled" }, FLY_HOST_CLOSED],
];
const refuse = (operation: string, status: number, body: object) =>
  room.cloud.faults({ operation, kind: "error", status, body: { ...body } });

describe("a refusal for want of room", () => {
  it.each(REFUSALS)(
    "with status %d and %j says what it is for a new machine, and is not tried again",
    async (status, body, kind) => {
      await refuse("^POST /v1/apps/{app}/machines$", status, body);
      await room.cloud.forgetCalls();
      const error = await failure(room.machine.create(machineInputs("full"), testCall()));
      expect(error).toMatchObject({ kind, context: { tenant: "acme", status } });
      const calls = await room.cloud.calls();
      expect(calls.find(({ operation }) => operation === "POST /v1/apps/{app}/machines")?.count).toBe(1);
    },
  );

  it.each(REFUSALS)("with status %d and %j says what it is for a new volume", async (status, body, kind) => {
    await refuse("^POST /v1/apps/{app}/volumes$", status, body);
    const error = await failure(room.volume.create(volumeInputs("full"), testCall()));
    expect(error).toMatchObject({ kind, context: { tenant: "acme" } });
  });

  it.each([["^POST /v1/apps/{app}/machines/{machine}$"], ["^POST .*/start$"]])(
    "says what it is at %s",
    async (operation) => {
      const inputs = checked(room.machine, machineInputs("existing"));
      const existing = await room.machine.create(inputs, testCall());
      const path = `/v1/apps/${existing.id.replace("/", "/machines/")}`;
      await room.behind("POST", `${path}/stop`, {});
      await room.behind("GET", `${path}/wait?state=settled&timeout=5`);
      await refuse(operation, 409, { error: RESERVE });
      const news = { ...inputs, config: { ...SMALL, env: { NEW: operation } } };
      const work = room.machine.update?.(existing.id, after(inputs, existing), news, testCall());
      expect(await failure(work ?? Promise.resolve())).toMatchObject({ kind: FLY_NO_CAPACITY });
    },
  );

  it("is told apart from a token that may not do it", async () => {
    await refuse("^POST /v1/apps/{app}/machines$", 403, { error: "token may only read" });
    const error = await failure(room.machine.create(machineInputs("full"), testCall()));
    expect(error).toMatchObject({ kind: httpErrors.VENDOR_UNAUTHORIZED });
  });
});
