import { setImmediate as later } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { flyErrors } from "../../../provider/fly/errors.ts";
import { RunHalt } from "../../../provider/fly/run-halt.ts";
import { HalfDone } from "../../../provider/plugin/resource-type.ts";

/** Machines that are changed through one halt, each until it is told how it came out. */
function machines(halt = new RunHalt()) {
  const begun: string[] = [];
  const cancelled = new AbortController();
  const change = (name: string, image = "app:1") => {
    const end = Promise.withResolvers<string>();
    const ended = halt
      .guard(image, { tenant: name, signal: cancelled.signal }, () => {
        begun.push(name);
        return end.promise;
      })
      .catch((error: unknown) => (error instanceof TenantryError ? error.code : "failed"));
    return { ended, ready: () => end.resolve("ready"), fail: (error: Error) => end.reject(error) };
  };
  return { begun, change, cancel: () => cancelled.abort() };
}

const unhealthy = () => new HalfDone({ id: "x", state: {} }, new TenantryError(flyErrors.FLY_UNHEALTHY, "it ended"));

describe("a run that breaks one machine after the other", () => {
  it("stops after three that failed their checks: no further machine is touched", async () => {
    const { begun, change } = machines();
    const [one, two, three, four, five] = ["a", "b", "c", "d", "e"].map((name) => change(name));
    await later();
    expect(begun).toEqual(["a", "b", "c"]);
    for (const each of [one, two, three]) each?.fail(unhealthy());
    expect(await four?.ended).toBe("FLY_HALTED");
    expect(await five?.ended).toBe("FLY_HALTED");
    expect(await change("f", "other:1").ended).toBe("FLY_HALTED");
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("counts one after the other, too: one that fails makes room for no other of its image", async () => {
    const { begun, change } = machines();
    const [one, two, three, four] = ["a", "b", "c", "d"].map((name) => change(name));
    for (const each of [one, two, three]) {
      each?.fail(unhealthy());
      await each?.ended;
      await later();
      expect(begun).toEqual(["a", "b", "c"]);
    }
    expect(await four?.ended).toBe("FLY_HALTED");
  });

  it("goes on with all at once as soon as one machine of the image is ready", async () => {
    const { begun, change } = machines();
    const all = ["a", "b", "c", "d", "e", "f"].map((name) => change(name));
    await later();
    all[1]?.ready();
    await all[1]?.ended;
    await later();
    expect(begun).toHaveLength(6);
  });

  it("lets every image prove itself: one that is ready says nothing of another", async () => {
    const { begun, change } = machines();
    const good = change("good", "good:1");
    good.ready();
    await good.ended;
    for (const name of ["a", "b", "c", "d"]) change(name, "bad:1");
    await later();
    expect(begun).toEqual(["good", "a", "b", "c"]);
  });

  it("is not stopped by what says nothing of the image: a refusal, no room, a lost answer", async () => {
    const { begun, change } = machines();
    for (const name of ["a", "b", "c", "d"]) {
      const each = change(name);
      each.fail(new TenantryError(flyErrors.FLY_NO_CAPACITY, "full"));
      await each.ended;
    }
    expect(begun).toEqual(["a", "b", "c", "d"]);
  });

  it("keeps nobody waiting when it is cancelled", async () => {
    const { change, cancel } = machines();
    const all = ["a", "b", "c", "d"].map((name) => change(name));
    cancel();
    expect(await all[3]?.ended).toBe("failed");
  });

  it("allows as many failures as the settings say", async () => {
    const { begun, change } = machines(new RunHalt(1));
    change("a").fail(unhealthy());
    await later();
    await later();
    expect(await change("b").ended).toBe("FLY_HALTED");
    expect(begun).toEqual(["a"]);
  });
});
