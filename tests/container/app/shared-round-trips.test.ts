import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { Database } from "../../../container/app/index/database.ts";
import { SharedRoundTrips, TRANSACTION } from "../../../container/app/index/shared-round-trips.ts";
import { type Engine, sqld, sqlite } from "./engines.ts";

class Faulty extends Error {}

/** Runs numbers, so many transactions at a time, each until the test says so. */
function ledger(limits: { readonly atOnce: number; readonly patienceMs?: number } = { atOnce: 1 }) {
  const transactions: number[][] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const group = new SharedRoundTrips<number, number>({
    ...limits,
    run: async (statements) => {
      transactions.push(statements);
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      ends.push({
        resolve: () => {
          resolve(undefined);
        },
        reject,
      });
      await promise;
      if (statements.includes(13)) throw new Faulty();
      return statements.map((each) => each * 10);
    },
    isFaulty: (error) => error instanceof Faulty,
    bytesOf: (statement) => statement,
  });
  const settled = async () => new Promise((resolve) => setImmediate(resolve));
  const end = async (how: "resolve" | Error = "resolve") => {
    const next = ends.shift();
    if (how === "resolve") next?.resolve();
    else next?.reject(how);
    await settled();
  };
  return { group, transactions, end };
}

const ENGINES = [
  ["a SQLite file", sqlite],
  ["sqld", sqld],
] as const;

/** An engine of its own, and a database there that is open. */
async function withDatabase(start: () => Promise<Engine>, work: (database: Database) => Promise<void>): Promise<void> {
  const engine = await start();
  const { address } = await engine.place();
  const database = new Database(address, 10_000);
  try {
    await database.open();
    await work(database);
  } finally {
    database.close();
    await engine.dispose();
  }
}

describe("writes that are asked for at the same time", () => {
  it("are committed together while another transaction runs, in their order, each with its own results", async () => {
    const { group, transactions, end } = ledger();
    const all = [group.add([1]), group.add([2, 3]), group.add([4])];
    expect(transactions).toEqual([[1]]);
    await end();
    expect(transactions).toEqual([[1], [2, 3, 4]]);
    await end();
    expect(await Promise.all(all)).toEqual([[10], [20, 30], [40]]);
  });

  it("go into one transaction up to its limit, the longest waiting first", async () => {
    const { group, transactions, end } = ledger();
    const many = Array.from({ length: TRANSACTION.statements }, () => 1);
    const all = [group.add([1]), group.add(many), group.add([2]), group.add([TRANSACTION.bytes]), group.add([3])];
    for (let left = 5; left > 0; left -= 1) await end();
    expect(transactions).toEqual([[1], many, [2], [TRANSACTION.bytes], [3]]);
    expect((await Promise.all(all)).map(({ length }) => length)).toEqual([1, many.length, 1, 1, 1]);
  });

  it("fail alone when one of them is wrong", async () => {
    const { group, transactions, end } = ledger();
    const all = Promise.allSettled([group.add([1]), group.add([2]), group.add([13]), group.add([4])]);
    for (let left = 5; left > 0; left -= 1) await end();
    expect(transactions).toEqual([[1], [2, 13, 4], [2], [13], [4]]);
    expect((await all).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  });

  it("do not wait for as long again behind one that did not reach the database", async () => {
    const { group, transactions, end } = ledger();
    const first = group.add([1]);
    const behind = group.add([2]);
    const both = Promise.allSettled([first, behind]);
    await end(new Error("out of reach"));
    expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const later = group.add([3]);
    await end();
    expect(await later).toEqual([30]);
    expect(transactions).toEqual([[1], [3]]);
  });

  it.each(ENGINES)(
    "are all in %s, 300 at once, and what is wrong among them is refused by itself",
    async (_, start) => {
      await withDatabase(start, async (database) => {
        await database.run("CREATE TABLE numbers (n INTEGER PRIMARY KEY)");
        const writes = Array.from({ length: 300 }, (__, n) =>
          database.transact([{ sql: "INSERT INTO numbers VALUES (?)", args: [n === 150 ? 149 : n] }]),
        );
        const ends = await Promise.allSettled(writes);
        expect(ends.flatMap(({ status }, n) => (status === "rejected" ? [n] : []))).toEqual([150]);
        expect((await database.run("SELECT count(*) AS all_of_them FROM numbers")).rows[0]?.["all_of_them"]).toBe(299);
      });
    },
  );
});

describe("questions that are asked at the same time", () => {
  it("wait while as many as may are under way, and then go together", async () => {
    const { group, transactions, end } = ledger({ atOnce: 2 });
    const all = [1, 2, 3, 4].map((number) => group.add([number]));
    expect(transactions).toEqual([[1], [2]]);
    await end();
    expect(transactions).toEqual([[1], [2], [3, 4]]);
    for (let left = 2; left > 0; left -= 1) await end();
    expect(await Promise.all(all)).toEqual([[10], [20], [30], [40]]);
  });

  it("wait no longer than for a while: then one more goes", async () => {
    const { group, transactions, end } = ledger({ atOnce: 1, patienceMs: 1 });
    const all = [1, 2, 3].map((number) => group.add([number]));
    expect(transactions).toEqual([[1]]);
    while (transactions.length === 1) await sleep(1);
    expect(transactions).toEqual([[1], [2, 3]]);
    for (let left = 2; left > 0; left -= 1) await end();
    expect(await Promise.all(all)).toEqual([[10], [20], [30]]);
  });

  it.each(ENGINES)(
    "are answered by %s, 300 at once, each its own, and what is wrong among them alone is refused",
    async (_, start) => {
      await withDatabase(start, async (database) => {
        const wanted = Array.from({ length: 300 }, (__, n) => (n === 150 ? undefined : [{ n }]));
        const answers = await Promise.allSettled(
          wanted.map((__, n) => database.read(n === 150 ? "SELECT nothing" : { sql: "SELECT ? AS n", args: [n] })),
        );
        const rows = answers.map((answer) =>
          answer.status === "rejected" ? undefined : answer.value.map(({ n }) => ({ n })),
        );
        expect(rows).toEqual(wanted);
      });
    },
  );

  it("are asked one by one where a server does not send all their answers at once", async () => {
    await withDatabase(sqld, async (database) => {
      // sqld answers with 10 MB at most.
      const answers = Array.from({ length: 8 }, () => database.read("SELECT hex(zeroblob(1500000)) AS text"));
      const text = "0".repeat(3_000_000);
      expect((await Promise.all(answers)).map(([row]) => row?.["text"] === text)).not.toContain(false);
    });
  });
});
