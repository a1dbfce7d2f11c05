import { TenantryError } from "../../errors/tenantry-error.ts";
import { gateErrors } from "./errors.ts";

/** A note as the app shows it. */
export interface ShownNote {
  readonly text: string;
  readonly etag: string;
}

const LIMIT_MS = 30_000;

/** Where a note's file is, below the mount and in the bucket. */
export function noteFile(name: string): string {
  return `notes/${name}.md`;
}

/** What the app at `url` shows; undefined: no such note. Throws GATE_CALL_FAILED. */
export async function shownNote(url: string, name: string): Promise<ShownNote | undefined> {
  const answer = await asked(url, name, {});
  if (answer.status === 404) {
    await answer.arrayBuffer();
    return undefined;
  }
  return (await succeeded(answer, name)).json() as Promise<ShownNote>;
}

/** Has the app write a note, whatever is there; it answers when the file is synced. Throws GATE_CALL_FAILED. */
export async function writeNote(url: string, name: string, text: string): Promise<void> {
  const answer = await succeeded(await asked(url, name, put(name, text, {})), name);
  await answer.arrayBuffer();
}

/** Has the app write a note over what was seen, or over nothing; false: that is no longer there. Throws GATE_CALL_FAILED. */
export async function replaceNote(
  url: string,
  name: string,
  text: string,
  seen: ShownNote | undefined,
): Promise<boolean> {
  const condition = seen === undefined ? { "if-none-match": "*" } : { "if-match": `"${seen.etag}"` };
  const answer = await asked(url, name, put(name, text, condition));
  if (answer.status !== 412) await succeeded(answer, name);
  await answer.arrayBuffer();
  return answer.ok;
}

function asked(url: string, name: string, init: RequestInit): Promise<Response> {
  return fetch(`${url}/notes/${name}`, { ...init, signal: AbortSignal.timeout(LIMIT_MS) }).catch((cause: unknown) => {
    throw new TenantryError(gateErrors.GATE_CALL_FAILED, `the app does not answer about the note ${name}`, { cause });
  });
}

function put(title: string, text: string, headers: Readonly<Record<string, string>>): RequestInit {
  const body = JSON.stringify({ title, text });
  return { method: "PUT", headers: { "content-type": "application/json", ...headers }, body };
}

async function succeeded(answer: Response, name: string): Promise<Response> {
  if (answer.ok) return answer;
  const said = (await answer.text()).slice(0, 200);
  throw new TenantryError(gateErrors.GATE_CALL_FAILED, `the app says ${answer.status} about the note ${name}: ${said}`);
}
