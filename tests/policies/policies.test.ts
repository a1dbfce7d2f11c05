import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { POLICIES } from "../../policies/index.ts";
import { levelOf } from "../../policies/levels.ts";
import type { FleetLimits, PlannedResource, Policy } from "../../policies/policy.ts";
import { violationsOf } from "../../policies/violations.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { parseTenant } from "../../tenants/parse-tenant.ts";
import { REGIONS } from "../../tenants/regions.ts";
import { committedPlans } from "../tenants/plans.ts";

const PINNED = `ghcr.io/acme/agent@sha256:${"ab".repeat(32)}`;

/** A tenant as its file would make it; `change` may go where no file can. */
function tenant(yaml = "", change: (sound: Tenant) => Tenant = (sound) => sound): Tenant {
  const parsed = parseTenant(`owner: team@example.com\n${yaml}`, "acme.yaml", committedPlans());
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return change(parsed.value);
}

/** The policies that a tenant breaks, with the field each points at. */
function broken(subject: Tenant, resources: readonly PlannedResource[] = []): string[] {
  const found = violationsOf(
    { stack: "prod", cloud: "real", tenants: [subject], resources: new Map([["acme", resources]]) },
    { levels: { stacks: {}, clouds: { real: { "image-pinned": "off" }, embedded: {} } } },
  );
  return found.map(({ policy, path = [] }) => [policy, ...path].join(" "));
}

const planned = (type: string, inputs: Record<string, unknown>): PlannedResource => ({ type, name: "acme", inputs });

describe("a bucket", () => {
  it("has to be private", () => {
    expect(broken(tenant(), [planned("tenantry:tigris:Bucket", { access: "private" })])).toEqual([]);
    expect(broken(tenant(), [planned("tenantry:tigris:Bucket", { access: "public" })])).toEqual(["bucket-private"]);
    expect(broken(tenant(), [planned("aws:s3/bucketAcl:BucketAcl", { acl: "public-read" })])).toEqual([
      "bucket-private",
    ]);
  });

  it("on AWS needs a public access block that blocks all four ways", () => {
    const bucket = planned("aws:s3/bucket:Bucket", {});
    const block = (inputs: Record<string, unknown>) =>
      planned("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", inputs);
    const all = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
    expect(broken(tenant(), [bucket])).toEqual(["bucket-private"]);
    expect(broken(tenant(), [bucket, block(all)])).toEqual([]);
    for (const setting of Object.keys(all)) {
      expect(broken(tenant(), [bucket, block({ ...all, [setting]: false })])).toEqual(["bucket-private"]);
    }
  });
});

describe("a change that restarts machines", () => {
  const image = (from: "own" | "plan", after = "app:2") => ({ setting: ["machine", "image"], after, from });
  /** What is said when these tenants' machines restart for these changes. */
  const said = (changes: readonly ReturnType<typeof image>[], limits?: FleetLimits) => {
    const tenants = changes.map((_, at) => ({ ...tenant(), id: `t${at}` }));
    const restarts = new Map(changes.map((change, at) => [`t${at}`, [change]]));
    const found = violationsOf({ stack: "local", cloud: "embedded", tenants, restarts, limits });
    return found.filter(({ policy }) => policy === "gated-change");
  };
  const six = Array.from({ length: 6 }, () => image("plan"));

  it("reaches at most five tenants at once by their plan; more need a rollout, which the finding names", () => {
    expect(said(six.slice(1))).toEqual([]);
    expect(said(six)).toMatchObject([
      { policy: "gated-change", level: "mandatory", tenant: "t0", plan: "standard", path: ["machine", "image"] },
    ]);
    expect(said(six)[0]?.message).toContain("npx tenantry rollout start");
    expect(said(six, { maxUngatedTenants: 6 })).toEqual([]);
  });

  it("is gated already where the tenants' own files say it, as a ring's pins do, and counts value by value", () => {
    expect(said(six.map(() => image("own")))).toEqual([]);
    expect(said(six.map((_, at) => image("plan", `app:${at % 2}`)))).toEqual([]);
  });
});

describe("regions", () => {
  it.each(Object.keys(REGIONS))("of %s are near each other, on every backend", (region) => {
    for (const storage of ["", "storage: { backend: aws-s3 }", "storage: { backend: fly-volume }"]) {
      expect(broken(tenant(`region: ${region}\n${storage}\n`))).toEqual([]);
    }
  });

  it("far from each other are told, by the field that decides", () => {
    expect(broken(tenant("database: { location: aws-ap-south-1 }\n"))).toEqual(["regions-near database location"]);
    expect(broken(tenant("storage: { locations: [sin] }\n"))).toEqual(["regions-near storage locations"]);
    expect(broken(tenant("storage: { locations: eur }\n"))).toEqual(["regions-near storage locations"]);
    expect(broken(tenant("storage: { backend: aws-s3, awsRegion: eu-west-1 }\n"))).toEqual([
      "regions-near storage awsRegion",
    ]);
  });

  it("may differ within a part of the world, and a bucket that is everywhere is near", () => {
    expect(broken(tenant("database: { location: aws-us-west-2 }\nstorage: { locations: [sin, ord] }\n"))).toEqual([]);
    expect(
      broken(tenant("storage: { locations: global }\nmachine: { region: syd }\ndatabase: { engine: none }\n")),
    ).toEqual([]);
  });
});

describe("a machine", () => {
  it("with a mount is not suspended, also where no tenant file could say so", () => {
    const suspending = tenant("", (sound) => ({ ...sound, machine: { ...sound.machine, autostop: "suspend" } }));
    expect(broken(suspending)).toEqual(["no-suspend-with-mount machine autostop"]);
    expect(broken({ ...suspending, mount: { by: "fly", path: "/app/data" } })).toEqual([]);
  });

  it("has memory left beside its mount", () => {
    expect(broken(tenant("machine: { memoryMb: 512 }\nmount: { memoryLimitMb: 146 }\n"))).toEqual([]);
    expect(broken(tenant("machine: { memoryMb: 512 }\nmount: { memoryLimitMb: 147 }\n"))).toEqual([
      "memory-for-mount mount memoryLimitMb",
    ]);
    expect(broken(tenant("storage: { backend: fly-volume }\nmachine: { memoryMb: 256 }\n"))).toEqual([]);
  });

  it("runs an image that is pinned by its digest; embedded clouds are only told", () => {
    const check = (image: string, cloud: "real" | "embedded") =>
      violationsOf({ stack: "s", cloud, tenants: [tenant(`machine: { image: "${image}" }\n`)] }).map(
        ({ policy, level, path }) => `${policy} ${level} ${String(path?.join("."))}`,
      );
    expect(check(PINNED, "real")).toEqual([]);
    expect(check("ghcr.io/acme/agent:1.0.0", "real")).toEqual(["image-pinned mandatory machine.image"]);
    expect(check("ghcr.io/acme/agent:1.0.0", "embedded")).toEqual(["image-pinned advisory machine.image"]);
  });
});

it("credentials are rotated within the limit", () => {
  expect(broken(tenant("rotation: { keys: 180d, tokens: 90d }\n"))).toEqual([]);
  expect(broken(tenant("rotation: { keys: 181d, tokens: 91d }\n"))).toEqual([
    "rotation-limit rotation keys",
    "rotation-limit rotation tokens",
  ]);
});

describe("the set", () => {
  it("lets every plan of this repository pass", () => {
    for (const plan of Object.keys(committedPlans())) expect(broken(tenant(`plan: ${plan}\n`))).toEqual([]);
  });

  it("has nothing to say of a purged tenant", () => {
    const purged = tenant("", (sound) => ({
      ...sound,
      state: "purged",
      rotation: { ...sound.rotation, keys: "999d" },
    }));
    expect(broken(purged)).toEqual([]);
  });

  it("takes one of your own, at the level of the stack, then of its cloud, then mandatory", () => {
    const own: Policy = { name: "own", demands: "A thing.", check: () => [{ message: "no" }] };
    const levels = { stacks: { prod: { own: "off" } }, clouds: { real: { own: "advisory" }, embedded: {} } } as const;
    const level = (stack: string, cloud: "real" | "embedded") =>
      violationsOf({ stack, cloud, tenants: [tenant()] }, { policies: [own], levels })[0]?.level;
    expect([level("prod", "real"), level("dev", "real"), level("local", "embedded")]).toEqual([
      undefined,
      "advisory",
      "mandatory",
    ]);
    expect(levelOf("image-pinned", { stack: "local", cloud: "embedded" })).toBe("advisory");
    expect(levelOf("name", { stack: "constructor", cloud: "real" })).toBe("mandatory");
  });

  it("is pure: the same subject gives the same findings, and stays as it was", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(REGIONS)),
        fc.constantFrom("standard", "compact", "roomy"),
        (region, plan) => {
          const subject = {
            stack: "prod",
            tenant: tenant(`region: ${region}\nplan: ${plan}\n`),
            resources: [],
            restarts: [],
          };
          const before = JSON.stringify(subject);
          for (const { check } of POLICIES) expect(check(subject)).toEqual(check(subject));
          expect(JSON.stringify(subject)).toBe(before);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("has stable names, a sentence each, and a file each", () => {
    expect(new Set(POLICIES.map(({ name }) => name)).size).toBe(POLICIES.length);
    for (const { name, demands } of POLICIES) {
      expect(demands).toMatch(/^[A-Z].*\.$/);
      expect(readFileSync(`policies/${name}.ts`, "utf8")).toContain(`name: "${name}"`);
    }
  });
});
