import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { isDeep } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";

const ROOT = join(import.meta.dirname, "../..");
const SLOW = 900_000;
const WHY = "some minutes: make test-deep";

/** Of the bad day, what shows a fault first; what comes later needs what comes before. */
const MADE = "tenants of every kind are made";
const KEY = "a tenant's key lists and makes no bucket";
const CHANGED = "every kind of setting is changed";

interface Fix {
  /** The row of docs/embedded-cloud.md, and what goes. */
  readonly row: string;
  readonly file: string;
  /** In the file exactly once, and what is there without the fix. */
  readonly line: string;
  readonly without: string;
  /** The parts of the suite that are run, and the one of them that fails. */
  readonly parts: readonly string[];
  /** What the suite then says, among the rest: it fails by this and by nothing else. */
  readonly says: RegExp;
}

const FIXES: readonly Fix[] = [
  {
    row: "2: a machine that an update leaves stopped is started",
    file: "provider/fly/machine-change.ts",
    line: "if (!launch.skipLaunch) await start(leased);",
    without: "if (!launch.skipLaunch && !isWritten) await start(leased);",
    parts: [MADE, CHANGED],
    says: /FLY_UNHEALTHY|roomy stopped/,
  },
  {
    row: "4: a private address names the organisation",
    file: "provider/fly/address-calls.ts",
    line: "? { org_slug: organization, network: callers }",
    without: "? { network: callers }",
    parts: [MADE],
    says: /answered 422/,
  },
  {
    row: "5: a policy is the same in other words",
    file: "provider/tigris/policy-document.ts",
    line: ".update(JSON.stringify(canonical(document)))",
    without: ".update(JSON.stringify(document))",
    parts: [MADE],
    says: /policy/,
  },
  {
    row: "7: a new app is waited for",
    file: "provider/fly/app.ts",
    line: "      await client.untilKnown(app.name, serving(app, call));\n",
    without: "",
    parts: [MADE],
    says: /answered 40[14]/,
  },
  {
    row: "20: a new bucket is waited for",
    file: "provider/tigris/bucket.ts",
    line: "(await claimOnceKnown(work)).held",
    without: "(await claimOf(work)).held",
    parts: [MADE],
    says: /TIGRIS_|NoSuchBucket/,
  },
  {
    row: "23: buckets are named by their host names",
    file: "provider/tigris/own-settings.ts",
    line: "forcePathStyle: pathStyle",
    without: "forcePathStyle: pathStyle || true",
    parts: [MADE],
    says: /answered 403/,
  },
  {
    row: "default-allowed: keys are denied to list and make buckets",
    file: "provider/tigris/policy-document.ts",
    line: '      { Effect: "Deny", Action: ALLOWED_BY_DEFAULT, Resource: ["*"] },\n',
    without: "",
    parts: [MADE, KEY],
    says: /Received promise resolved instead of rejected/,
  },
];

/** A copy of the project, whose programs and packages are this one's. */
let copy: string;
beforeAll(() => {
  if (!isDeep) return;
  copy = mkdtempSync(join(tmpdir(), "tenantry-without-"));
  const isOurs = (path: string) => !/^(?:node_modules|\.)/.test(relative(ROOT, path));
  cpSync(ROOT, copy, { recursive: true, filter: (path) => path === ROOT || isOurs(path) });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  mkdirSync(join(copy, ".tenantry"));
  symlinkSync(join(ROOT, ".tenantry/bin"), join(copy, ".tenantry/bin"));
});
afterAll(() => {
  if (isDeep) rmSync(copy, { recursive: true });
});

async function suite(parts: readonly string[]): Promise<{ code: number | null; said: string }> {
  const jest = [
    join(copy, "node_modules/jest/bin/jest.js"),
    "--ci",
    "-w",
    "1",
    "--config",
    join(copy, "jest.config.js"),
  ];
  const node = ["--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...node, ...jest, "tests/e2e/bad-day.test.ts", "-t", parts.join("|")], {
    cwd: copy,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (piece: Buffer) => (said += piece.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said };
}

describe("the suite of a bad day", () => {
  it.each(FIXES)("can lose the fix $row: its line is in $file, once", ({ file, line }) => {
    expect(readFileSync(join(ROOT, file), "utf8").split(line)).toHaveLength(2);
  });

  itIf(isDeep, WHY)(
    "is green in a copy of the project, as far as the fixes below need it",
    async () => {
      const { code, said } = await suite([MADE, KEY]);
      expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining("2 passed") });
    },
    SLOW,
  );

  for (const { row, file, line, without, parts, says } of FIXES) {
    itIf(isDeep, WHY)(
      `is red without one fix, ${row}`,
      async () => {
        const path = join(copy, file);
        const text = readFileSync(path, "utf8");
        writeFileSync(path, text.replace(line, without));
        try {
          const { code, said } = await suite(parts);
          expect({ code, said }).toMatchObject({ code: 1, said: expect.stringMatching(says) });
        } finally {
          writeFileSync(path, text);
        }
      },
      SLOW,
    );
  }
});
