import { describe, expect, it } from "@jest/globals";

import {
  certificateMarkdown,
  certificateOf,
  certificateSchema,
  isClean,
} from "../../../operations/offboarding/certificate.ts";
import type { Entry } from "../../../operations/history/entry.ts";
import { resolveTenant } from "../../../tenants/model/resolve-tenant.ts";
import { committedPlans } from "../../tenants/plans.ts";

const MANIFEST = { path: "acme/manifest.jsonl", sha256: "5e".repeat(32), contents: "0f".repeat(32) };
const tenant = resolveTenant(
  "acme",
  { owner: "a@b.example", state: "purged", reason: "contract ended | <b>", manifest: MANIFEST },
  committedPlans(),
);
const purged = (absence: readonly { vendor: string; asked: string; found: string }[]) =>
  certificateOf({
    stack: "prod",
    tenant,
    at: new Date("2026-12-01T08:00:00Z"),
    absence,
    entries: [
      purging(5, {
        existed: [
          { what: "access key", name: "tid_0" },
          { what: "bucket", name: "tnt-prod-acme" },
        ],
      }),
      purging(6, { tried: [{ vendor: "Tigris", asked: "access key tid_0, tried", found: "accepted" }] }),
      purging(6, { existed: [{ what: "bucket", name: "tnt-prod-acme" }] }),
      {
        line: 7,
        previous: "0",
        kind: "tenant",
        tenant: "acme",
        time: "2026-12-01T07:59:00.000Z",
        stack: "prod",
        run: "9b2f5a52-6c5b-4e6f-8f0e-111111111111",
        actor: "octocat",
        from: "ci",
        commit: { sha: "abc123", isClean: true },
        changes: { delete: 8 },
      },
    ],
  });
/** What a run left in the history that deleted only a part. */
function purging(line: number, what: object): Entry {
  const run = "9b2f5a52-6c5b-4e6f-8f0e-222222222222";
  const common = {
    line,
    previous: "0",
    time: "2026-12-01T07:00:00.000Z",
    stack: "prod",
    run,
    actor: "octocat",
    from: "ci",
  };
  return { ...common, kind: "purging", tenant: "acme", purging: { ...what } };
}

const GONE = { vendor: "Tigris", asked: "bucket tnt-prod-acme", found: "nothing" };

describe("the certificate of a purge", () => {
  it("names what existed, what was asked, the commit that did it, and what survives until when", () => {
    const certificate = purged([GONE, { vendor: "Tigris", asked: "access key tid_0, tried", found: "refused" }]);
    expect(certificate.existed).toHaveLength(2);
    expect(certificate.triedCredentials).toBe(true);
    expect(certificate.absence).toHaveLength(2);
    expect(certificateSchema.parse(certificate)).toEqual(certificate);
    expect(isClean(certificate)).toBe(true);
    const text = certificateMarkdown(certificate);
    expect(text).toContain("Nothing of it was found afterwards.");
    expect(text).toContain("| 2026-12-01T07:59:00.000Z | octocat | abc123 | 8 delete |");
    expect(text).toContain("| deleted files and the bucket's name, by soft delete | 2026-12-08 |");
    expect(text).toContain(`SHA-256 \`${MANIFEST.sha256}\``);
    expect(text).not.toContain("<b>");
  });

  it.each([
    ["a bucket is found", { ...GONE, found: "tnt-prod-acme" }],
    ["an old key is taken", { vendor: "Tigris", asked: "access key tid_0, tried", found: "accepted" }],
  ])("is not clean when %s", (_, left) => {
    const certificate = purged([GONE, left]);
    expect(isClean(certificate)).toBe(false);
    expect(certificateMarkdown(certificate)).toContain("**Not all of it is gone: see below.**");
    expect(certificate.triedCredentials).toBe(false);
  });
});
