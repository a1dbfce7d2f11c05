import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { readDescriptor } from "../../stack/accounts.ts";
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
 * the cloud ends. Throws CLOUD_NOT_UP, MACHINES_ARE_RECORDS.
 */
export async function* embeddedLogs(
  context: StackContext,
  app: string,
  { lines, follow }: { lines: number; follow: boolean },
): AsyncGenerator<string> {
  const query = new URLSearchParams({ lines: String(lines), follow: String(follow) });
  const answer = await ask(context, `/_embedded/apps/${encodeURIComponent(app)}/logs?${query.toString()}`);
  if (answer.status === 501) throw new TenantryError(machineErrors.MACHINES_ARE_RECORDS, `nothing runs for app ${app}`);
  if (!answer.ok || answer.body === null) throw new Error(`logs of ${app}: ${answer.status} ${await answer.text()}`);
  yield* answer.body.pipeThrough(new TextDecoderStream());
}

function ask({ home }: StackContext, path: string, signal?: AbortSignal): Promise<Response> {
  const { endpoint, token } = readDescriptor(home).fly;
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${endpoint}${path}`, { headers, ...(signal === undefined ? {} : { signal }) });
}
