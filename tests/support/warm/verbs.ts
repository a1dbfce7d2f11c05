import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

import { type Ran, run } from "../ran.ts";
import type { GIVEN_BACK, Order } from "./host.ts";

const TENANTRY = join(import.meta.dirname, "../../../cli/tenantry");

declare global {
  /** The processes that run verbs, by what Node was told when it started. They serve all test files of one of jest's workers. */
  var warmHosts: Map<string, Host> | undefined;
}

interface Host {
  readonly process: ChildProcess;
  isBusy: boolean;
  /** How many orders it has carried out. */
  served: number;
}

/**
 * Verbs that only read, write, call and start `pulumi`. The others give their standard input and output to programs that they
 * start, go on until they are told to end, or work on several stacks at a time.
 */
const WARM: ReadonlySet<string> = new Set([
  ...["up", "plan", "drift", "rotate", "drop", "destroy", "suspend", "resume", "offboard", "new", "validate"],
  ...["list", "show", "status", "history", "export", "import", "verify", "cost", "snapshot", "restore", "rollout"],
  ...["access", "emit", "env", "report", "schema", "fleet matrix"],
  // What keeps a mount gets neither input nor output of the verb, which `--foreground` alone has stay.
  ...["mount", "unmount", "pull", "push"],
]);

/** Then a new one takes its place, for it keeps what it has loaded. */
const MOST_ORDERS = 200;

/**
 * Runs a verb, or `pulumi`, in a process that has loaded all of it before, with the provider in it and the program beside it:
 * most of a verb's processor time is the start of its processes. Each has its folder, environment, output, exit code and
 * provider to itself, and `pulumi` is started as ever. For tests of what verbs do; how they start, end and are killed other files
 * look at. Answers undefined when the process is at work already, or when this verb wants a process of its own.
 */
export function runWarm(order: Order): Promise<Ran> | undefined {
  if (startsAVerb(order)) return besideWarm(order, (env) => run(TENANTRY, order.words, order.cwd, env));
  if (!isWarm(order)) return undefined;
  const host = hostFor(order);
  return host.isBusy ? undefined : whileBusy(host, () => answered<Ran>(host.process, order));
}

/**
 * Does `work` with what a process that it starts needs so that each `pulumi` in it uses the provider and the program of the
 * process of the verbs. While that is at work `work` gets its own environment as it is. It must not start two `pulumi` at a time.
 */
export async function besideWarm(
  place: Pick<Order, "cwd" | "env">,
  work: (env: NodeJS.ProcessEnv) => Promise<Ran>,
): Promise<Ran> {
  const host = hostFor(place);
  if (host.isBusy) return work(place.env);
  return whileBusy(host, async () => {
    const lent = await answered<NodeJS.ProcessEnv>(host.process, { ...place, program: "elsewhere", words: [] });
    try {
      return await work({ ...place.env, ...lent });
    } finally {
      // Not imported: the file of the process does its work when it is loaded.
      host.process.send("given back" satisfies typeof GIVEN_BACK);
    }
  });
}

function isWarm({ program, words }: Order): boolean {
  const [verb = "", part = ""] = words;
  const stays = words.includes("--foreground");
  return program === "pulumi" || ((WARM.has(verb) || WARM.has(`${verb} ${part}`)) && !stays);
}

/** `drift --fix`, which wants a process of its own: what it starts prints for itself. */
function startsAVerb({ program, words }: Order): boolean {
  return program === undefined && words.some((word) => word.startsWith("--fix"));
}

function hostFor({ env }: Pick<Order, "env">): Host {
  const hosts = (globalThis.warmHosts ??= new Map<string, Host>());
  const read = readAtStart(env);
  const key = JSON.stringify(read);
  const known = hosts.get(key);
  if (known?.process.connected === true) {
    if (known.isBusy || known.served < MOST_ORDERS) return known;
    known.process.disconnect();
  }
  // One that has died took its verb with it, which has failed; the next verb is not to fail for that.
  const host = { process: started(read), isBusy: false, served: 0 };
  hosts.set(key, host);
  return host;
}

/** What Node reads when it starts, and at no other time. */
function readAtStart(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^NODE_|_proxy$/i.test(name)));
}

function started(read: NodeJS.ProcessEnv): ChildProcess {
  const args = [
    "--disable-warning=ExperimentalWarning",
    "--min-semi-space-size=16",
    join(import.meta.dirname, "host.ts"),
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...read },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  // It ends with this process, and does not keep it from its end.
  child.unref();
  return child;
}

async function whileBusy(host: Host, work: () => Promise<Ran>): Promise<Ran> {
  host.isBusy = true;
  host.served += 1;
  host.process.channel?.ref();
  try {
    return await work();
  } finally {
    host.process.channel?.unref();
    host.isBusy = false;
  }
}

function answered<Answer>(host: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onEnd = (code: number | null, signal: string | null) => {
      reject(new Error(`the process of the verbs ended with ${String(code ?? signal)} at: ${order.words.join(" ")}`));
    };
    host.once("exit", onEnd).once("message", (answer) => {
      host.off("exit", onEnd);
      resolve(answer as Answer);
    });
    host.send(order);
  });
}
