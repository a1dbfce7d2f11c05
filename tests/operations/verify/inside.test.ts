import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { exitCodeOf } from "../../../cli/verify.ts";
import { insideAttempts } from "../../../operations/verify/attempts/inside.ts";
import { withInsides } from "../../../operations/verify/inside.ts";
import type { Party } from "../../../operations/verify/party.ts";
import { endOf } from "../../../operations/verify/report.ts";
import type { Sent } from "../../../operations/verify/attempt.ts";
import { openSender, type Sender } from "../../../operations/verify/sender.ts";
import type { Found } from "../../../operations/verify/verify.ts";
import { machinesRun, whyNoMachine } from "../../container/machine.ts";
import { type RunningFly, served, startRunningFly } from "../../local/fly/processes/running-fly.ts";
import { itIf } from "../../support/skip.ts";
import { attacked } from "./fleet.ts";

let running: RunningFly;
beforeAll(async () => {
  if (machinesRun) running = await startRunningFly(["tigris", "turso", "fly"]);
}, 60_000);
afterAll(async () => {
  if (machinesRun) await running.fly.dispose();
});

/** Tenants whose machines run, each on the network given, and what comes of attacks from inside them. */
async function attackedFromInside(running: RunningFly, networks: Readonly<Record<string, string>>): Promise<Found> {
  return attackedFrom(running, await partiesOf(running, networks));
}

/** Tenants whose machines run, each on the network given. */
function partiesOf({ fly }: RunningFly, networks: Readonly<Record<string, string>>): Promise<Party[]> {
  return Promise.all(
    Object.entries(networks).map(async ([tenant, network]): Promise<Party> => {
      await fly.createApp(tenant, { network });
      const { id } = await fly.createMachine(tenant, { config: served() });
      return { tenant, app: tenant, machineId: id, credentials: {} };
    }),
  );
}

async function attackedFrom({ fly }: RunningFly, parties: readonly Party[], through?: Sender): Promise<Found> {
  const sender = openSender();
  const { endpoint, token } = fly.cloud.descriptor.fly;
  const inside = await withInsides(parties, endpoint, { token }, sender);
  sender.close();
  expect(inside.outsideOnly).toEqual([]);
  const more = through === undefined ? {} : { sender: through };
  return attacked(fly.cloud, inside.parties, { attempts: insideAttempts, ...more });
}

const through = ({ rows }: Found) => rows.filter((row) => endOf(row) === "got through").map(({ id }) => id);

describe("attacks from inside the machines", () => {
  itIf(machinesRun, whyNoMachine)(
    "reach the vendors and no other tenant, nor the cloud's own address, where each app has its own network",
    async () => {
      const found = await attackedFromInside(running, { one: "one", two: "two", three: "three" });
      expect(found.rows.map((row) => [row.id, row.attempts, endOf(row)])).toEqual([
        ["inside.own-vendors", 3, "as expected"],
        ["inside.port", 3, "as expected"],
        ["inside.name", 3, "as expected"],
        ["inside.admin", 3, "as expected"],
      ]);
      expect(exitCodeOf(found)).toBe(0);
    },
    120_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "are found to get through when all apps are on one network, by address and by name",
    async () => {
      const found = await attackedFromInside(running, { four: "all", five: "all" });
      expect(through(found)).toEqual(["inside.port", "inside.name"]);
      expect(exitCodeOf(found)).toBe(2);
    },
    120_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "are found to reach the cloud's own address when all machines share this computer's network",
    async () => {
      const shared = await startRunningFly(["tigris", "turso", "fly"], "shared");
      try {
        expect(through(await attackedFromInside(shared, { six: "six", seven: "seven" }))).toEqual(["inside.admin"]);
      } finally {
        await shared.fly.dispose();
      }
    },
    120_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "are tried once more where the answer is unclear, and what was said is told where it stays so",
    async () => {
      const sender = openSender();
      const heard = new Set<string>();
      const cutting = (isCut: (sent: Sent) => boolean): Sender => ({
        ...sender,
        send: async (sent, as) => {
          const answer = await sender.send(sent, as);
          return isCut(sent) ? { ...answer, text: answer.text.replace(/"stdout":"[^"]*"/, '"stdout":"op"') } : answer;
        },
      });
      const keyOf = ({ url, body }: Sent) => `${url} ${body ?? ""}`;
      const isNew = (sent: Sent) => {
        const count = heard.size;
        return heard.add(keyOf(sent)).size > count;
      };
      const networks = { eight: "eight", nine: "nine" };
      const parties = await partiesOf(running, networks);
      const once = await attackedFrom(running, parties, cutting(isNew));
      expect(once.rows.map(endOf)).toEqual(once.rows.map(() => "as expected"));
      const always = await attackedFrom(
        running,
        parties,
        cutting(() => true),
      );
      expect(always.rows.map(endOf)).toEqual(always.rows.map(() => "unclear"));
      expect(always.rows[0]?.cases[0]?.said).toBe("the command ended with 0, and said: op");
      sender.close();
    },
    120_000,
  );

  itIf(machinesRun, whyNoMachine)("are not tried from a machine that runs no command, and that is said", async () => {
    await running.fly.createApp("idle");
    const { id } = await running.fly.createMachine("idle", { config: served() });
    await running.command("idle", id, "stop");
    await running.until("idle", id, ({ state }) => state === "stopped");
    const sender = openSender();
    const { endpoint, token } = running.fly.cloud.descriptor.fly;
    const idle = { tenant: "idle", app: "idle", machineId: id, credentials: {} };
    expect(await withInsides([idle], endpoint, { token }, sender)).toEqual({
      parties: [idle],
      outsideOnly: [{ tenant: "idle", why: "the machine runs no command now" }],
    });
    sender.close();
  });
});
