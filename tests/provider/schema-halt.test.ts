import { describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { SchemaHalt } from "../../provider/schema-halt.ts";
import { schemaErrors } from "../../tenants/schemas/errors.ts";
import { failureOf } from "./turso/platform.ts";

const { SCHEMA_MIGRATION_FAILED, SCHEMA_NOT_ANSWERED, SCHEMA_HALTED } = schemaErrors;
const failing = (kind = SCHEMA_MIGRATION_FAILED) => Promise.reject(new TenantryError(kind, "it fails", {}));
const well = () => Promise.resolve("well");
const codeOf = async (work: Promise<unknown>) => (await failureOf(work)) as { code: string };

describe("a run whose migrations fail", () => {
  const agent = { rollout: "schema-2", halt: 1 };

  it("ends at the first failure where a rollout's halt says so, and at the third elsewhere", async () => {
    const halt = new SchemaHalt();
    expect(await codeOf(halt.guard(agent, { tenant: "a" }, failing))).toMatchObject({
      code: SCHEMA_MIGRATION_FAILED.code,
    });
    let begun = 0;
    const counted = () => Promise.resolve((begun += 1));
    expect(await codeOf(halt.guard(agent, { tenant: "b" }, counted))).toMatchObject({
      code: SCHEMA_HALTED.code,
      message: expect.stringContaining("1 databases failed in this run") as unknown,
    });
    expect(begun).toBe(0);
    for (const tenant of ["c", "d", "e"])
      expect(await codeOf(halt.guard(undefined, { tenant }, failing))).toMatchObject({
        code: SCHEMA_MIGRATION_FAILED.code,
      });
    expect(await codeOf(halt.guard(undefined, { tenant: "f" }, counted))).toMatchObject({ code: SCHEMA_HALTED.code });
  });

  it("holds up no other rollout, and nobody who is in none", async () => {
    const halt = new SchemaHalt();
    await failureOf(halt.guard(agent, { tenant: "a" }, failing));
    expect(await halt.guard({ rollout: "schema-3", halt: 1 }, { tenant: "b" }, well)).toBe("well");
    expect(await halt.guard(undefined, { tenant: "c" }, well)).toBe("well");
  });

  it("does not count a database that gave no answer: of the migration that says nothing", async () => {
    const halt = new SchemaHalt();
    await failureOf(halt.guard(agent, { tenant: "a" }, () => failing(SCHEMA_NOT_ANSWERED)));
    expect(await halt.guard(agent, { tenant: "b" }, well)).toBe("well");
  });
});
