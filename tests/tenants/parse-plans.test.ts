import { describe, expect, it } from "@jest/globals";

import { formatFault } from "../../tenants/fault.ts";
import { parsePlans } from "../../tenants/parse-plans.ts";
import { committedPlans } from "./plans.ts";

function faultsOf(text: string): string[] {
  const parsed = parsePlans(text, "plans.yaml");
  return parsed.ok ? [] : parsed.faults.map(formatFault);
}

describe("the plans file", () => {
  it("has a standard plan and at least one more", () => {
    expect(Object.keys(committedPlans())).toEqual(["standard", "compact", "roomy"]);
  });

  it("names an image in every plan, so that an owner is all a tenant needs", () => {
    for (const plan of Object.values(committedPlans())) expect(plan.machine?.image).toBeDefined();
  });

  it.each([
    ["compact: {}\n", ["plans.yaml:1:1: standard: expected a plan of this name: tenants without a plan use it"]],
    [
      "standard: {}\nBig Plan: {}\n",
      [
        'plans.yaml:2:1: "Big Plan": expected a plan name: 1 to 39 characters a-z, 0-9 and single dashes, starting with a letter (did you mean big-plan?)',
      ],
    ],
    ["standard:\n  owner: a@b.example\n", ["plans.yaml:2:3: standard.owner: unknown key"]],
    [
      "standard:\n  machine:\n    memory: 512\n",
      ["plans.yaml:3:5: standard.machine.memory: unknown key (did you mean memoryMb?)"],
    ],
    [
      "standard:\n  machine: { cpus: 3 }\nbig:\n  mount: { memoryLimitMb: 900 }\n",
      [
        "plans.yaml:2:20: standard.machine.cpus: expected 1, 2, 4, 6 or 8 for shared CPUs",
        "plans.yaml:4:27: big.mount.memoryLimitMb: 900 does not fit in a machine of 1024 MiB: expected at most 638 (TigrisFS takes 1.3 times its limit and up to 130 MiB more; 64 MiB stay free)",
      ],
    ],
    [
      "standard:\n  region: x\n  machine: { cpus: 3 }\n",
      [
        "plans.yaml:2:11: standard.region: expected a region: ams, fra, gru, iad, jnb, lhr, nrt, ord, sin, sjc or syd",
        "plans.yaml:3:20: standard.machine.cpus: expected 1, 2, 4, 6 or 8 for shared CPUs",
      ],
    ],
    ["", ["plans.yaml:1:1: the file is empty (the smallest one is: standard: {})"]],
  ])("is refused with every fault in its place: %j", (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });
});
