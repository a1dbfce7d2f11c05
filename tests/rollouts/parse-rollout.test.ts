import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

import { parseRollout } from "../../rollouts/parse-rollout.ts";
import { rolloutSchemaText } from "../../rollouts/rollout-schema.ts";

const WHOLE = `reason: agent 2 closes the index's lock
change: { machine: { image: "ghcr.io/acme/agent:2", env: { LOG_LEVEL: debug } } }
for: { plans: [standard], regions: [iad], owners: [ops@acme.example], labels: { tier: beta }, stacks: [prod] }
ownValues: replace
rings:
  - canary: [acme, beta]
  - 5%
  - 12.5%
  - rest
gates:
  checks: 1h
  probe: { path: /healthz, status: 204 }
  requests: { count: 50, maxErrors: 0.01, p95Ms: 800 }
  demo: true
halt: 2
atATime: 4
hold:
  - { tenant: gamma, until: 2027-01-31, reason: audit until January }
`;

/** The faults of a rollout that says this beside or instead of a sound one. */
function faults(text: string, name = "rollouts/agent-2.yaml"): string[] {
  const parsed = parseRollout(text, name);
  return parsed.ok ? [] : parsed.faults.map(({ line, column, path, code }) => `${line}:${column} ${path} ${code}`);
}
const SOUND = "change: { machine: { cpus: 2 } }\nrings: [5%, rest]\n";

describe("a rollout's file", () => {
  it("is read with every setting, and with defaults for what it leaves open", () => {
    const whole = parseRollout(WHOLE, "rollouts/agent-2.yaml");
    expect(whole).toMatchObject({ ok: true, value: { name: "agent-2", ownValues: "replace", halt: 2, atATime: 4 } });
    expect(whole.ok ? whole.value.change : []).toEqual([
      { path: ["machine", "image"], value: "ghcr.io/acme/agent:2" },
      { path: ["machine", "env", "LOG_LEVEL"], value: "debug" },
    ]);
    expect(parseRollout(SOUND, "rollouts/a.yaml")).toMatchObject({
      ok: true,
      value: { name: "a", ownValues: "leave", halt: 3, atATime: 1, gates: { checks: "10m" }, hold: [] },
    });
  });

  it.each([
    ["no change", "change: {}\nrings: [rest]\n", ["1:9 change missing"]],
    [
      "an unknown setting",
      "change: { machine: { imgae: a:2 } }\nrings: [rest]\n",
      ["1:22 change.machine.imgae unknown-key"],
    ],
    [
      "what moves data",
      "change: { storage: { backend: aws-s3 } }\nrings: [rest]\n",
      ["1:22 change.storage.backend combination"],
    ],
    [
      "a ring behind the rest",
      "change: { machine: { cpus: 2 } }\nrings: [rest, 5%]\n",
      ["2:9 rings[0] combination", "2:15 rings[1] combination"],
    ],
    [
      "a share that is no larger",
      "change: { machine: { cpus: 2 } }\nrings: [25%, 5%, rest]\n",
      ["2:14 rings[1] combination"],
    ],
    [
      "canaries that come late",
      "change: { machine: { cpus: 2 } }\nrings: [5%, { canary: [a] }, rest]\n",
      ["2:13 rings[1] combination"],
    ],
    ["a share of nothing", "change: { machine: { cpus: 2 } }\nrings: [0%, rest]\n", ["2:9 rings[0] format"]],
    [
      "a canary that is held",
      `${SOUND.replace("5%", "{ canary: [a] }")}hold: [{ tenant: a, until: 2027-01-31, reason: an audit }]\n`,
      ["3:18 hold[0].tenant combination"],
    ],
    [
      "a probe that is two",
      `${SOUND}gates: { probe: { path: /, command: [x] } }\n`,
      ["3:28 gates.probe.command combination"],
    ],
  ])("with %s is refused at its place", (_, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it("has a name that fits into a path and a table", () => {
    expect(faults(SOUND, "rollouts/Agent 2.yaml")).toEqual(["1:1  file"]);
  });

  it("is described for editors as the model is", () => {
    expect(readFileSync("rollouts/rollout.schema.json", "utf8")).toBe(rolloutSchemaText());
    expect(JSON.parse(rolloutSchemaText())).toMatchObject({
      required: ["change", "rings"],
      additionalProperties: false,
    });
  });
});
