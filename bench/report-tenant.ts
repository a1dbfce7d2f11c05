import type { Entry } from "../operations/history/entry.ts";
import type { RolloutRecord } from "../rollouts/record.ts";

const CUT = {
  at: "2026-11-19T04:00:00.000Z",
  bucket: "tnt-prod-amber",
  version: "v1",
  bytes: 1_500_000,
  database: { name: "tnt-prod-amber", dbId: "db-1", bytes: 20_000 },
  fencedMs: 40,
};

/** An invented tenant's past: two rollouts, a run that failed, a snapshot and what was restored from it. Others play a part in it. */
export function inventedPast(id: string): {
  readonly records: readonly RolloutRecord[];
  readonly history: readonly Entry[];
} {
  const entry = (line: number, said: Partial<Entry> & Pick<Entry, "kind" | "time">): Entry => ({
    line,
    previous: null,
    stack: "prod",
    run: "6f1c1c0a-6c3b-4a0e-9a53-0f6a4c1d2e3f",
    actor: "octocat",
    from: "https://github.com/acme/fleet/actions/runs/1",
    tenant: id,
    ...said,
  });
  const commit = { sha: "0123456789abcdef0123456789abcdef01234567", isClean: true };
  const error = "FLY_TAKEN_BACK: its check http is critical";
  return {
    records: [
      record("agent-2", "2026-11-20T10:00:00.000Z", "5%", {
        [id]: { before: [], failed: "its check http is critical" },
      }),
      record("agent-1", "2026-11-01T10:00:00.000Z", "canary", { [id]: { before: [] } }, "2026-11-02T10:00:00.000Z"),
    ],
    history: [
      entry(1, { kind: "tenant", time: "2026-11-01T10:05:00.000Z", changes: { create: 9 }, result: "ok", commit }),
      entry(2, { kind: "tenant", time: "2026-11-01T10:05:01.000Z", tenant: "birch-bakery", changes: { create: 9 } }),
      entry(3, { kind: "snapshot", time: "2026-11-19T04:00:00.000Z", cut: CUT }),
      entry(4, {
        kind: "tenant",
        time: "2026-11-20T10:05:00.000Z",
        changes: { update: 1 },
        result: "failed",
        errors: [error],
        commit: { ...commit, isClean: false },
      }),
      entry(5, { kind: "restored", time: "2026-11-22T04:00:00.000Z", cut: CUT, actor: "ada@acme.example" }),
    ],
  };
}

function record(
  rollout: string,
  begun: string,
  name: string,
  tenants: RolloutRecord["rings"][number]["tenants"],
  passed?: string,
): RolloutRecord {
  const isThrough = passed === undefined ? {} : { passed };
  const found = passed === undefined ? [] : ["checks: 1 hold"];
  return {
    rollout,
    stack: "prod",
    begun,
    change: [{ path: ["machine", "image"], value: rollout }],
    halt: 3,
    atATime: 1,
    rings: [{ name, begun, found, tenants, ...isThrough }],
    ...(passed === undefined ? {} : { finished: passed }),
  };
}
