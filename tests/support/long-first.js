import Sequencer from "@jest/test-sequencer";

/** Milliseconds, for the order alone: these folders' tests run Pulumi and machines. */
const GUESSED = { e2e: 60_000, github: 60_000, docs: 40_000, container: 20_000 };

/**
 * The longest first, so that none is left over for one worker alone at the end. Jest knows how long each took last time; in
 * a fresh clone it knows nothing, and would go by the sizes of files.
 */
export default class LongFirst extends Sequencer {
  time(test) {
    const folder = /\/tests\/([^/]+)\/[^/]+$/.exec(test.path)?.[1] ?? "";
    return super.time(test) ?? (GUESSED[folder] ?? 0) + test.context.hasteFS.getSize(test.path) / 1000;
  }
}
