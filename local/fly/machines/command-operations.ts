import { constants } from "node:os";

import * as z from "zod";

import { type FlyOperation, json } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { failedPrecondition, invalidArgument, Refusal } from "../refusal.ts";
import { withoutNulls } from "../without-nulls.ts";
import { anySignal, stopSignal } from "./config.ts";
import { machineAskedFor, machineToChange } from "./find-machine.ts";
import type { MachineRecord } from "./record.ts";
import { requestedStop } from "./stop-order.ts";
import { waitFor } from "./wait.ts";
import { wordsOf } from "./words.ts";

const stopSchema = z.preprocess(
  withoutNulls,
  z.object({ signal: stopSignal.optional(), timeout: z.union([z.string(), z.int()]).optional() }),
);
/** flyctl sends the number (`fly machine kill`), the OpenAPI file has the name. */
const signalSchema = z.object({
  signal: z.preprocess((signal) => (typeof signal === "number" ? signalOf(signal) : signal), anySignal),
});
const execSchema = z.preprocess(
  withoutNulls,
  z.object({
    cmd: z.string().optional(),
    command: z.array(z.string()).optional(),
    stdin: z.string().optional(),
    timeout: z.int().optional(),
  }),
);

function signalOf(number: number): string | undefined {
  return Object.entries<number>(constants.signals).find(([, each]) => each === number)?.[0];
}

/** Seconds: Fly's default and its most. */
const LONGEST_WAIT = 60;
const DEFAULT_EXEC_SECONDS = 30;

/** What one can tell a machine to do. */
export function commandOperations(platform: Platform): FlyOperation[] {
  const { motion, switches } = platform;
  return [
    {
      name: "POST /v1/apps/{app}/machines/{machine}/start",
      service: "flaps",
      handle(call) {
        const machine = machineToChange(platform, call);
        motion.command(machine, { kind: "start" });
        return json({ previous_state: machine.state, migrated: false, new_host: "" });
      },
    },
    {
      name: "POST /v1/apps/{app}/machines/{machine}/stop",
      service: "flaps",
      async handle(call) {
        const order = await call.body(stopSchema);
        motion.command(
          machineToChange(platform, call),
          { kind: "stop" },
          {},
          requestedStop(order.signal, order.timeout),
        );
        return json({ ok: true });
      },
    },
    {
      name: "POST /v1/apps/{app}/machines/{machine}/restart",
      service: "flaps",
      handle(call) {
        const signal = stopSignal.optional().safeParse(call.query("signal"));
        if (!signal.success) throw invalidArgument("signal is not supported");
        const order = requestedStop(signal.data, call.query("timeout"));
        motion.command(machineToChange(platform, call), { kind: "restart" }, {}, order);
        return json({ ok: true });
      },
    },
    {
      name: "POST /v1/apps/{app}/machines/{machine}/suspend",
      service: "flaps",
      handle(call) {
        const machine = machineToChange(platform, call);
        suspendable(machine);
        motion.command(machine, { kind: "suspend" });
        return json({ ok: true });
      },
    },
    {
      name: "POST /v1/apps/{app}/machines/{machine}/signal",
      service: "flaps",
      async handle(call) {
        const { signal } = await call.body(signalSchema);
        const machine = machineToChange(platform, call);
        if (machine.state !== "started") throw failedPrecondition("machine is not started");
        await motion.runner.signal(machine.id, signal);
        return json({ ok: true });
      },
    },
    ...(["cordon", "uncordon"] as const).map((name): FlyOperation => ({
      name: `POST /v1/apps/{app}/machines/{machine}/${name}`,
      service: "flaps",
      handle(call) {
        motion.amend({ ...machineToChange(platform, call), cordoned: name === "cordon" });
        return json({ ok: true });
      },
    })),
    {
      name: "POST /v1/apps/{app}/machines/{machine}/exec",
      service: "flaps",
      async handle(call) {
        const request = await call.body(execSchema);
        const machine = machineToChange(platform, call);
        if (motion.runner.exec === undefined) {
          throw new Refusal(501, "unimplemented: machines of the embedded cloud are records, nothing runs in them");
        }
        if (machine.state !== "started") throw failedPrecondition("machine is not started");
        const order = { command: request.command ?? wordsOf(request.cmd ?? ""), stdin: request.stdin };
        const timeoutMs = (request.timeout ?? DEFAULT_EXEC_SECONDS) * 1000;
        const { exitCode, stdout, stderr } = await motion.runner.exec(machine.id, { ...order, timeoutMs });
        return json({ exit_code: exitCode, exit_signal: 0, stdout, stderr });
      },
    },
    {
      name: "DELETE /v1/apps/{app}/machines/{machine}",
      service: "flaps",
      handle(call) {
        // The OpenAPI file calls it `force`, fly-go `kill`.
        const force = call.query("force") === "true" || call.query("kill") === "true";
        motion.command(machineToChange(platform, call), { kind: "destroy", force });
        return json({ ok: true });
      },
    },
    {
      name: "GET /v1/apps/{app}/machines/{machine}/wait",
      service: "flaps",
      async handle(call) {
        const asked = call.queryAll("state").flatMap((each) => each.split(","));
        const states = asked.length === 0 ? ["started"] : asked;
        const version = call.query("instance_id") ?? call.query("version");
        const seconds = Number(call.query("timeout") ?? LONGEST_WAIT);
        if (!(seconds >= 1 && seconds <= LONGEST_WAIT)) throw invalidArgument("timeout must be 1 to 60 seconds");
        const unknown = states.find((state) => !WAITED.includes(state));
        if (unknown !== undefined) throw invalidArgument(`unknown state '${unknown}'`);
        if (states.includes("stopped") && version === undefined && switches.read("waitStoppedNeedsVersion"))
          throw invalidArgument("instance_id is required for stopped");
        const wish = { states, version };
        const machine = await waitFor(platform, machineAskedFor(platform, call), wish, seconds * 1000, call.signal);
        return json({
          ok: true,
          state: machine.state,
          version: machine.instanceId,
          event_id: machine.events[0]?.id ?? "",
        });
      },
    },
  ];
}

const WAITED = ["started", "stopped", "suspended", "destroyed", "failed", "settled"];

/** MB of memory beyond which Fly does not suspend (Fly docs, "Machine suspend and resume"). */
const MOST_SUSPENDED = 2048;

function suspendable({ config }: MachineRecord): void {
  if ((config.guest?.memory_mb ?? 0) > MOST_SUSPENDED)
    throw failedPrecondition("machine has too much memory to suspend");
  if ((config.init?.swap_size_mb ?? 0) > 0) throw failedPrecondition("machine with swap can't be suspended");
  if (config.schedule !== undefined) throw failedPrecondition("machine with a schedule can't be suspended");
}
