import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Switches, SwitchValue } from "../../../local/switches.ts";
import { switches as fly } from "../../../local/fly/switches.ts";
import { switches as tigris } from "../../../local/tigris/switches.ts";
import { switches as turso } from "../../../local/turso/switches.ts";
import { canary, type CanaryReport, questions } from "../../../operations/canary/canary.ts";
import type { Reply } from "../../../operations/canary/question.ts";
import { canaryNames } from "../../../operations/canary/names.ts";
import { openRoom } from "../../../operations/canary/room.ts";
import { remains } from "../../../operations/canary/remains.ts";
import { isDeep } from "../../support/deep.ts";
import { embeddedSettings } from "../../support/embedded-settings.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import "../../support/localhost-names.js";

const all: Readonly<Record<string, SwitchValue>> = Object.fromEntries(
  Object.entries<Switches>({ tigris, turso, fly }).flatMap(([vendor, declared]) =>
    Object.entries(declared).map(([name, each]) => [`${vendor}.${name}`, each.awkward] as const),
  ),
);

/** Switches that no question is about. */
const UNASKED: Readonly<Record<string, string>> = {
  "fly.affinity": "the canary keeps no cookies, so that its lists are as a stranger's",
  "fly.flycastWithinNetwork": "what a private address reaches only a machine can tell: a question asked by hand",
  "fly.machineUnknownMs": "that it is so is known from flyctl; for how long shows in the time of fly.started",
  "fly.network": "how far a vendor is shows in the paces",
  "fly.unknownAppStatus": "which status it is shows in the words of fly.app-known",
  "tigris.network": "how far a vendor is shows in the paces",
  "tigris.policiesIgnored": "no vendor's way: `verify` has to find it",
  "turso.network": "how far a vendor is shows in the paces",
  "turso.replicasRefused": "only a client that keeps a replica can tell, and the app does without one",
  "turso.pointInTimeGapMs": "only a database that is written to for a while tells how far apart the checkpoints are",
  "turso.retentionHours": "only a database that is older than the plan keeps tells",
  "turso.tokensOpenAll": "no vendor's way: `verify` has to find it",
  "turso.olderLocations": "an account has groups there or not: its list of groups tells",
};

/** What the embedded cloud answers by default, where that is not yes, and what it answers with the question's switch. */
const DEFAULTS: Readonly<Record<string, Reply>> = {
  "turso.size-at-creation": "no",
  "turso.size-later": "no",
  "fly.mount-as-sent": "no",
  "fly.throttled": "no",
  "fly.autostart-off": "other",
  "state.one-winner": "other",
};
const TURNED: Readonly<Record<string, Reply>> = {
  "turso.size-at-creation": "other",
  "turso.taken-name": "other",
  "turso.protected": "other",
};

/** Longer than a busy computer takes for the call that must come early. */
const LONG_MS = 1500;
const turnedTo = (value: SwitchValue): SwitchValue => (typeof value === "number" ? Math.max(value, LONG_MS) : value);

const asked = questions.flatMap(({ id, switch: name }) => (name === undefined ? [] : [{ id, name }]));
/**
 * Which switches are on in each round, by their number from 1 on. Every switch is on in some round and off in another; over the
 * five rounds of `make test-deep` no two switches are on in the same ones.
 */
const bit = (place: number) => (number: number) => ((number >> place) & 1) === 1;
const ROUNDS = isDeep ? [0, 1, 2, 3, 4].map(bit) : [bit(0), (number: number) => !bit(0)(number)];
const isOn = (name: string, round: (number: number) => boolean): boolean =>
  round(asked.findIndex((each) => each.name === name) + 1);

describe("a canary on the embedded cloud", () => {
  let cloud: TestCloud;
  const reports: CanaryReport[] = [];

  beforeAll(async () => {
    cloud = await startCloud({ storage: "by-name" });
    for (const round of ROUNDS) {
      await cloud.resetSwitches();
      const on = asked.filter(({ name }) => isOn(name, round)).map(({ name }) => [name, turnedTo(all[name] ?? true)]);
      await cloud.switches(Object.fromEntries(on) as Record<string, SwitchValue>);
      reports.push(await ask());
    }
  }, 300_000);

  afterAll(() => cloud.dispose());

  function place() {
    const { tigris, turso, fly } = cloud.descriptor;
    const settings = embeddedSettings(cloud.descriptor);
    return {
      context: { projectDir: process.cwd(), home: cloud.home, stack: "local", settings },
      accounts: { tigris: { ...tigris, machineEndpoint: tigris.endpoint }, turso, fly },
      signal: new AbortController().signal,
      urlOf: () => Promise.resolve(undefined),
    };
  }

  function ask(): Promise<CanaryReport> {
    return canary({ ...place(), now: () => new Date() });
  }

  it("has a question for each switch but those that are named here", () => {
    const names = new Set([...asked.map(({ name }) => name), ...Object.keys(UNASKED)]);
    expect([...names].sort()).toEqual(Object.keys(all).sort());
    expect(asked.length).toBeLessThan(2 ** 5 - 1);
  });

  it.each(["off", "on"])("is shown in the documents with all its questions: canary-%s.txt", (name) => {
    const text = readFileSync(join(import.meta.dirname, `../../../docs/examples/canary-${name}.txt`), "utf8");
    const shown = [...text.matchAll(/^(?:yes|no|other) +(\S+) /gm)].map(([, id]) => id);
    expect(shown).toEqual(questions.map(({ id }) => id));
  });

  it.each(questions.map(({ id, switch: name }) => ({ id, name })))(
    "answers $id by its own switch and by no other ($name)",
    ({ id, name }) => {
      const replies = reports.map(({ lines }) => lines.find((line) => line.id === id));
      const usual = DEFAULTS[id] ?? "yes";
      const expected = ROUNDS.map((round) => (name !== undefined && isOn(name, round) ? (TURNED[id] ?? "no") : usual));
      expect({ replies: replies.map((line) => line?.reply), said: replies.map((line) => line?.said) }).toMatchObject({
        replies: expected,
      });
    },
  );

  it("leaves nothing at the vendors, and measures round trips and creations", async () => {
    for (const { left, removed, paces } of reports) {
      expect(left).toEqual([]);
      expect(removed.length).toBeGreaterThan(10);
      const measured = paces.map(({ what }) => what);
      const kinds = ["bucket", "access key", "policy", "app", "machine", "database", "group"];
      expect(measured).toEqual(expect.arrayContaining(kinds.map((kind) => `create ${kind}`)));
      expect(measured).toEqual(
        expect.arrayContaining(["Tigris", "Turso", "Fly"].map((each) => `round trip to ${each}`)),
      );
    }
    await cloud.resetSwitches();
    const { context, accounts, signal, urlOf } = place();
    const names = canaryNames({ ...context.settings, stack: context.stack }, new Date());
    const room = openRoom({ names, accounts, settings: context.settings, signal, state: undefined, urlOf });
    expect(await remains(room)).toEqual([]);
  });
});
