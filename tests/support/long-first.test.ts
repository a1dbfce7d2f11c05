import { join } from "node:path";

import { expect, it } from "@jest/globals";

interface Test {
  readonly path: string;
  readonly context: object;
}
interface Sequencer {
  _getCache(): Record<string, [number, number]>;
  sort(tests: readonly Test[]): readonly Test[];
}

it("has the longest of what computes and of what waits take turns, in proportion to the time of both", async () => {
  const file = join(import.meta.dirname, "long-first.js");
  const { default: LongFirst } = (await import(file)) as { default: new (options: object) => Sequencer };
  const seconds: Readonly<Record<string, number>> = {
    "e2e/a": 60,
    "e2e/b": 40,
    "e2e/c": 20,
    "local/d": 20,
    "local/e": 10,
  };
  const pathOf = (name: string) => `/project/tests/${name}.test.ts`;
  const sequencer = new LongFirst({});
  const lastTime = Object.entries(seconds).map(([name, took]) => [pathOf(name), [1, took * 1000]] as const);
  sequencer._getCache = () => Object.fromEntries(lastTime) as Record<string, [number, number]>;
  const tests = ["local/e", "e2e/c", "local/d", "e2e/a", "e2e/b", "local/new"].map((name) => ({
    path: pathOf(name),
    context: { hasteFS: { getSize: () => 1000 } },
  }));
  const sorted = sequencer.sort(tests).map(({ path }) => path.replace(/^\/project\/tests\/(.*)\.test\.ts$/, "$1"));
  expect(sorted).toEqual(["e2e/a", "local/d", "e2e/b", "local/e", "e2e/c", "local/new"]);
});
