import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parse, stringify } from "yaml";

import { newTenantText } from "../../../tenants/edits/new-tenant-text.ts";
import { withSettings } from "../../../tenants/edits/setting-text.ts";
import { tenantFileOf } from "../../../tenants/model/tenant-file-of.ts";
import { times } from "../../support/deep.ts";
import { anyTenant } from "../any-tenant.ts";

const IMAGE = ["machine", "image"];
const set = (text: string, value: unknown, path: readonly string[] = IMAGE) => withSettings(text, [{ path, value }]);

describe("a setting written into a file", () => {
  it.each([
    [
      "a file without the section",
      "owner: a@b.example # who\n",
      "owner: a@b.example # who\nmachine:\n  image: app:2\n",
    ],
    [
      "a section on lines of its own",
      "machine:\n  # for the index\n  memoryMb: 512   # enough\nowner: a@b.example\n",
      "machine:\n  # for the index\n  image: app:2\n  memoryMb: 512   # enough\nowner: a@b.example\n",
    ],
    ["a section in braces", "machine: { cpus: 1 } # small\n", "machine: { cpus: 1, image: app:2 } # small\n"],
    ["an empty section", "machine: {} # none\n", "machine: { image: app:2 } # none\n"],
    ["a value of its own", "machine:\n  image: app:1 # ours\n", "machine:\n  image: app:2 # ours\n"],
    ["a value in braces", "machine: { cpus: 1, image: app:1 } # ours\n", "machine: { cpus: 1, image: app:2 } # ours\n"],
    ["a last line without its end", "owner: a@b.example", "owner: a@b.example\nmachine:\n  image: app:2\n"],
    ["a value that is said already", "machine:\n  image: 'app:2' # ours\n", "machine:\n  image: 'app:2' # ours\n"],
  ])("changes one line of %s", (_, text, expected) => {
    expect(set(text, "app:2")).toBe(expected);
  });

  it("comes behind the state where it says more about that", () => {
    const text = "owner: a@b.example\nstate: suspended # since May\nplan: standard\n";
    const more = set(text, "not paid", ["reason"]);
    expect(more).toBe("owner: a@b.example\nstate: suspended # since May\nreason: not paid\nplan: standard\n");
    expect(set(more, undefined, ["reason"])).toBe(text);
  });

  it("keeps every comment, also where the same change takes out the rest of a section", () => {
    const text = "# who\nowner: a@b.example # ops\n\nmachine: # theirs\n  env: { A: x } # plain\n";
    const edits = [
      { path: ["machine", "env", "A"], value: undefined },
      { path: ["machine", "env", "LOG_LEVEL"], value: "debug" },
      { path: ["storage", "locations"], value: "eur" },
    ];
    expect(withSettings(text, edits)).toBe(
      "# who\nowner: a@b.example # ops\n\nmachine: # theirs\n  env: { LOG_LEVEL: debug } # plain\nstorage:\n  locations: eur\n",
    );
  });

  it("goes out again with its line, and the section with it that held nothing else", () => {
    const files = [
      "owner: a@b.example # who\n",
      "machine:\n  # for the index\n  memoryMb: 512   # enough\nowner: a@b.example\n",
      "owner: a@b.example\nmachine: { cpus: 1 } # small\n",
      "# A list first.\naccess:\n  - name: alice # hers\nowner: a@b.example\n\n# the end\n",
      newTenantText({ id: "acme", owner: "a@b.example" }),
      readFileSync("tenants/plans.yaml", "utf8"),
    ];
    for (const text of files) {
      for (const path of [
        ["machine", "env", "LOG_LEVEL"],
        ["mount", "memoryLimitMb"],
        ["storage", "volume", "sizeGb"],
      ]) {
        expect(set(set(text, 7, path), undefined, path)).toBe(text);
      }
    }
  });

  it("is what the file says then, and nothing else is another, for any tenant and in any layout", () => {
    const layout = fc.constantFrom("block", "flow");
    const edit = fc.constantFrom(
      { path: IMAGE, value: "ghcr.io/acme/agent:2" },
      { path: ["machine", "env", "LOG_LEVEL"], value: "a: b # c" },
      { path: ["storage", "volume", "sizeGb"], value: 9 },
      { path: ["storage", "locations"], value: ["iad", "fra"] },
      { path: ["mount", "memoryLimitMb"], value: 64 },
    );
    fc.assert(
      fc.property(anyTenant, layout, edit, fc.boolean(), (tenant, collectionStyle, { path, value }, isTakenOut) => {
        const file = tenantFileOf(tenant) as unknown as Record<string, unknown>;
        const text = stringify(file, { collectionStyle } as object);
        const expected = structuredClone(parse(text) as Record<string, unknown>);
        place(expected, path, isTakenOut ? undefined : value);
        expect(parse(set(text, isTakenOut ? undefined : value, path))).toEqual(expected);
      }),
      { numRuns: times(30, 300) },
    );
  });
});

/** As a person would do it by hand. */
function place(root: Record<string, unknown>, [first = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    if (value === undefined) Reflect.deleteProperty(root, first);
    else root[first] = value;
    return;
  }
  const inner = (root[first] ?? {}) as Record<string, unknown>;
  const had = Object.keys(inner).length;
  place(inner, rest, value);
  if (Object.keys(inner).length === 0 && (had > 0 || root[first] === undefined)) Reflect.deleteProperty(root, first);
  else root[first] = inner;
}
