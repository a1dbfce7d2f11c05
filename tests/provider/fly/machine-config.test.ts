import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { machineConfig as embeddedConfig } from "../../../local/fly/machines/config.ts";
import { machineConfig, type MachineConfig, normalised } from "../../../provider/fly/machine-config.ts";
import { oneSpelling } from "../../../provider/fly/go-duration.ts";
import { withMarks, withoutMarks } from "../../../provider/fly/machine-marks.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";
import { anyConfig, asAnswered, FULL, SMALL } from "./machine-configs.ts";

const picks = fc.infiniteStream(fc.integer({ min: 0, max: 2 }));

describe("the normal form of a machine's config", () => {
  it("is this for the answer that Fly gives to a full one", () => {
    const answer = {
      ...FULL,
      init: { ...FULL.init, kernel_args: null },
      services: [
        {
          ...FULL.services?.[0],
          autostop: true,
          force_instance_key: null,
          checks: [
            { ...FULL.services?.[0]?.checks?.[0], interval: 15_000_000_000, grace_period: "1m30s", headers: null },
          ],
        },
      ],
      stop_config: { signal: "SIGTERM", timeout: "2m0s" },
      dns: {},
      auto_destroy: false,
      statics: [],
      guest: { ...FULL.guest, gpus: 0, persist_rootfs: "never" },
    };
    expect(normalised(answer)).toEqual(FULL);
  });

  it("says what Fly does where nothing is declared", () => {
    const { restart, ...silent } = SMALL;
    expect(normalised({ ...silent, env: {}, services: null, checks: {} })).toEqual({
      image: SMALL.image,
      guest: SMALL.guest,
      restart,
      stop_config: SMALL.stop_config,
      metadata: SMALL.metadata,
    });
    expect(normalised({ image: "a", restart: { policy: "always", max_retries: 0 } })).toEqual({
      image: "a",
      restart: { policy: "always" },
    });
  });

  it("is the same for what is declared and for whatever way Fly writes it", () => {
    fc.assert(
      fc.property(anyConfig, picks, (config, stream) => {
        const answer = asAnswered(config, () => stream.next().value as number);
        expect(normalised(answer as Record<string, unknown>)).toEqual(normalised(config));
      }),
      { numRuns: 300 },
    );
  });

  it("is the same for what is declared and for what the embedded Fly answers", () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        const answer: unknown = JSON.parse(JSON.stringify(embeddedConfig.parse(config)));
        expect(normalised(answer as Record<string, unknown>)).toEqual(normalised(config));
      }),
      { numRuns: 300 },
    );
  });

  it("is its own normal form, and can be declared", () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        const once = normalised(config);
        expect(normalised(once)).toEqual(once);
        expect(machineConfig.safeParse(once).error).toBeUndefined();
      }),
    );
  });

  it("differs when any one setting does", () => {
    const paths = leaves(FULL);
    expect(paths.length).toBeGreaterThan(50);
    for (const path of paths) {
      expect({ path, config: normalised(changed(FULL, path)) }).not.toEqual({ path, config: FULL });
    }
  });

  it("differs when any one setting is gone", () => {
    for (const path of leaves(FULL)) {
      expect({ path, config: normalised(changed(FULL, path, "gone")) }).not.toEqual({ path, config: FULL });
    }
  });

  it("keeps what tenantry does not emit, so that it shows", () => {
    expect(normalised({ ...SMALL, schedule: "daily", dns: { nameservers: ["::1"] }, auto_destroy: true })).toEqual({
      ...SMALL,
      schedule: "daily",
      dns: { nameservers: ["::1"] },
      auto_destroy: true,
    });
  });

  it("leaves what a preview does not know yet where it is", () => {
    const config = { ...SMALL, env: { BUCKET: Unknown.value }, image: Unknown.value };
    const { env, image, stop_config } = normalised(config) as Record<string, unknown>;
    expect([env, image, stop_config]).toEqual([{ BUCKET: Unknown.value }, Unknown.value, SMALL.stop_config]);
    expect(image).toBe(Unknown.value);
  });
});

describe("a declared config", () => {
  it("is refused with a key that Fly would drop in silence", () => {
    const { error } = machineConfig.safeParse({ ...SMALL, auto_stop_machines: true });
    expect(error?.issues.map(({ message }) => message)).toEqual(['Unrecognized key: "auto_stop_machines"']);
  });

  it("is refused with our own marks in its metadata", () => {
    expect(machineConfig.safeParse({ ...SMALL, metadata: { "tenantry-owner": "me" } }).success).toBe(false);
  });

  it("may use every setting there is", () => {
    expect(machineConfig.safeParse(FULL).success).toBe(true);
  });
});

describe("our marks on a machine", () => {
  const owner = { fleetId: "f", stack: "s", tenant: "t" };
  const anyBefore = fc.constantFrom("started" as const, "stopped" as const, undefined);

  it("come off as they were put on", () => {
    fc.assert(
      fc.property(anyConfig, fc.option(fc.nat(), { nil: undefined }), anyBefore, (declared, secretsVersion, before) => {
        const config = normalised(declared);
        const marked = withMarks<MachineConfig>(config, owner, secretsVersion, before);
        expect(withoutMarks(marked)).toEqual({ config, owner: "f/s/t", secretsVersion, before });
      }),
    );
  });

  it("are unknown where somebody wrote nonsense over them", () => {
    const marked = { image: "a", metadata: { "tenantry-secrets-version": "many", "tenantry-before-suspension": "no" } };
    expect(withoutMarks(marked)).toEqual({ config: { image: "a" }, owner: undefined, secretsVersion: undefined });
  });
});

describe("a duration", () => {
  it.each([
    ["1m30s", "90s"],
    ["2m0s", "120s"],
    [15_000_000_000, "15s"],
    ["1.5s", "1500ms"],
    ["0", "0s"],
    ["250us", "250000ns"],
    ["soon", "soon"],
    [-1, -1],
  ])("%p is spelt %p", (given, spelt) => {
    expect(oneSpelling(given)).toEqual(spelt);
  });
});

type Path = readonly (string | number)[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function changed(config: object, path: Path, how: "other" | "gone" = "other"): Record<string, unknown> {
  const copy = structuredClone(config) as Record<string, unknown>;
  let place = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? "";
  if (how === "gone") Reflect.deleteProperty(place, last);
  else place[last] = other(place[last]);
  return copy;
}

function other(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  return /^\d+s$/.test(String(value)) ? "7s" : `${String(value)}x`;
}
