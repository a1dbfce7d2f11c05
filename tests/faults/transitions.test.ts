import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { TenantFile } from "../../tenants/model/tenant-file.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { isDeep, times } from "../support/deep.ts";
import { apply, declaredBy } from "./apply.ts";
import { contentsOf } from "./contents.ts";
import { type ScratchTenants, openScratchTenants } from "./scratch-tenants.ts";
import { programWithoutEngine } from "./registrations.ts";
import { LEFT_OUT, settingsInSchema, VALUES, withSetting } from "./settings.ts";
import type { State } from "./small-engine.ts";

const SEED = Number(process.env["TENANTRY_SEED"] ?? (isDeep ? Math.floor(Date.now() / 86_400_000) : 14));
const LONG = times(300_000, 7_200_000);
const BASE: TenantFile = { owner: "ops@acme.example", machine: { image: "ghcr.io/acme/agent:1.4.2" } };

let scratch: ScratchTenants;
let count = 0;
beforeAll(async () => {
  await programWithoutEngine();
  scratch = await openScratchTenants();
}, 60_000);
afterAll(() => scratch.dispose(), 60_000);

/** A tenant under a prefix of its own, and what the vendors hold of it. */
class Living {
  readonly #prefix = `t${(count += 1)}`;
  #state: State = [];

  async become(tenant: Tenant): Promise<unknown> {
    const { settings, accounts, cloud, s3 } = scratch;
    const own = { settings: { ...settings, prefix: this.#prefix }, accounts };
    const { state, errors } = await apply(own, tenant, this.#state);
    if (errors.length > 0) throw new Error(errors.join("; "));
    this.#state = state;
    return withoutPast(await contentsOf(cloud, s3, this.#prefix));
  }
}

const fresh = new Map<string, Promise<unknown>>();
/** How a tenant of this kind is that was made so at once. */
function madeAtOnce(tenant: Tenant): Promise<unknown> {
  const key = JSON.stringify(tenant);
  const found = fresh.get(key) ?? new Living().become(tenant);
  fresh.set(key, found);
  return found;
}

/** Less what only tells of how it came about: the mark of how a machine was before its suspension, settings that are off again. */
function withoutPast(contents: unknown): unknown {
  return JSON.parse(JSON.stringify(contents), (key, value: unknown) => {
    if (key === "tenantry-before-suspension") return undefined;
    if (key === "state" && value === "created") return "stopped";
    return value;
  });
}

/** Makes the changes one after the other; after each the tenant is as one made so at once, and in the end as in the beginning. */
async function goes(files: readonly TenantFile[]): Promise<number> {
  const valid = files.flatMap((file) => declaredBy(file) ?? []);
  const [first] = valid;
  if (first === undefined) return 0;
  const living = new Living();
  for (const tenant of [...valid, first]) expect(await living.become(tenant)).toEqual(await madeAtOnce(tenant));
  return valid.length;
}

const each = Object.entries(VALUES).flatMap(([path, values]) => values.map((value) => ({ path, value })));
const anyEdit = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...each) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(VALUES)).map((path) => ({ path, value: undefined })) },
);

describe("a tenant whose file changes", () => {
  it("can change in every setting of the schema, or it is said why not here", () => {
    expect([...Object.keys(VALUES), ...Object.keys(LEFT_OUT)].sort()).toEqual(settingsInSchema().sort());
  });

  it(
    `is as one made so at once after each setting alone, and goes back (TENANTRY_SEED=${SEED})`,
    async () => {
      const some =
        fc.sample(fc.shuffledSubarray(each, { minLength: each.length }), { numRuns: 1, seed: SEED })[0] ?? [];
      let changed = 0;
      for (const { path, value } of some.slice(0, times(2, each.length)))
        changed += await goes([BASE, withSetting(BASE, path, value)]);
      expect(changed).toBeGreaterThan(times(2, each.length));
    },
    LONG,
  );

  it(
    `is as one made so at once after any changes, valid or refused, and goes back (TENANTRY_SEED=${SEED})`,
    async () => {
      let changed = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyEdit, { minLength: 2, maxLength: times(3, 8) }), async (edits) => {
          const files = edits.reduce<TenantFile[]>(
            (all, { path, value }) => {
              const next = withSetting(all.at(-1) ?? BASE, path, value);
              // One that is refused changes nothing, and the next change is made to what is there.
              return declaredBy(next) === undefined ? all : [...all, next];
            },
            [BASE],
          );
          changed += await goes(files);
        }),
        { numRuns: times(1, 60), seed: SEED, endOnFailure: true },
      );
      expect(changed).toBeGreaterThan(times(1, 120));
    },
    LONG,
  );
});
