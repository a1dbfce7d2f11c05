import { setTimeout as sleep } from "node:timers/promises";

import * as z from "zod";

import { appPath, flyApi } from "../../provider/fly/api.ts";
import { execCalls, type ExecCommand, type ExecOutcome } from "../../provider/fly/exec-calls.ts";
import type { MachineAddress } from "../../provider/fly/machine-calls.ts";
import { flyRateLimits } from "../../provider/fly/rate-limits.ts";
import { vendorHttp } from "../../provider/http/vendor-http.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";

const eventAnswer = z.object({
  type: z.string(),
  /** Who did it: `user` is somebody who called the API; Fly's own agents are not. */
  source: z.string().nullish(),
  timestamp: z.number(),
  request: z
    .object({
      exit_event: z
        .object({ requested_stop: z.boolean(), oom_killed: z.boolean(), exit_code: z.number() })
        .partial()
        .optional(),
    })
    .nullish(),
});
const machineAnswer = z.object({
  id: z.string(),
  state: z.string(),
  region: z.string(),
  events: z.array(eventAnswer).nullish(),
  checks: z.array(z.object({ name: z.string(), status: z.string(), output: z.string().nullish() })).nullish(),
});
/** A machine as Fly knows it right now. */
export type LiveMachine = z.infer<typeof machineAnswer>;

/** What the verbs about running machines ask Fly. */
export interface LiveMachines {
  /** Undefined when it does not exist. */
  find(at: MachineAddress, tenant: string): Promise<LiveMachine | undefined>;
  /** Starts it and waits, for a minute at most. False: it is not up. Throws FLY_REFUSED or VENDOR_UNREACHABLE. */
  start(at: MachineAddress, tenant: string): Promise<boolean>;
  /** Runs a command beside the app, as root. Undefined where nothing runs in the machine. Throws FLY_REFUSED or VENDOR_UNREACHABLE. */
  exec(at: MachineAddress, tenant: string, order: ExecCommand): Promise<ExecOutcome | undefined>;
}

const MACHINE = "/v1/apps/{app}/machines/{machine}";
const WAKE_MS = 60_000;
/** Fly admits one read a second of a machine. */
const LOOK_MS = 1000;

export function liveMachines({ settings, home }: StackContext): LiveMachines {
  const { endpoint, token } = accountsOf(settings, home, process.env).fly;
  const limits = flyRateLimits();
  const api = flyApi(
    vendorHttp({
      vendor: "Fly",
      baseUrl: endpoint.replace(/\/$/, ""),
      headers: { authorization: `Bearer ${token}` },
      requestIdHeader: "fly-request-id",
      admit: (call) => limits.admit(call),
    }),
  );
  const { exec } = execCalls(api);
  const target = ({ app, machine }: MachineAddress, ...rest: string[]) => ({
    path: appPath(app, "machines", machine, ...rest),
    resource: `machine ${app}/${machine}`,
  });
  return {
    find: (at, tenant) =>
      api.find({ operation: `GET ${MACHINE}`, method: "GET", tenant, ...target(at) }, machineAnswer),
    async start(at, tenant) {
      await api.tell({
        operation: `POST ${MACHINE}/start`,
        method: "POST",
        idempotent: true,
        tenant,
        ...target(at, "start"),
      });
      const deadline = Date.now() + WAKE_MS;
      while (Date.now() < deadline) {
        const found = await api.find(
          { operation: `GET ${MACHINE}`, method: "GET", tenant, ...target(at) },
          machineAnswer,
        );
        if (found?.state === "started") return true;
        if (found === undefined || ["failed", "destroyed"].includes(found.state)) return false;
        await sleep(LOOK_MS);
      }
      return false;
    },
    exec: (at, tenant, order) => exec(at, order, { tenant }),
  };
}
