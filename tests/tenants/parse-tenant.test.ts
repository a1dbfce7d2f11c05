import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { stringify } from "yaml";

import type { FileFault } from "../../tenants/fault.ts";
import { tenantFileOf } from "../../tenants/model/tenant-file-of.ts";
import { parseTenant } from "../../tenants/parse-tenant.ts";
import { times } from "../support/deep.ts";
import { anyTenant } from "./any-tenant.ts";
import { BROKEN_FILES } from "./broken-files.ts";
import { committedPlans } from "./plans.ts";

const plans = committedPlans();

function faultsOf(text: string, fileName = "acme.yaml"): readonly FileFault[] {
  const parsed = parseTenant(text, fileName, plans);
  return parsed.ok ? [] : parsed.faults;
}

function inShort({ line, column, path, code, hint }: FileFault): string {
  return [`${line}:${column}`, path, code, hint === undefined ? "" : `(${hint})`]
    .filter((part) => part !== "")
    .join(" ");
}

describe("a broken tenant file", () => {
  it.each(BROKEN_FILES)("is refused with every fault in its place: $name", ({ text, faults }) => {
    expect(faultsOf(text).map(inShort)).toEqual(faults);
  });

  it("says of each fault what was expected, in words", () => {
    for (const { text } of BROKEN_FILES) {
      for (const { message } of faultsOf(text)) expect(message).toMatch(/^[\w(][^\n]{8,}$/);
    }
  });

  it("never has its values repeated, for they might be secrets", () => {
    const secret = "hunter2hunter2";
    const texts = [
      `owner: ${secret}\n`,
      `owner: a@b.example\nstate: ${secret}\nmachine:\n  env:\n    A: tsec_${secret}\n    B: ["${secret}"]\n  image: "${secret}"\n`,
      `owner: a@b.example\nregion: "${secret}\n`,
      `owner: a@b.example\nregion: *${secret}\n`,
      `owner: a@b.example\nregion: !${secret} iad\n`,
      `owner: a@b.example\nmount: { path: tsec_${secret} }\nrotation: { keys: ${secret} }\n`,
    ];
    for (const text of texts) {
      const faults = faultsOf(text);
      expect(faults).not.toHaveLength(0);
      expect(JSON.stringify(faults)).not.toContain(secret);
    }
  });
});

describe("the name of a tenant file", () => {
  it.each(["Acme.yaml", "acme--x.yaml", "acme-.yaml", "1acme.yaml", "a_b.yaml", `${"a".repeat(40)}.yaml`, ".yaml"])(
    "is refused as an id: %s",
    (name) => {
      expect(faultsOf("owner: a@b.example\n", `tenants/dev/${name}`)).toMatchObject([
        { line: 1, column: 1, code: "file", file: `tenants/dev/${name}` },
      ]);
    },
  );

  it("is proposed in the right spelling", () => {
    expect(faultsOf("owner: a@b.example\n", "Acme Corp.yaml")[0]?.hint).toBe("did you mean acme-corp.yaml?");
  });

  it("is refused together with the faults inside", () => {
    expect(faultsOf("owner: nobody\n", "Acme.yaml").map(({ code }) => code)).toEqual(["file", "format"]);
  });
});

describe("a tenant file", () => {
  it("may start with a byte order mark and end its lines as on Windows", () => {
    const parsed = parseTenant("\uFEFFowner: a@b.example\r\nregion: fra\r\n", "acme.yaml", plans);
    expect(parsed).toMatchObject({ ok: true, value: { id: "acme", region: "fra" } });
  });

  it.each([
    [256, 47],
    [512, 244],
    [1024, 638],
  ])("may give TigrisFS in a machine of %i MiB up to %i MiB", (memoryMb, most) => {
    const withLimit = (memoryLimitMb: number): readonly FileFault[] =>
      faultsOf(stringify({ owner: "a@b.example", machine: { memoryMb }, mount: { memoryLimitMb } }));
    expect(withLimit(most)).toEqual([]);
    expect(withLimit(most + 1)).toMatchObject([{ path: "mount.memoryLimitMb", code: "combination" }]);
  });

  it("is checked by itself while the plans are broken", () => {
    expect(parseTenant("owner: a@b.example\nplan: whatever\n", "acme.yaml", undefined)).toEqual({
      ok: false,
      faults: [],
    });
    expect(parseTenant("owner: nobody\n", "acme.yaml", undefined)).toMatchObject({ faults: [{ path: "owner" }] });
  });

  it("keeps addresses, digests and long words as plain values of its environment", () => {
    const env = {
      A: "https://example.org/x?y=1",
      B: "c0ffee".repeat(10),
      C: "5f0c7a0e-6e1f-4f0e-9d5a-0a1b2c3d4e5f",
      D: "/usr/share/Some0Long1Path2/More3",
    };
    expect(faultsOf(stringify({ owner: "a@b.example", machine: { env } }))).toEqual([]);
  });

  it("gives back any tenant that was written into it", () => {
    fc.assert(
      fc.property(anyTenant, (tenant) => {
        const parsed = parseTenant(stringify(tenantFileOf(tenant)), `${tenant.id}.yaml`, plans);
        expect(parsed).toEqual({ ok: true, value: tenant });
      }),
      { numRuns: times(50, 1000) },
    );
  });

  it("either parses or has faults with a place inside it, however it is damaged", () => {
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.integer({ min: 0, max: 12 }),
      insert: fc.oneof(
        fc.constantFrom(
          "\t",
          "\n",
          ":",
          ": ",
          "- ",
          "{",
          "}",
          "[",
          "]",
          '"',
          "'",
          "#",
          "&a ",
          "*a",
          "!x ",
          "? ",
          "|\n",
          "<<",
          "%YAML 1.1\n",
          "---\n",
          "...\n",
          "\0",
          "\r",
          "\uFEFF",
          "__proto__: 1\n",
          "constructor: {}\n",
          "null",
          "-1",
          ".inf",
          ".nan",
        ),
        fc.string({ unit: "binary", maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(anyTenant, fc.array(damage, { minLength: 1, maxLength: 3 }), (tenant, damages) => {
        const text = damages.reduce(
          (whole, { at, cut, insert }) => {
            const start = Math.floor(at * whole.length);
            return whole.slice(0, start) + insert + whole.slice(start + cut);
          },
          stringify(tenantFileOf(tenant)),
        );
        expect(misplaced(text, faultsOf(text))).toEqual([]);
      }),
      { numRuns: times(150, 3000) },
    );
  });

  it("either parses or has faults with a place inside it, whatever data it holds", () => {
    const key = fc.constantFrom(
      "owner",
      "state",
      "storage",
      "locations",
      "machine",
      "env",
      "mount",
      "access",
      "name",
      "manifest",
      "plan",
      "constructor",
      "toString",
      "A",
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, -1.5, "iad", "", "global"),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { maxKeys: 8 }), (data) => {
        const text = stringify(data);
        expect(misplaced(text, faultsOf(text))).toEqual([]);
      }),
      { numRuns: times(100, 2000) },
    );
  });
});

/** The faults whose place is not in the text. */
function misplaced(text: string, faults: readonly FileFault[]): FileFault[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  return faults.filter(({ line, column }) => {
    const length = lines[line - 1]?.length;
    return length === undefined || column < 1 || column > length + 1;
  });
}
