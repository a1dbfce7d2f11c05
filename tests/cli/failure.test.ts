import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";

import { describe, expect, it } from "@jest/globals";

import { told } from "../../cli/failure.ts";
import { cliErrors } from "../../cli/errors.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function thrown(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

const refusedConnection = () =>
  new Promise((_resolve, reject) => {
    connect(1, "127.0.0.1").once("error", reject);
  });

describe("whatever fails is told with a code and a next step, without a stack", () => {
  it.each([
    ["a missing file", async () => Promise.resolve(thrown(() => readFileSync("/nonexistent/x"))), "FILE_UNUSABLE"],
    ["a folder for a file", async () => Promise.resolve(thrown(() => readFileSync("/"))), "FILE_UNUSABLE"],
    ["a full disk", () => Promise.resolve(thrown(() => writeFileSync("/dev/full", "x"))), "NO_SPACE"],
    [
      "a database of ours on a read-only disk",
      () => Promise.resolve({ errcode: 8, message: "readonly" }),
      "NOT_WRITABLE",
    ],
    ["a refused connection", () => rejection(refusedConnection()), "NOT_REACHED"],
    ["a refused fetch", () => rejection(fetch("http://127.0.0.1:2/")), "NOT_REACHED"],
    ["broken JSON", async () => Promise.resolve(thrown(() => JSON.parse("{") as unknown)), "INTERNAL"],
    [
      "a mistake of ours",
      async () => Promise.resolve(thrown(() => (undefined as unknown as Date).getTime())),
      "INTERNAL",
    ],
    ["nothing at all", async () => Promise.resolve(undefined), "INTERNAL"],
    ["one of ours", async () => Promise.resolve(new TenantryError(cliErrors.TENANT_EXISTS, "x")), "TENANT_EXISTS"],
  ])("%s", async (_what, failing, code) => {
    const text = told(await failing(), false);
    expect(text).toMatch(new RegExp(`^${code}: [^]*\\n  next: \\S`));
    expect(text).not.toMatch(/^\s+at /m);
  });

  it("but for whoever asks for it", () => {
    expect(told(new Error("odd"), true)).toMatch(/^INTERNAL: odd[^]*next: [^]*\n\s+at /);
  });

  it("and without what somebody else put into its words", () => {
    const text = told(new Error("odd\n::error::x \u001b[2J postgres://u:pw@h/d"), true);
    expect(text).not.toMatch(/^\s*::error|\p{Cf}|pw@/mu);
    expect(text).not.toContain("\u001b");
  });
});
