import * as fc from "fast-check";

import { canonicalDuration } from "../../tenants/model/duration.ts";
import { refusedAsSecret } from "../../tenants/model/secret-likeness.ts";
import { canonicalSize } from "../../tenants/model/size.ts";
import type { Tenant, TenantMachine } from "../../tenants/model/tenant.ts";
import { FLY_REGIONS, REGIONS, TIGRIS_REGIONS, TURSO_LOCATIONS } from "../../tenants/regions.ts";
import type { RegionCode } from "../../tenants/regions.ts";

/** Ids, access names, plan names. */
export const anyId = fc.stringMatching(/^[a-z](?:[a-z0-9]|-[a-z0-9]){0,18}$/);

const anyDuration = fc.integer({ min: 1, max: 366 * 24 }).map((hours) => canonicalDuration(`${24 + (hours % 8760)}h`));

const softDeleteDays = fc.integer({ min: 7, max: 90 });
const anyTigris = fc.record({
  backend: fc.constant("tigris" as const),
  locations: fc.oneof(
    fc.constantFrom(["global" as const], ["usa" as const], ["eur" as const]),
    fc.uniqueArray(fc.constantFrom(...TIGRIS_REGIONS), { minLength: 1, maxLength: 2 }).map((codes) => codes.sort()),
  ),
  snapshots: fc.boolean(),
  softDeleteDays,
});
const anyS3 = fc.record({
  backend: fc.constant("aws-s3" as const),
  awsRegion: fc.constantFrom("eu-central-1", "us-east-1"),
  softDeleteDays,
});
const anyVolume = fc.record({
  backend: fc.constant("fly-volume" as const),
  volume: fc.record({
    sizeGb: fc.integer({ min: 1, max: 500 }),
    snapshotRetentionDays: fc.integer({ min: 1, max: 60 }),
  }),
});

/** What a tenant uses, and what it has left behind on the others. */
const anyStorage = fc
  .tuple(
    fc.constantFrom(0, 1, 2),
    anyTigris,
    anyS3,
    anyVolume,
    fc.array(fc.option(fc.constantFrom("protected" as const, "released" as const)), { minLength: 3, maxLength: 3 }),
  )
  .map(([used, tigris, s3, volume, guards]) => {
    // One number in the file for both buckets.
    const all = [tigris, { ...s3, softDeleteDays: tigris.softDeleteDays }, volume] as const;
    const kept = all.flatMap((each, index) => {
      const guard = guards[index];
      return index === used || guard == null ? [] : [{ ...each, guard }];
    });
    return { storage: all[used], ...(kept.length === 0 ? {} : { kept }) };
  });

const words = fc.array(fc.constantFrom("node", "migrate.mjs", "--to=$(no shell)", "ä b"), {
  minLength: 1,
  maxLength: 50,
});
const anySchema = {
  version: fc.integer({ min: 0, max: 9999 }),
  order: fc.constantFrom("schema-first" as const, "image-first" as const),
  check: fc.record({ command: words }),
};

const anyDatabase = fc.oneof(
  fc.constant({ engine: "none" as const }),
  fc.record(
    {
      engine: fc.constant("turso" as const),
      location: fc.constantFrom(...TURSO_LOCATIONS),
      sizeLimit: fc.integer({ min: 1, max: 1_000_000 }).map((mb) => canonicalSize(`${mb}mb`)),
      schema: fc.oneof(
        fc.record(
          { from: fc.constantFrom("migrations", "migrations/notes"), ...anySchema },
          { requiredKeys: ["from", "version", "order"] },
        ),
        fc.record(
          { command: words, mayShrink: fc.array(fc.constantFrom("notes", "old notes")), ...anySchema },
          { requiredKeys: ["command", "mayShrink", "version", "order"] },
        ),
      ),
    },
    { requiredKeys: ["engine", "location"] },
  ),
);

const SHARED = { kind: "shared" as const, cpus: [1, 2, 4, 6, 8], least: 256, most: 2048, step: 256 };
const PERFORMANCE = { kind: "performance" as const, cpus: [1, 2, 8, 14, 16], least: 2048, most: 8192, step: 2048 };

const anySize = fc.constantFrom(SHARED, PERFORMANCE).chain(({ kind, cpus, least, most, step }) =>
  fc.constantFrom(...cpus).chain((count) =>
    fc.record({
      cpuKind: fc.constant(kind),
      cpus: fc.constant(count),
      memoryMb: fc.integer({ min: (least * count) / step, max: (most * count) / step }).map((steps) => steps * step),
    }),
  ),
);

/** Texts that are hard on a YAML writer: quotes, colons, line ends, what looks like numbers, null and booleans. */
const anyValue = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "true",
    "null",
    "~",
    "1e3",
    "0x10",
    "a: b",
    "- a",
    "#",
    "@x",
    "*a",
    "&a",
    "!t",
    '"',
    "'",
    "a\nb",
  ),
  fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]*$/u.test(text)),
);
const anyEnv = fc
  .dictionary(
    fc
      .stringMatching(/^[A-Z][A-Z0-9_]{0,10}$/)
      .map((name) => `X_${name}_1`)
      // `X_A_PAT_1` is no name that a tenant file can have.
      .filter((name) => !refusedAsSecret(name)),
    anyValue,
    { maxKeys: 4 },
  )
  .map((env) => Object.fromEntries(Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))));

function anyMachine(backend: string): fc.Arbitrary<TenantMachine> {
  return anySize.chain((machineSize) =>
    fc
      .record(
        {
          region: fc.constantFrom(...FLY_REGIONS),
          image: fc.constantFrom("ghcr.io/acme/agent:1.4.2", `registry.fly.io/agent@sha256:${"0b".repeat(32)}`),
          port: fc.integer({ min: 1, max: 65_535 }),
          autostop: fc.constantFrom(
            "stop" as const,
            "off" as const,
            backend === "fly-volume" && machineSize.memoryMb <= 2048 ? ("suspend" as const) : ("off" as const),
          ),
          ingress: fc.constantFrom("public" as const, "private" as const, "none" as const),
          callers: fc.constantFrom("default", "own", "routers"),
          env: anyEnv,
          healthPath: fc.constantFrom("/", "/healthz", "/v1/health~check.json"),
        },
        { requiredKeys: ["region", "image", "port", "autostop", "ingress", "callers", "env"] },
      )
      .map((rest) => ({ ...rest, ...machineSize })),
  );
}

const anyPath = fc.constantFrom("/app/data", "/data", "/srv/Files_1/x.y");

function anyMount(backend: string, memoryMb: number): fc.Arbitrary<Tenant["mount"]> {
  if (backend === "fly-volume") return fc.record({ by: fc.constant("fly" as const), path: anyPath });
  return fc.record({
    by: fc.constant("tigrisfs" as const),
    path: anyPath,
    durability: fc.constantFrom("write-back" as const, "fsync-on-close" as const),
    memoryLimitMb: fc.integer({ min: 16, max: Math.min(65_536, Math.floor((memoryMb - 194) / 1.3)) }),
    statCacheTtl: fc.integer({ min: 0, max: 3600 }).map((seconds) => canonicalDuration(`${seconds}s`)),
  });
}

/** Ends that lie behind every day on which the tests run: a rule that has ended is still part of its file. */
const anyIgnored = fc.oneof(
  fc.constant({}),
  fc.record({
    driftIgnored: fc.array(
      fc.record({
        what: fc.constantFrom(
          "machine.config.env.LOG_LEVEL",
          "bucket.locations",
          "key/alice.enabled",
          "unmanaged.app.x",
        ),
        reason: fc.constantFrom("moved by hand while we wait", "as agreed: see #12"),
        until: fc.constantFrom("2026-01-31", "2026-11-01"),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);

const anyLife = fc
  .constantFrom("active" as const, "suspended" as const, "offboarding" as const, "purged" as const)
  .map((state) => ({
    state,
    ...(state === "active" ? {} : { reason: "invoice: #4711 is open" }),
    ...(state === "purged" || state === "offboarding" ? {} : { expires: "2027-01-31", hold: "case 12 - ask us" }),
    ...(state === "purged" ? { manifest: { path: "exports/acme.json", sha256: "5e".repeat(32) } } : {}),
    ...(state === "offboarding"
      ? { manifest: { path: "a.json", sha256: "5e".repeat(32), contents: "0f".repeat(32) }, purgeAfter: "2027-01-31" }
      : {}),
  }));

/** Any tenant that a file could describe. */
export const anyTenant: fc.Arbitrary<Tenant> = anyStorage.chain(({ storage, ...kept }) =>
  anyMachine(storage.backend).chain((machine) =>
    fc
      .record({
        id: anyId,
        owner: fc.constantFrom("ops@acme.example", "o'neil+x@sub.example.org"),
        life: anyLife,
        region: fc.constantFrom(...(Object.keys(REGIONS) as RegionCode[])),
        database: anyDatabase,
        mount: anyMount(storage.backend, machine.memoryMb),
        access: [storage, ...(kept.kept ?? [])].every(({ backend }) => backend === "fly-volume")
          ? fc.constant([])
          : fc.uniqueArray(
              fc.record({ name: anyId, mode: fc.constantFrom("read-only" as const, "read-write" as const) }),
              { maxLength: 3, selector: ({ name }) => name },
            ),
        rotation: fc.record({ keys: anyDuration, tokens: anyDuration, epoch: fc.integer({ min: 1, max: 99 }) }),
        ignored: anyIgnored,
        scheduled: fc.boolean(),
      })
      .map(({ life, ignored, scheduled, ...rest }) => ({
        ...rest,
        ...life,
        ...ignored,
        ...(scheduled && storage.backend === "tigris" && storage.snapshots
          ? { snapshots: { every: "1d", keep: "14d" } }
          : {}),
        ...kept,
        plan: "standard",
        storage,
        machine,
      })),
  ),
);
