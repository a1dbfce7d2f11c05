import { basename } from "node:path";

import { type FileFault, inReadingOrder } from "../tenants/fault.ts";
import type { Problem } from "../tenants/model/problem.ts";
import type { Plan } from "../tenants/model/tenant-file.ts";
import type { Parsed } from "../tenants/parsed.ts";
import { explain } from "../tenants/yaml/explain.ts";
import { knownKeysOf } from "../tenants/yaml/known-keys.ts";
import { placed } from "../tenants/yaml/placed.ts";
import { readYaml } from "../tenants/yaml/yaml-text.ts";
import { changedSettings } from "./change.ts";
import { type Rollout, resolveRollout } from "./rollout.ts";
import { type Ring, ROLLOUT_NAME, rolloutFile, type RolloutFile } from "./rollout-file.ts";

const KEYS = knownKeysOf(rolloutFile);
const SMALLEST = "{ change: { machine: { image: app:2 } }, rings: [5%, rest] }";

/** Reads one rollout file: all its faults, or the rollout. The file's name without `.yaml` is the rollout's. Pure, never throws. */
export function parseRollout(text: string, fileName: string): Parsed<Rollout> {
  const name = basename(fileName).replace(/\.yaml$/, "");
  const yaml = readYaml(text, fileName, SMALLEST);
  const named = ROLLOUT_NAME.test(name) ? [] : [nameFault(fileName)];
  if (yaml.value === undefined) return { ok: false, faults: [...named, ...yaml.faults] };
  const checked = rolloutFile.safeParse(yaml.value);
  const problems = checked.success ? problemsOf(checked.data) : explain(checked.error.issues, yaml.value, KEYS);
  const faults = [...named, ...yaml.faults, ...problems.map((problem) => placed(problem, yaml, fileName))];
  if (!checked.success || faults.length > 0) return { ok: false, faults: inReadingOrder(faults) };
  return { ok: true, value: resolveRollout(name, checked.data) };
}

function nameFault(file: string): FileFault {
  const message = "the file's name is the rollout's: expected up to 60 of a-z, 0-9, dots and single dashes";
  return { file, line: 1, column: 1, path: "", code: "file", message };
}

function problemsOf(file: RolloutFile): Problem[] {
  return [...changeProblems(file.change), ...ringProblems(file.rings), ...holdProblems(file), ...probeProblems(file)];
}

/** What makes something new and empty, or moves it: `rollout back` could not bring back what it held. */
const NEVER: readonly (readonly string[])[] = [
  ["region"],
  ["storage", "backend"],
  ["storage", "awsRegion"],
  ["database", "engine"],
  ["database", "location"],
  ["machine", "region"],
];

function changeProblems(change: Plan): Problem[] {
  const settings = changedSettings(change);
  if (settings.length === 0) {
    return [{ path: ["change"], code: "missing", message: "expected at least one setting that changes" }];
  }
  const moving = NEVER.filter((path) => settings.some((each) => each.path.join(".") === path.join(".")));
  return moving.map((path) => ({
    path: ["change", ...path],
    atKey: true,
    code: "combination",
    message: "it creates new, empty storage or moves the machine, and no rollout can restore what was there",
    hint: "change it tenant by tenant, in the tenants' own files",
  }));
}

function ringProblems(rings: readonly Ring[]): Problem[] {
  const problem = (index: number, message: string): Problem => ({
    path: ["rings", index],
    code: "combination",
    message,
  });
  const shares = rings.flatMap((ring, index) =>
    typeof ring === "string" && ring !== "rest" ? [{ index, percent: Number(ring.slice(0, -1)) }] : [],
  );
  return [
    ...rings.flatMap((ring, index) =>
      typeof ring === "object" && index > 0 ? [problem(index, "expected the canaries as the first ring")] : [],
    ),
    ...rings.flatMap((ring, index) =>
      (ring === "rest") === (index === rings.length - 1) ? [] : [problem(index, restExpected(ring))],
    ),
    ...shares.flatMap(({ index, percent }, place) =>
      place > 0 && percent <= (shares[place - 1]?.percent ?? 0)
        ? [problem(index, "expected a larger share than the ring before: the rings before are counted in")]
        : [],
    ),
  ];
}

function restExpected(ring: Ring): string {
  return ring === "rest" ? "expected `rest` as the last ring" : "expected `rest` behind it, as the last ring";
}

function holdProblems({ hold = [], rings }: RolloutFile): Problem[] {
  const canaries = rings.flatMap((ring) => (typeof ring === "object" ? ring.canary : []));
  return hold.flatMap(({ tenant }, index): Problem[] => {
    const path = ["hold", index, "tenant"] as const;
    if (hold.findIndex((each) => each.tenant === tenant) !== index)
      return [{ path, code: "combination", message: "expected each tenant once" }];
    return canaries.includes(tenant)
      ? [{ path, or: [["rings"]], code: "combination", message: `${tenant} is a canary, and held` }]
      : [];
  });
}

function probeProblems({ gates: { probe } = {} }: RolloutFile): Problem[] {
  if (probe?.command === undefined || (probe.path === undefined && probe.status === undefined)) return [];
  return [
    {
      path: ["gates", "probe", "command"],
      atKey: true,
      code: "combination",
      message: "expected a request (path, status) or a command, not both",
    },
  ];
}
