import { setTimeout as sleep } from "node:timers/promises";

import type { Keys } from "../keys.ts";
import { failedPrecondition } from "../refusal.ts";
import type { Tables } from "../tables.ts";
import { exitRequest, type MachineEvent, recorded } from "./events.ts";
import { launchOf } from "./launch.ts";
import { type Aim, type Command, decide, isTransient, isUp, resumed, type TransientState } from "./life-cycle.ts";
import { releaseVolumes } from "./mounts.ts";
import { type OpenQuestions, refusedAllTheSame } from "./open-questions.ts";
import type { MachineRecord } from "./record.ts";
import { afterExit } from "./restart-policy.ts";
import type { Exit, MachineReports, MachineRunner, RunnerFactory, StopOrder } from "./runner.ts";
import { defaultStop, stopOrderOf } from "./stop-order.ts";
import { type Watcher, Watchers } from "./watchers.ts";

/** What an update brings. */
export type Change = Partial<Pick<MachineRecord, "config" | "secrets" | "instanceId" | "lease">>;

interface Parts {
  readonly tables: Tables;
  readonly keys: Keys;
  readonly clock: () => Date;
  readonly runner: RunnerFactory;
  readonly open: OpenQuestions;
  log(line: string): void;
}

type NewEvent = Omit<MachineEvent, "id" | "timestamp">;

/**
 * Moves machines from state to state: writes where a machine is heading, has the runner do the work in the background, and
 * writes the outcome, unless another move has come in between.
 */
export class Motion {
  /** To send a signal to a machine, or to run a command in it. */
  readonly runner: MachineRunner;
  readonly #parts: Parts;
  readonly #watchers = new Watchers();
  readonly #work = new Set<Promise<void>>();
  /** A runner's reports name the machine only. */
  readonly #keys: Map<string, string>;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#keys = new Map(parts.tables.machines.entries().map(([key, machine]) => [machine.id, key]));
    const reports: MachineReports = {
      exited: (machine, instanceId, exit) => this.#exited(machine, instanceId, exit),
      checked: (machine, instanceId, check, result) => this.#checked(machine, instanceId, check, result),
    };
    this.runner = parts.runner(reports);
  }

  /** Takes a new machine in and boots it, unless `launch` is false. */
  admit(machine: MachineRecord, launch: boolean): void {
    if (launch) this.#move(machine, machine, "starting", "started", defaultStop);
    else this.amend(machine);
  }

  /**
   * Gives a machine a command, together with `change`. Returns the record immediately, usually in a transient state. Throws a
   * 412 when the command is not allowed in the machine's state.
   */
  command(machine: MachineRecord, command: Command, change: Change = {}, stop: Partial<StopOrder> = {}): MachineRecord {
    const { open, clock } = this.#parts;
    const verdict = decide(machine.state, command);
    const refusal = verdict.kind === "refused" ? verdict.why : refusedAllTheSame(machine, command, open, clock());
    if (refusal !== undefined) throw failedPrecondition(refusal);
    if (verdict.kind !== "move") return machine;
    const { via } = verdict;
    const aim = command.kind === "update" && open.read("updateEndsStopped") ? downAim(verdict.aim) : verdict.aim;
    const event: NewEvent = { type: command.kind, status: via, source: "user" };
    const changed = { ...machine, ...change, checks: {}, events: this.#recorded(machine, event) };
    return this.#move(changed, machine, via, aim, { ...stopOrderOf(machine.config), ...stop });
  }

  /** Writes a record in which something has changed that does not concern the state. */
  amend(machine: MachineRecord): MachineRecord {
    const key = `${machine.app}/${machine.id}`;
    this.#parts.tables.machines.put(key, machine);
    this.#keys.set(machine.id, key);
    this.#watchers.tell(machine.id, machine);
    return machine;
  }

  /** Ends what runs of machines whose records are gone. */
  async abandon(machines: readonly MachineRecord[]): Promise<void> {
    const end = async ({ id, state }: MachineRecord) => {
      this.#keys.delete(id);
      if (isUp(state)) await this.runner.stop(id, KILL);
      await this.runner.discard(id);
      this.#watchers.tell(id, undefined);
    };
    await Promise.all(machines.map(end));
  }

  /** Goes on where the cloud ended: settles what was under way, and starts again what was up. */
  resume(): void {
    for (const [, machine] of this.#parts.tables.machines.entries()) {
      if (machine.state === "started") this.#inBackground(machine, () => this.#start(machine));
      if (!isTransient(machine.state)) continue;
      const next = resumed(machine.aim);
      if (next.kind === "settled") this.amend({ ...machine, aim: undefined, state: next.state });
      else this.#move(machine, { ...machine, state: "stopped" }, next.via, next.aim, defaultStop);
    }
  }

  /** Answers how to stop watching. */
  watch(machine: string, watcher: Watcher): () => void {
    return this.#watchers.add(machine, watcher);
  }

  /** Resolves when nothing is under way any more. */
  async quiet(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watchers.dismiss();
    await this.runner.close();
    await this.quiet();
  }

  #move(machine: MachineRecord, before: MachineRecord, via: TransientState, aim: Aim, stop: StopOrder): MachineRecord {
    const updatedAt = this.#parts.clock().toISOString();
    const moved = this.amend({ ...machine, state: via, aim, move: before.move + 1, updatedAt });
    this.#inBackground(moved, async () => this.#settle(moved, aim, await this.#perform(moved, before, via, aim, stop)));
    return moved;
  }

  /** Runs `task` after the present call, so that nothing starts inside a transaction that may not come to pass. */
  #inBackground(machine: MachineRecord, task: () => Promise<void>): void {
    const done = Promise.resolve()
      .then(task)
      .catch((error: unknown) => this.#fail(machine, error))
      .finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  async #perform(
    machine: MachineRecord,
    before: MachineRecord,
    via: TransientState,
    aim: Aim,
    stop: StopOrder,
  ): Promise<NewEvent> {
    const { runner } = this;
    const wasUp = isUp(before.state) || before.state === "suspended";
    switch (via) {
      case "starting":
      case "restarting":
      case "replacing":
        if (wasUp && via !== "starting") await runner.stop(machine.id, stop);
        if (machine.instanceId !== before.instanceId) await runner.discard(machine.id);
        if (aim !== "started") return { type: "update", status: aim, source: "flyd" };
        await this.#start(machine);
        return { type: "start", status: "started", source: "flyd" };
      case "stopping":
        return this.#exitEvent(machine, await runner.stop(machine.id, stop), true);
      case "suspending":
        await runner.suspend(machine.id);
        return { type: "suspend", status: "suspended", source: "flyd" };
      case "destroying":
        if (wasUp) await runner.stop(machine.id, KILL);
        await runner.discard(machine.id);
        return { type: "destroy", status: "destroyed", source: "flyd" };
    }
  }

  async #start(machine: MachineRecord): Promise<void> {
    // It may have been stopped or destroyed while its move was waiting for the runner.
    if (this.#stillIn(machine) === undefined) return;
    const bootMs = this.#parts.open.read("bootTakesMs");
    if (bootMs > 0) await sleep(bootMs, undefined, { ref: false });
    if (this.#stillIn(machine) === undefined) return;
    const app = this.#parts.tables.apps.get(machine.appName);
    if (app?.id === machine.app) await this.runner.start(launchOf(app, machine, this.#parts.keys));
  }

  #settle(move: MachineRecord, aim: Aim, event: NewEvent): void {
    const machine = this.#stillIn(move);
    if (machine === undefined) return;
    const updatedAt = this.#parts.clock().toISOString();
    if (aim === "destroyed") releaseVolumes(this.#parts.tables, machine);
    this.amend({ ...machine, state: aim, aim: undefined, events: this.#recorded(machine, event), updatedAt });
  }

  #fail(move: MachineRecord, error: unknown): void {
    this.#parts.log(`machine ${move.id}: ${move.state}: ${error instanceof Error ? error.message : "failed"}`);
    const machine = this.#stillIn(move);
    if (machine === undefined) return;
    const events = this.#recorded(machine, { type: "exit", status: "failed", source: "flyd" });
    this.amend({ ...machine, state: "failed", aim: undefined, events });
  }

  /** The machine as it is now; undefined when it is gone or has made another move since. */
  #stillIn(move: MachineRecord): MachineRecord | undefined {
    const machine = this.#isStopped ? undefined : this.#find(move.id);
    return machine?.move === move.move ? machine : undefined;
  }

  #exited(id: string, instanceId: string, exit: Exit): void {
    const found = this.#current(id, instanceId);
    if (found?.state !== "started") return;
    const { clock } = this.#parts;
    const machine = { ...found, checks: {}, events: this.#recorded(found, this.#exitEvent(found, exit, false)) };
    const down = { ...found, state: "stopped" } as const;
    switch (afterExit(machine.config, exit, machine.restarts, clock())) {
      case "stop":
        this.amend({ ...machine, state: "stopped", updatedAt: clock().toISOString() });
        return;
      case "restart": {
        const restarts = [...machine.restarts, clock().getTime()].slice(-REMEMBERED_RESTARTS);
        this.#move({ ...machine, restarts }, down, "starting", "started", defaultStop);
        return;
      }
      case "destroy":
        this.#move(machine, down, "destroying", "destroyed", defaultStop);
    }
  }

  #checked(id: string, instanceId: string, check: string, result: Parameters<MachineReports["checked"]>[3]): void {
    const machine = this.#current(id, instanceId);
    const known = machine?.checks[check];
    if (machine === undefined || (known?.status === result.status && known.output === result.output)) return;
    const updatedAt = this.#parts.clock().toISOString();
    this.amend({ ...machine, checks: { ...machine.checks, [check]: { ...result, updatedAt } } });
  }

  /** The machine that a report is about, unless the report comes too late. */
  #current(id: string, instanceId: string): MachineRecord | undefined {
    const machine = this.#isStopped ? undefined : this.#find(id);
    return machine?.instanceId === instanceId && machine.state !== "destroyed" ? machine : undefined;
  }

  #find(id: string): MachineRecord | undefined {
    const key = this.#keys.get(id);
    return key === undefined ? undefined : this.#parts.tables.machines.get(key);
  }

  #recorded(machine: MachineRecord, event: NewEvent): MachineEvent[] {
    return recorded(machine.events, event, this.#parts.clock());
  }

  #exitEvent({ restarts }: MachineRecord, exit: Exit, isRequested: boolean): NewEvent {
    const request = exitRequest(exit, isRequested, this.#parts.clock(), restarts.length);
    return { type: "exit", status: "stopped", source: "flyd", request };
  }
}

/** Where a machine ends that is not started again. */
function downAim(aim: Aim): Aim {
  return aim === "started" ? "stopped" : aim;
}

const KILL: StopOrder = { signal: "SIGKILL", timeoutMs: 0 };

/** More than any restart policy looks at. */
const REMEMBERED_RESTARTS = 100;
