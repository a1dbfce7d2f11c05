import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { CALLS } from "../../../operations/gates/basic-memory/calls.ts";
import { compareTools, Times, timeSync, withPair } from "../../../operations/gates/basic-memory/comparison.ts";
import { whyNoBasicMemory } from "../../../operations/gates/basic-memory/packages.ts";
import { startTurso } from "../../local/turso/turso-cloud.ts";
import { isDeep } from "../../support/deep.ts";
import { itIf } from "../../support/skip.ts";

const whyNot = isDeep ? whyNoBasicMemory() : "it starts two servers and makes 45 calls on each: make test-deep";
const page = readFileSync(join(import.meta.dirname, "../../../docs/basic-memory.md"), "utf8");
const calls = CALLS.map(({ tool, as }) => `${tool} ${as}`);

describe("every tool of Basic Memory, on a local file and in the tenant's database", () => {
  itIf(whyNot === "", whyNot)(
    "answers the same to a right and to a wrong call, and finds files that another program wrote",
    async () => {
      const turso = await startTurso();
      try {
        const { Hostname } = await turso.create("memory");
        await withPair(`http://${Hostname}?authToken=${await turso.mint("memory")}`, async (pair) => {
          const tools = await pair.libsql.tools();
          expect([...new Set(CALLS.map(({ tool }) => tool))].sort()).toEqual(tools);
          expect(await pair.local.tools()).toEqual(tools);
          const compared = await compareTools(pair);
          expect(compared.filter(({ local, libsql }) => local !== libsql)).toEqual([]);
          const times = new Times();
          await timeSync(pair, 5, 0, times);
          expect(times.entries().map(([name]) => name)).toEqual(["sync of 5 files"]);
        });
      } finally {
        await turso.dispose();
      }
    },
    600_000,
  );

  it("is called for success and for failure, and each call has its row in the table of the page", () => {
    for (const tool of new Set(CALLS.map((call) => call.tool)))
      expect(calls).toEqual(expect.arrayContaining([`${tool} success`, `${tool} failure`]));
    const rows = [...page.matchAll(/^\| (\w+) +\| (success|failure) .*\| (.*?) *\|$/gm)];
    expect(rows.map(([, tool, as]) => `${tool} ${as}`)).toEqual(calls);
    expect(rows.filter(([, , , libsql]) => libsql !== "the same")).toEqual([]);
  });
});
