import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";

import { during, stepAside } from "../../output/progress.ts";

/** Something that is written to, at a pretended time. */
function placeOf(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns, write: (text: string) => written.push(text) }, now: () => Date.now() };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe("progress", () => {
  it("says nothing of what is done at once", async () => {
    for (const isTTY of [true, false]) {
      const place = placeOf(isTTY);
      expect(await during("plans", () => Promise.resolve(7), place)).toBe(7);
      expect(place.written).toEqual([]);
    }
  });

  it("moves in one line of a terminal, never longer than it, and takes the line away at the end", async () => {
    const place = placeOf(true, 30);
    await during(
      "applies",
      async (tell) => {
        tell("a tenant with a very long name: machine created");
        await jest.advanceTimersByTimeAsync(2000);
      },
      place,
    );
    expect(place.written.length).toBeGreaterThan(10);
    for (const text of place.written) {
      expect(text.startsWith("\r\u001b[K")).toBe(true);
      expect(text.slice(4).length).toBeLessThan(30);
      expect(text).not.toContain("\n");
    }
    expect(place.written.at(-2)).toContain("applies: a tenant with");
    expect(place.written.at(-1)).toBe("\r\u001b[K");
  });

  it("is a line every 15 seconds in a log, in which nothing begins a line of its own", async () => {
    const place = placeOf(false);
    await during(
      "applies",
      async (tell) => {
        await jest.advanceTimersByTimeAsync(14_999);
        expect(place.written).toEqual([]);
        tell("3 of 9, acme\n::error::");
        await jest.advanceTimersByTimeAsync(16_000);
      },
      place,
    );
    expect(place.written).toEqual([15, 30].map((seconds) => `applies: 3 of 9, acme\\n::error:: (${seconds} s)\n`));
  });

  it("takes its line away before another is printed, and ends when the work fails", async () => {
    const place = placeOf(true);
    const failing = during(
      "plans",
      async () => {
        await jest.advanceTimersByTimeAsync(1000);
        const drawn = place.written.length;
        stepAside();
        stepAside();
        expect(place.written.slice(drawn)).toEqual(["\r\u001b[K"]);
        throw new Error("refused");
      },
      place,
    );
    await expect(failing).rejects.toThrow("refused");
    const { length } = place.written;
    await jest.advanceTimersByTimeAsync(5000);
    expect(place.written).toHaveLength(length);
  });

  it("is one line, also where one piece of work is part of another", async () => {
    const [outer, inner] = [placeOf(false), placeOf(false)];
    await during("up", () => during("plan", () => jest.advanceTimersByTimeAsync(20_000), inner), outer);
    expect([outer.written, inner.written]).toEqual([["up (15 s)\n"], []]);
  });
});
