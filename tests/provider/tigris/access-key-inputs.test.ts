import { describe, expect, it } from "@jest/globals";

import { checkedInputs } from "../../../provider/plugin/checked-inputs.ts";
import { differences } from "../../../provider/plugin/detailed-diff.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";
import { type AccessKeyInputs, accessKeyType } from "../../../provider/tigris/access-key.ts";
import { tigrisClient } from "../../../provider/tigris/client.ts";
import { clockAt } from "../../support/call.ts";

const DAY_MS = 86_400_000;
// Nothing listens here: whatever called out would fail.
const nowhere = { endpoint: "http://127.0.0.1:9", iamEndpoint: "http://127.0.0.1:9" };
const type = accessKeyType(tigrisClient({ ...nowhere, accessKeyId: "tid_x", secretAccessKey: "tsec_x" }));
const SECRET = { secretAccessKey: "tsec_known" };
const given = { tenant: "acme", bucket: "tnt-acme", purpose: "machine", mode: "read-write", rotation: "90d" };

function check(news: object, olds: AccessKeyInputs | undefined, clock: () => Date): AccessKeyInputs {
  const { inputs, faults } = checkedInputs(type.inputs, { ...news });
  expect(faults).toEqual([]);
  return type.check?.(inputs as unknown as AccessKeyInputs, olds, clock) as AccessKeyInputs;
}

const changed = (olds: object, news: object) => differences({ ...olds }, { ...news }).map(({ input }) => input);

describe("the inputs of an access key", () => {
  it("are filled in: age, digest of the policy, defaults", () => {
    expect(check(given, undefined, clockAt("2026-01-01T10:20:30.400Z").clock)).toEqual({
      ...given,
      epoch: 1,
      enabled: true,
      issued: "2026-01-01T10:20:30Z",
      policy: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it("do not change until the key is as old as its rotation; then only its age does, and that replaces it", () => {
    const { clock, advance } = clockAt("2026-01-01T00:00:00Z");
    const first = check(given, undefined, clock);
    advance(89.9 * DAY_MS);
    expect(changed(first, check(given, first, clock))).toEqual([]);
    advance(0.2 * DAY_MS);
    const second = check(given, first, clock);
    expect(changed(first, second)).toEqual(["issued"]);
    expect(type.replaceOn).toContain("issued");
    expect(changed(second, check(given, second, clock))).toEqual([]);
  });

  it.each([
    ["epoch", { epoch: 2 }],
    ["purpose", { purpose: "access-alice-laptop" }],
    ["mode", { mode: "read-only" }],
    ["bucket", { bucket: "tnt-other" }],
  ])("replace the key when %s changes, and start its age anew", (input, change) => {
    const { clock, advance } = clockAt("2026-01-01T00:00:00Z");
    const first = check(given, undefined, clock);
    advance(DAY_MS);
    const second = check({ ...given, ...change }, first, clock);
    expect(second.issued).toBe("2026-01-02T00:00:00Z");
    expect(changed(first, second)).toEqual(expect.arrayContaining([input, "issued"]));
    expect(type.replaceOn).toContain(input);
  });

  it.each([
    ["rotation", { rotation: "80d" }],
    ["enabled", { enabled: false }],
    ["tenant", { tenant: "acme-2" }],
  ])("are changed in place when %s changes", (input, change) => {
    const { clock, advance } = clockAt("2026-01-01T00:00:00Z");
    const first = check(given, undefined, clock);
    advance(DAY_MS);
    expect(changed(first, check({ ...given, ...change }, first, clock))).toEqual([input]);
    expect(type.replaceOn).not.toContain(input);
  });

  it("do not touch the secret in an update, so a preview shows nothing that depends on it as changed", () => {
    const known = { inputs: check(given, undefined, clockAt("2026-01-01T00:00:00Z").clock), state: SECRET };
    expect(type.foresee?.({ ...known.inputs, enabled: false }, known)).toEqual(SECRET);
    expect(type.foresee?.(known.inputs, undefined)).toEqual({});
  });

  it("leave a bucket that is not known yet alone, and do not make the key new for it", () => {
    const { clock, advance } = clockAt("2026-01-01T00:00:00Z");
    const first = check(given, undefined, clock);
    advance(DAY_MS);
    const preview = check({ ...given, bucket: Unknown.value }, first, clock);
    expect(preview.issued).toBe(first.issued);
    expect(preview.policy).toBe(Unknown.value);
  });

  it("cannot be set where the provider derives them", () => {
    const { clock } = clockAt("2026-01-01T00:00:00Z");
    const forged = check({ ...given, issued: "2099-01-01T00:00:00Z", policy: "anything" }, undefined, clock);
    expect(forged).toEqual(check(given, undefined, clock));
  });

  it.each([
    ["purpose", { purpose: "backup" }],
    ["purpose", { purpose: "access-" }],
    ["purpose", { purpose: "access-a_b" }],
    ["mode", { mode: "admin" }],
    ["rotation", { rotation: "soon" }],
    ["epoch", { epoch: 0 }],
    ["bucket", { bucket: "" }],
  ])("are refused for a wrong %s: %j", (property, change) => {
    expect(checkedInputs(type.inputs, { ...given, ...change }).faults).toEqual([
      { property, reason: expect.any(String) },
    ]);
  });

  it("are all documented, with what a change does", () => {
    for (const [name, shape] of Object.entries(type.inputs.shape)) {
      const { description } = shape as { description?: string };
      expect([name, description]).toEqual([name, expect.stringMatching(/Changing it replaces|Changed in place|shows/)]);
    }
  });
});
