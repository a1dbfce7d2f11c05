import { appOf } from "./apps.ts";
import { machineOf } from "./machines/find-machine.ts";
import { type Call, empty, type FlyOperation, json } from "./operation.ts";
import { inOrderOfTime } from "./machines/processes/machine-logs.ts";
import type { Platform } from "./platform.ts";
import { AUTOSTOP, autostopSchema } from "./proxy.ts";
import { failedPrecondition, Refusal } from "./refusal.ts";
import { partsOf } from "./tables.ts";

const LINES = 100;

/** What only the embedded Fly has, of machines that run: the addresses of apps, and logs without NATS. They want a token for the organisation. */
export function runningOperations(platform: Platform): FlyOperation[] {
  const { tables } = platform;
  const common = { service: "platform", mutating: false, limit: "none" } as const;
  return [
    {
      ...common,
      name: "GET /_embedded/apps",
      handle() {
        const urls = tables.apps.entries().flatMap(([name, app]) => {
          const url = platform.running?.proxy?.url(app);
          return url === undefined ? [] : [[name, { url }] as const];
        });
        return json(Object.fromEntries(urls));
      },
    },
    {
      ...common,
      name: "GET /_embedded/apps/{app}/logs",
      handle: (call) =>
        new Response(logLines(platform, call), { headers: { "content-type": "text/plain; charset=utf-8" } }),
    },
    {
      ...common,
      name: "GET /_embedded/apps/{app}/machines/{machine}/entrance",
      handle(call) {
        // It tells the app's secrets, which no token but the organization's own may see.
        if (call.access.kind !== "organization")
          throw new Refusal(403, "only the organization's own token may do this");
        const { runner } = platform.motion;
        if (runner.entrance === undefined) throw new Refusal(501, "machines are records here: nothing runs in them");
        const found = runner.entrance(machineOf(platform, call).id);
        if (found === undefined) throw failedPrecondition("machine is not started");
        return json(found);
      },
    },
    {
      ...common,
      name: "PUT /_embedded/autostop",
      async handle(call) {
        tables.settings.put(AUTOSTOP, await call.body(autostopSchema));
        return empty(204);
      },
    },
  ];
}

/** The last `lines` of all machines of the app, in the order of time; with `follow=true` also what comes, until the caller leaves. */
function logLines(platform: Platform, call: Call): ReadableStream<Uint8Array> {
  const { tables, running } = platform;
  if (running === undefined) throw new Refusal(501, "machines are records by choice here: there are no logs");
  const { logs } = running;
  const ids = partsOf(tables.machines, appOf(platform, call, "platform")).map(({ id }) => id);
  const count = Number(call.query("lines") ?? LINES);
  const marked = (id: string, line: string) => line.replace(" ", ` ${id} `);
  const past = ids.map((id) => logs.last(id, count).map((line) => marked(id, line)));
  const bytes = (line: string) => new TextEncoder().encode(`${line}\n`);
  let leave = () => {};
  return new ReadableStream({
    start(controller) {
      for (const line of inOrderOfTime(past).slice(-count)) controller.enqueue(bytes(line));
      if (call.query("follow") !== "true") {
        controller.close();
        return;
      }
      const listening = ids.map((id) => logs.follow(id, (line) => controller.enqueue(bytes(marked(id, line)))));
      leave = () => listening.forEach((stop) => stop());
    },
    cancel: () => leave(),
  });
}
