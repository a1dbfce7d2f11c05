import { readFileSync, readdirSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import * as fc from "fast-check";
import { parse, parseDocument } from "yaml";

import { BUILT_IN } from "../../tenants/model/built-in.ts";
import { tenantFileOf } from "../../tenants/model/tenant-file-of.ts";
import { newTenantText } from "../../tenants/edits/new-tenant-text.ts";
import { tenantSchema, tenantSchemaText } from "../../tenants/tenant-schema.ts";
import { anyTenant } from "./any-tenant.ts";
import { BROKEN_FILES } from "./broken-files.ts";

const ajv = new Ajv({ strict: true, allErrors: true });
addFormats.default(ajv);
const accepts = ajv.compile(tenantSchema());

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** All fields of the schema by path. */
function fields(node: Node, path = ""): [string, Node][] {
  const inner = Object.entries(node.properties ?? {}).flatMap(([key, field]) =>
    fields(field, path === "" ? key : `${path}.${key}`),
  );
  const items = node.items === undefined ? [] : fields(node.items, `${path}[]`);
  return path === "" || path.endsWith("[]") ? [...inner, ...items] : [[path, node], ...inner, ...items];
}

describe("tenant.schema.json", () => {
  it("is what the model gives: `npx tenantry json-schema` writes it", () => {
    expect(readFileSync("tenants/tenant.schema.json", "utf8")).toBe(tenantSchemaText());
  });

  it("is draft-07, which editors take", () => {
    expect(tenantSchema()["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
  });

  it("describes every field", () => {
    const silent = fields(tenantSchema()).filter(
      ([, { description }]) => description === undefined || description.length < 15,
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it("says of every setting what a change does to what exists", () => {
    const quiet = fields(tenantSchema()).filter(
      ([path, { description = "", properties }]) =>
        /^(?:storage|database|machine|mount|rotation|access)/.test(path) &&
        properties === undefined &&
        !/in place|replace|restart|revoke|lifted|new key|makes new/i.test(description),
    );
    expect(quiet.map(([path]) => path)).toEqual([]);
  });

  it("names the defaults that are really used", () => {
    const { volume, schema, ...rest } = BUILT_IN;
    const database = { ...rest.database, schema };
    const used: Record<string, unknown> = { ...rest, storage: { ...rest.storage, volume }, database };
    const named = fields(tenantSchema()).filter(([, field]) => "default" in field);
    const builtIn = named.filter(([path]) => /^(?:region|storage|database|machine|mount|rotation)\b/.test(path));
    expect(builtIn.length).toBeGreaterThan(15);
    for (const [path, field] of builtIn) {
      const value = path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], used);
      expect([path, field.default]).toEqual([path, value]);
    }
  });
});

describe("the JSON Schema agrees with the model", () => {
  it.each(["local", "dev"])("on the examples of the stack %s", (stack) => {
    for (const name of readdirSync(`tenants/${stack}`)) {
      expect(accepts(parse(readFileSync(`tenants/${stack}/${name}`, "utf8")))).toBe(true);
    }
  });

  it("on a new tenant's file", () => {
    expect(accepts(parse(newTenantText({ id: "acme", owner: "a@b.example" })))).toBe(true);
  });

  it.each(BROKEN_FILES.filter(({ inSchema }) => inSchema === true))("in refusing: $name", ({ text }) => {
    expect(accepts(parseDocument(text.replace(/^\uFEFF/, ""), { uniqueKeys: false }).toJS())).toBe(false);
  });

  it("on any tenant, written out", () => {
    fc.assert(
      fc.property(anyTenant, (tenant) => {
        expect(accepts(tenantFileOf(tenant)) ? [] : accepts.errors).toEqual([]);
      }),
    );
  });
});
