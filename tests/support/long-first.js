import Sequencer from "@jest/test-sequencer";

/** Milliseconds, for the order alone: these folders' tests run Pulumi and machines. */
const GUESSED = { e2e: 60_000, github: 60_000, docs: 40_000, container: 20_000 };
/** Folders whose tests keep the processor busy. Those of the others mostly wait: for vendors, machines and clocks. */
const BUSY = ["e2e", "github", "docs"];

const folderOf = ({ path }) => /\/tests\/([^/]+)\/[^/]+$/.exec(path)?.[1] ?? "";

/**
 * The longest first, so that none is left over for one worker alone at the end. Jest knows how long each took last time; in
 * a fresh clone it knows nothing, and would go by the sizes of files. What keeps the processor busy and what waits take turns,
 * so that there is always something of both.
 */
export default class LongFirst extends Sequencer {
  time(test) {
    return super.time(test) ?? (GUESSED[folderOf(test)] ?? 0) + test.context.hasteFS.getSize(test.path) / 1000;
  }

  sort(tests) {
    const busy = (test) => BUSY.includes(folderOf(test));
    const sorted = super.sort(tests);
    const kinds = [sorted.filter(busy), sorted.filter((test) => !busy(test))].map(withPlaces);
    return kinds
      .flat()
      .sort((one, other) => one.place - other.place)
      .map(({ test }) => test);
  }
}

/** Each with the part of all their time, 0 to 1, that is gone when it begins. */
function withPlaces(tests) {
  const all = tests.reduce((sum, { duration }) => sum + duration, 0);
  let gone = 0;
  return tests.map((test) => {
    const place = all === 0 ? 0 : gone / all;
    gone += test.duration;
    return { test, place };
  });
}
