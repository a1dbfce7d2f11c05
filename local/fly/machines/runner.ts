import type { CheckResult } from "./checks.ts";
import type { MachineConfig, Signal } from "./config.ts";

/**
 * The seam between what the API knows of machines and what really runs.
 *
 * The API keeps the records, decides which command is allowed in which state, and applies the restart policy. A runner only
 * executes commands, one machine at a time, and reports spontaneous events. The present one (`record-runner.ts`) has nothing
 * running; one with real processes takes its place without a change to anything else.
 *
 * Calls for one machine do not overlap, with one exception: `stop` and `discard` may come at any time, and must also end a
 * `start` that is still under way: a machine must not come up after it has been stopped. A rejected promise means the command failed: the machine then becomes `failed`, and the error's
 * message goes to the cloud's log, so it must hold no secret.
 */
export interface MachineRunner {
  /**
   * Boots the machine, or wakes it if it was suspended and the runner still has its memory. Resolves when its main process
   * runs: `started` at Fly means just that, not that the app answers. It is also called for every machine that was up when
   * the cloud ended, since no process outlives the cloud.
   */
  start(launch: Launch): Promise<void>;
  /**
   * Sends `signal` to the main process only, and after `timeoutMs` kills what is left. Resolves when nothing of the machine
   * runs any more. For a machine that is not running it resolves at once. The exit is not reported a second time.
   */
  stop(machine: string, how: StopOrder): Promise<Exit>;
  /** Freezes the machine with its memory. No signal is sent. */
  suspend(machine: string): Promise<void>;
  /** Sends a signal to the main process and returns. */
  signal(machine: string, signal: Signal): Promise<void>;
  /** Runs a command beside the main process. Absent when the runner has no processes: the API then answers 501. */
  exec?(machine: string, order: ExecOrder): Promise<ExecResult>;
  /** How somebody on this host enters the machine. Absent when the runner has no processes; undefined: it is not up. */
  entrance?(machine: string): Entrance | undefined;
  /**
   * Removes everything the machine leaves behind: root file system, frozen memory. Called before the start that follows an
   * update and when the machine is destroyed; kills what still runs.
   */
  discard(machine: string): Promise<void>;
  /** Ends every machine's processes; the cloud stops. */
  close(): Promise<void>;
}

/** Makes a runner that reports to the API. */
export type RunnerFactory = (reports: MachineReports) => MachineRunner;

/** Everything a machine needs to run. */
export interface Launch {
  readonly machine: {
    readonly id: string;
    readonly name: string;
    readonly region: string;
    /** Also FLY_MACHINE_VERSION inside the machine; every report carries it back. */
    readonly instanceId: string;
    readonly privateIp: string;
  };
  readonly app: {
    readonly id: string;
    readonly name: string;
    readonly organization: string;
    /** Machines of apps on different networks must not reach each other. */
    readonly network: string;
  };
  /** As read back from the API; `services[].autostop` is therefore a boolean or "suspend". Mounts name volumes by id. */
  readonly config: MachineConfig;
  /**
   * The app's secrets as environment variables, at the version of the machine's creation or last update: a restart brings no
   * newer ones. Empty with `skip_secrets`. Never in a log, in argv or on disk in clear.
   */
  readonly secrets: ReadonlyMap<string, string>;
}

export interface StopOrder {
  readonly signal: Signal;
  readonly timeoutMs: number;
}

/** What to start, with which environment, so that a command of one's own runs beside the main process. */
export interface Entrance {
  /** The command's words follow these. No word is secret. */
  readonly command: readonly string[];
  /** Exactly this. Holds the app's secrets. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a main process ended. */
export interface Exit {
  /** The exit code; undefined when a signal ended it. */
  readonly code?: number;
  /** The number of the signal that ended it. */
  readonly signal?: number;
  readonly outOfMemory: boolean;
}

export interface ExecOrder {
  readonly command: readonly string[];
  readonly stdin: string | undefined;
  readonly timeoutMs: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a runner tells by itself. Reports about a machine or version that is no longer current are ignored. */
export interface MachineReports {
  /** The main process ended without having been told to. The restart policy decides what comes next. */
  exited(machine: string, instanceId: string, exit: Exit): void;
  /** A check has a result. `check` is the name under which the API lists it (`checks.ts`). */
  checked(machine: string, instanceId: string, check: string, result: Omit<CheckResult, "updatedAt">): void;
}
