import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { castText, parseCast, quickened } from "../../docs/recording/cast.ts";
import { Screen } from "../../docs/recording/screen.ts";
import { asSvg } from "../../docs/recording/svg.ts";

const file = (name: string) => join(import.meta.dirname, "../../docs/recording", name);
const text = readFileSync(file("first-minutes.cast"), "utf8");
const cast = parseCast(text);

function shownBy(width: number, ...pieces: readonly string[]): string[] {
  const screen = new Screen(width);
  for (const piece of pieces) screen.write(piece);
  return screen.lines().map((runs) => runs.map((run) => run.text).join(""));
}

describe("the recording of the first minutes", () => {
  it("shows make up, new, plan, up, status and drift to their good ends, and its question answered", () => {
    const lines = shownBy(cast.width, ...cast.events.map(([, written]) => written));
    expect(
      lines
        .filter((line) => line.startsWith("$ "))
        .map((line) => line.replace(/^\$ (?:npx tenantry )?/, "").split(" ")[0]),
    ).toEqual(["make", "new", "plan", "up", "status", "drift"]);
    expect(lines).toContain("apply this? [y/N] y");
    expect(lines.join("\n")).toContain("drift of local: no drift");
    expect(lines.filter((line) => /^[A-Z]+_[A-Z_]+:/.test(line))).toEqual([]);
  });

  it("names no path and nothing else of the computer that it was made on, and is small", () => {
    expect(text).not.toMatch(/\/(?:home|root|tmp|work|Users|var)\b/);
    for (const name of ["first-minutes.cast", "first-minutes.svg"])
      expect(statSync(file(name)).size).toBeLessThan(200_000);
  });

  it("has a picture that is made of it, and both are what their writers write", () => {
    expect(readFileSync(file("first-minutes.svg"), "utf8")).toBe(asSvg(cast));
    expect(castText(cast).trimEnd()).toBe(text.trimEnd());
  });
});

describe("the screen of a recording", () => {
  it("writes lines anew, as a moving line does, and wraps what is too long", () => {
    expect(shownBy(10, "\r\u001b[K⠙ work", "\r\u001b[Kdone\r\n", "12345678901\n")).toEqual([
      "done",
      "1234567890",
      "1",
      "",
    ]);
  });

  it("takes a sequence that comes in two pieces for one", () => {
    expect(shownBy(80, "a\u001b[3", "1mred\u001b", "[39m b")).toEqual(["ared b"]);
  });
});

describe("a quickened recording", () => {
  it("waits no longer than it is told, and keeps everything that stays", () => {
    const events = [
      [0, "a"],
      [60, "b"],
      [60.01, "c"],
      [61, "\r\u001b[K⠙ x (1 s)"],
      [61.1, "\r\u001b[K⠹ x (1 s)"],
      [90, "d"],
    ] as const;
    const quick = quickened({ width: 80, height: 24, title: "", events }, { most: 1, together: 0.1 });
    expect(quick.events.map(([, written]) => written).join("")).toBe("abc\r\u001b[K⠙ x (1 s)d");
    expect(quick.events.at(-1)?.[0]).toBeLessThan(4);
  });
});
