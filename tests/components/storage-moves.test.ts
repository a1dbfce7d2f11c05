import { describe, expect, it } from "@jest/globals";

import { moveInWords, refuseUndeclaredMoves } from "../../components/storage-moves.ts";
import { componentErrors } from "../../components/errors.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import type { KeptStorage, Tenant, TenantStorage } from "../../tenants/model/tenant.ts";
import { example } from "./registered.ts";

const VOLUME: TenantStorage = { backend: "fly-volume", volume: { sizeGb: 1, snapshotRetentionDays: 5 } };
const acme: Tenant = { ...example("lighthouse-bakery"), id: "acme" };
const moved = (...kept: KeptStorage[]): Tenant => ({ ...acme, storage: VOLUME, kept });
const keptBucket = (guard: KeptStorage["guard"]): KeptStorage => ({ ...acme.storage, guard });

type Existing = Parameters<typeof refuseUndeclaredMoves>[1];
const onTigris: Existing = new Map([["acme", { backend: "tigris" }]]);

function refusal(existing: Existing, ...tenants: Tenant[]): TenantryError | undefined {
  try {
    refuseUndeclaredMoves({ stack: "prod", tenants }, existing);
    return undefined;
  } catch (error) {
    if (error instanceof TenantryError) return error;
    throw error;
  }
}

describe("a move to another backend", () => {
  it("is refused unless the file says what becomes of the old one, for all tenants at once", () => {
    const existing = new Map([...onTigris, ["beta", { backend: "tigris" }]]) satisfies Existing;
    const error = refusal(existing, moved(), { ...moved(), id: "beta" });
    expect(error?.kind).toBe(componentErrors.STORAGE_MOVE_UNDECLARED);
    expect(error?.message).toContain("tenants/prod/acme.yaml does not mention tigris");
    expect(error?.message).toContain("tenants/prod/beta.yaml");
    expect(refusal(existing, moved(keptBucket("protected")), { ...acme, id: "beta" })).toBeUndefined();
  });

  it("asks nothing of a tenant that is new, stays, or is purged", () => {
    expect(refusal(new Map(), moved())).toBeUndefined();
    expect(refusal(onTigris, { ...moved(), id: "constructor" })).toBeUndefined();
    expect(refusal(onTigris, acme)).toBeUndefined();
    expect(refusal(onTigris, { ...moved(), state: "purged" })).toBeUndefined();
  });

  it("is told in words: nothing is copied, nothing is deleted", () => {
    const words = moveInWords(moved(keptBucket("protected")), onTigris);
    expect(words).toContain("moves from tigris to fly-volume");
    expect(words).toContain("new, EMPTY storage");
    expect(words).toContain("NOT copied");
    expect(words).toContain("tigris stays, protected");
    expect(moveInWords(acme, onTigris)).toBeUndefined();
    expect(moveInWords(acme, new Map())).toBeUndefined();
  });

  it("back again finds what was kept", () => {
    const existing: Existing = new Map([["acme", { backend: "fly-volume", kept: { tigris: "protected" } }]]);
    const back: Tenant = { ...acme, kept: [{ ...VOLUME, guard: "protected" }] };
    expect(refusal(existing, acme)?.message).toContain("fly-volume");
    expect(refusal(existing, back)).toBeUndefined();
    expect(moveInWords(back, existing)).toContain("the storage kept there");
  });
});

describe("what a move has left behind", () => {
  const after = (guard: KeptStorage["guard"]): Existing =>
    new Map([["acme", { backend: "fly-volume", kept: { tigris: guard } }]]);

  it("goes only after it was released in a step before", () => {
    expect(refusal(after("protected"), moved())?.kind).toBe(componentErrors.STORAGE_MOVE_UNDECLARED);
    expect(refusal(after("protected"), moved(keptBucket("released")))).toBeUndefined();
    expect(refusal(after("released"), moved())).toBeUndefined();
  });
});
