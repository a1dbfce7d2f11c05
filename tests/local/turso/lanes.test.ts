import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { Lanes } from "../../../local/turso/lanes.ts";

describe("work in lanes", () => {
  it("on one thing goes one after the other, on different things side by side", async () => {
    const lanes = new Lanes();
    const seen: string[] = [];
    const work = (key: string, label: string, ms: number) =>
      lanes.run(key, async () => {
        seen.push(`${label} starts`);
        await sleep(ms);
        seen.push(`${label} ends`);
      });
    await Promise.all([work("a", "a1", 30), work("a", "a2", 1), work("b", "b1", 1)]);
    expect(seen).toEqual(["a1 starts", "b1 starts", "b1 ends", "a1 ends", "a2 starts", "a2 ends"]);
  });

  it("goes on after one that failed, and tells only its caller", async () => {
    const lanes = new Lanes();
    const failing = lanes.run("a", () => Promise.reject(new Error("no")));
    const next = lanes.run("a", () => Promise.resolve("done"));
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("done");
  });
});
