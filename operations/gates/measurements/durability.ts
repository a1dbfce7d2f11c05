import type { Gate } from "../gate.ts";
import type { Measurement } from "../measurement.ts";
import type { GateMachine, ScratchTenants } from "../scratch-tenants.ts";
import { withMachine } from "../with-machine.ts";
import { sqlBody } from "../../verify/planted.ts";

const GATE: Gate = {
  id: "durability.kill",
  phase: "all",
  name: "Answered writes survive a kill",
  question:
    "When the whole machine is killed right after an answer, how many of the answered notes are missing in the bucket or the database?",
  unit: "notes lost",
  threshold: 0,
  good: "below",
  cannotTell: "the loss of a host at Fly, or of a region at Tigris or Turso.",
};

const NOTES = 10;

/** Writes notes, kills the machine at the last answer, and looks in the bucket and in the database for each. */
export const durabilityMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, { quick, tell, signal }) {
    const rounds = quick ? 1 : 10;
    const samples: number[] = [];
    await withMachine(scratch, { files: "bucket", index: "libsql" }, { quick }, async (machine) => {
      for (let round = 0; round < rounds && !signal.aborted; round += 1) {
        tell(`kill ${round + 1} of ${rounds}`);
        samples.push(await lostByKill(scratch, machine, round));
        if (quick || round + 1 < rounds) await scratch.started(machine);
      }
    });
    const how = `${samples.length} kills, ${NOTES} notes written at once before each`;
    return {
      [GATE.id]: {
        value: samples.length === 0 ? undefined : samples.reduce((sum, lost) => sum + lost, 0),
        samples,
        how,
      },
    };
  },
};

/** How many notes are missing that the app has answered for right before its machine was killed. */
async function lostByKill(scratch: ScratchTenants, machine: GateMachine, round: number): Promise<number> {
  const names = Array.from({ length: NOTES }, (_, index) => `kill-${round}-${index}`);
  const answered = (await Promise.all(names.map((name) => written(machine.url, name)))).filter(
    (name) => name !== undefined,
  );
  await scratch.stop(machine, "kill");
  const listed = await scratch.calls.s3("GET", `/${machine.bucket ?? ""}?list-type=2&prefix=notes/kill-${round}-`);
  const sql = {
    method: "POST",
    url: `${machine.databaseUrl ?? ""}/v2/pipeline`,
    headers: { "content-type": "application/json" },
    body: sqlBody(`select id from notes where id like 'kill-${round}-%'`),
  } as const;
  const rows = await scratch.sender.send(sql, { token: machine.token ?? "" });
  return answered.filter((name) => !listed.text.includes(`notes/${name}.md<`) || !rows.text.includes(`"${name}"`))
    .length;
}

/** The note's name if the app said that it is written. */
async function written(url: string, name: string): Promise<string | undefined> {
  const body = JSON.stringify({ title: name, text: "kept" });
  const answer = await fetch(`${url}/notes/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body,
  });
  await answer.arrayBuffer();
  return answer.ok ? name : undefined;
}
