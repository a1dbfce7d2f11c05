import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { MachineAddress } from "../../provider/fly/machine-calls.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import { readDescriptor } from "../../stack/accounts.ts";
import { engineErrors } from "../engine/errors.ts";
import { machineErrors } from "./errors.ts";
import type { StackContext } from "../../stack/context.ts";

const appsAnswer = z.record(z.string(), z.object({ url: z.string() }));
const LIMIT_MS = 5000;

/** Where the apps of the embedded cloud are reached from this computer, by name. Empty where machines don't run, or the cloud is down. */
export async function embeddedUrls(context: StackContext): Promise<ReadonlyMap<string, string>> {
  try {
    const answer = await ask(context, "/_embedded/apps", AbortSignal.timeout(LIMIT_MS));
    const apps = appsAnswer.parse(await answer.json());
    return new Map(Object.entries(apps).map(([name, { url }]) => [name, url]));
  } catch {
    return new Map();
  }
}

/**
 * The log of an app's machines on the embedded cloud, piece by piece: the last lines, and with `follow` what comes until
 * the cloud ends. Throws CLOUD_NOT_UP, NOT_PROVISIONED, MACHINES_ARE_RECORDS.
 */
export async function* embeddedLogs(
  context: StackContext,
  tenant: string,
  app: string,
  { lines, follow }: { lines: number; follow: boolean },
): AsyncGenerator<string> {
  const query = new URLSearchParams({ lines: String(lines), follow: String(follow) });
  const answer = await ask(context, `/_embedded/apps/${encodeURIComponent(app)}/logs?${query.toString()}`);
  if (answer.status === 501) throw new TenantryError(machineErrors.MACHINES_ARE_RECORDS, `nothing runs for app ${app}`);
  if (answer.status === 404)
    throw new TenantryError(engineErrors.NOT_PROVISIONED, `there is no app ${app}`, { tenant });
  if (!answer.ok || answer.body === null) throw new Error(`logs of ${app}: ${answer.status} ${await answer.text()}`);
  yield* answer.body.pipeThrough(new TextDecoderStream());
}

/**
 * Runs a command (a shell when none is named) in a machine of the embedded cloud with this process's own input and outputs,
 * a terminal too. Gives its exit code. Throws MACHINES_ARE_RECORDS, ENTRY_NEEDS_ROOT, and Fly's own 412 where it is down.
 */
export async function runLive(context: StackContext, at: MachineAddress, words: readonly string[]): Promise<number> {
  const place = `${at.app}/${at.machine}`;
  const answer = await ask(context, `/_embedded/apps/${encodeURIComponent(at.app)}/machines/${at.machine}/entrance`);
  if (answer.status === 501) throw new TenantryError(machineErrors.MACHINES_ARE_RECORDS, `nothing runs in ${place}`);
  if (answer.status === 412) {
    const refused = { status: 412, body: undefined, said: "machine is not started", clocks: undefined };
    throw new VendorError("Fly", refused, { resource: place });
  }
  if (!answer.ok) throw new Error(`entrance of ${place}: ${answer.status} ${await answer.text()}`);
  if (process.getuid?.() !== 0) throw new TenantryError(machineErrors.ENTRY_NEEDS_ROOT, `cannot enter ${place}`);
  const { command, env } = entranceAnswer.parse(await answer.json());
  const [program = "", ...args] = [...command, ...(words.length === 0 ? SHELL : words)];
  const TERM = process.env["TERM"];
  const child = spawn(program, args, { env: { ...env, ...(TERM === undefined ? {} : { TERM }) }, stdio: "inherit" });
  // Ctrl-C is for what runs there; it reaches that by the terminal.
  const stay = () => undefined;
  process.on("SIGINT", stay);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  process.off("SIGINT", stay);
  return code ?? 128 + constants.signals[signal ?? "SIGKILL"];
}

const entranceAnswer = z.object({ command: z.array(z.string()), env: z.record(z.string(), z.string()) });
const SHELL = ["sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi"];

function ask({ home }: StackContext, path: string, signal?: AbortSignal): Promise<Response> {
  const { endpoint, token } = readDescriptor(home).fly;
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${endpoint}${path}`, { headers, ...(signal === undefined ? {} : { signal }) });
}
