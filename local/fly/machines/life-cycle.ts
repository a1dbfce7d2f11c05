/** The states in which a machine stays (Fly docs, "Machine states"). */
export type SettledState = "created" | "started" | "stopped" | "suspended" | "failed" | "destroyed";
/** The states it passes through. */
export type TransientState = "starting" | "stopping" | "restarting" | "suspending" | "replacing" | "destroying";
export type MachineState = SettledState | TransientState;

/** The settled states that something can be under way to. */
export type Aim = Exclude<SettledState, "failed">;

export type Command =
  | { readonly kind: "start" | "stop" | "suspend" | "restart" }
  /** A new config. `launch`: false leaves the machine down; only one that is started is started again. */
  | { readonly kind: "update"; readonly launch: boolean }
  | { readonly kind: "destroy"; readonly force: boolean };

/** What comes of a command: a move, nothing because it is so already, or a refusal. */
export type Verdict =
  | { readonly kind: "move"; readonly via: TransientState; readonly aim: Aim }
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly why: string };

export function isTransient(state: MachineState): state is TransientState {
  return ["starting", "stopping", "restarting", "suspending", "replacing", "destroying"].includes(state);
}

/** Whether there may be processes behind a machine in this state. */
export function isUp(state: MachineState): boolean {
  return state === "started" || (isTransient(state) && state !== "destroying");
}

/**
 * What a command means to a machine in `state`. Pure.
 * Fly refuses most commands in a transient state (412 failed_precondition); a stop may interrupt a start, and a forced
 * destroy may interrupt everything.
 */
export function decide(state: MachineState, command: Command): Verdict {
  if (state === "destroyed" || state === "destroying") {
    return command.kind === "destroy"
      ? { kind: "nothing" }
      : refused(`unable to ${command.kind} machine from current state: '${state}'`);
  }
  switch (command.kind) {
    case "start":
      return decideStart(state);
    case "stop":
      return decideStop(state);
    case "suspend":
      if (state === "suspended") return { kind: "nothing" };
      return state === "started" ? move("suspending", "suspended") : refused(cannot("suspend", state));
    case "restart":
      return state === "started" ? move("restarting", "started") : refused(cannot("restart", state));
    case "update":
      return decideUpdate(state, command.launch);
    case "destroy":
      return command.force || !isUp(state)
        ? move("destroying", "destroyed")
        : refused(`unable to destroy machine, not currently stopped (state '${state}'); use force to kill it`);
  }
}

/** What becomes of a machine whose move was cut off by the end of the cloud, processes and all. */
export function resumed(
  aim: Aim | undefined,
): { readonly kind: "settled"; readonly state: SettledState } | Extract<Verdict, { kind: "move" }> {
  switch (aim) {
    case "started":
      return { kind: "move", via: "starting", aim };
    case "destroyed":
      return { kind: "move", via: "destroying", aim };
    case "created":
      return { kind: "settled", state: "created" };
    // A snapshot of memory that was not finished is lost.
    default:
      return { kind: "settled", state: "stopped" };
  }
}

function decideStart(state: MachineState): Verdict {
  if (state === "started") return { kind: "nothing" };
  if (state === "stopping" || state === "suspending") return refused("machine still active, refusing to start");
  if (state === "replacing") return refused(cannot("start", state));
  if (isTransient(state)) return refused("machine still attempting to start");
  return move("starting", "started");
}

function decideStop(state: MachineState): Verdict {
  if (state === "stopped" || state === "stopping") return { kind: "nothing" };
  if (state === "created" || state === "failed") return refused(cannot("stop", state));
  if (state === "suspending" || state === "replacing") return refused(cannot("stop", state));
  return move("stopping", "stopped");
}

/** Fly's documents say that an update starts a machine. flyd does not: "machine was in a non-started state prior to the update". */
function decideUpdate(state: MachineState, launch: boolean): Verdict {
  if (isTransient(state)) return refused(cannot("update", state));
  if (state === "started" && launch) return move("replacing", "started");
  return move("replacing", state === "created" ? "created" : "stopped");
}

function move(via: TransientState, aim: Aim): Verdict {
  return { kind: "move", via, aim };
}

function refused(why: string): Verdict {
  return { kind: "refused", why };
}

function cannot(what: string, state: MachineState): string {
  return `unable to ${what} machine from current state: '${state}'`;
}
