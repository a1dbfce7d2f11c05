import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { memoryLimitFor, tigrisfsMemoryMb } from "../../container/memory.ts";
import { parseTenant } from "../../tenants/parse-tenant.ts";

const machineMb = fc.integer({ min: 1, max: 8 }).map((steps) => steps * 256);

function isAccepted(memoryMb: number, memoryLimitMb: number): boolean {
  const text = `owner: a@b.example
machine: { image: "ghcr.io/acme/agent@sha256:${"a".repeat(64)}", memoryMb: ${memoryMb} }
mount: { memoryLimitMb: ${memoryLimitMb} }
`;
  return parseTenant(text, "acme.yaml", { standard: {} }).ok;
}

describe("the memory of a mount", () => {
  it.each([
    [{ memoryMb: 1024, appMb: 512 }, 244],
    [{ memoryMb: 512, appMb: 256 }, 47],
    [{ memoryMb: 256, appMb: 0 }, 47],
  ])("beside %j is %s MiB", (machine, limit) => {
    expect(memoryLimitFor(machine)).toBe(limit);
  });

  it("covers what was measured: peaks of 109, 193 and 557 MiB at 64, 128 and 1000", () => {
    expect([64, 128, 1000].map(tigrisfsMemoryMb)).toEqual([214, 297, 1430]);
  });

  it("is refused where an app leaves no room for it", () => {
    expect(memoryLimitFor({ memoryMb: 256, appMb: 64 })).toBeUndefined();
  });

  it("leaves the app its share and not a MiB more", () => {
    fc.assert(
      fc.property(machineMb, fc.integer({ min: 0, max: 1024 }), (memoryMb, appMb) => {
        const limit = memoryLimitFor({ memoryMb, appMb });
        fc.pre(limit !== undefined);
        expect(tigrisfsMemoryMb(limit) + appMb).toBeLessThanOrEqual(memoryMb);
        expect((limit + 1) * 1.3 + 194 + appMb).toBeGreaterThan(memoryMb);
      }),
    );
  });

  it("is the most that a tenant file may ask for, when the app wants nothing", () => {
    fc.assert(
      fc.property(machineMb, (memoryMb) => {
        const limit = memoryLimitFor({ memoryMb, appMb: 0 }) ?? Number.NaN;
        expect([isAccepted(memoryMb, limit), isAccepted(memoryMb, limit + 1)]).toEqual([true, false]);
      }),
    );
  });
});
