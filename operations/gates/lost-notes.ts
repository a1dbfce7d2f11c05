import { TenantryError } from "../../errors/tenantry-error.ts";
import { sqlBody } from "../verify/planted.ts";
import type { Acknowledged } from "./acknowledged.ts";
import { gateErrors } from "./errors.ts";
import type { GateMachine, ScratchTenants } from "./scratch-tenants.ts";
import { noteFile, shownNote } from "./note-calls.ts";

/** A place that is busy for a moment has lost nothing. */
const TRIES = 3;
/** The beginning of a text, by which a row is known: an answer to a query is read up to 64 KB. */
const BEGINNING = 60;
/** No note says this. */
const NOTHING = "";

/** Reads every note from the app, the bucket and the database; lists the places where one differs from what was acknowledged. */
export async function lostNotes(
  scratch: ScratchTenants,
  { machine, notes }: { readonly machine: GateMachine; readonly notes: Acknowledged },
): Promise<string[]> {
  const rows = await rowsOf(scratch, machine);
  const lost: string[] = [];
  for (const [id, sayings] of notes.all()) {
    const file = await fileOf(scratch, machine, id);
    const isFile = sayings.some((saying) => (saying === undefined ? file === undefined : file?.includes(saying)));
    const begin = rows.get(id);
    const isRow = sayings.some((saying) => saying?.slice(0, BEGINNING) === begin);
    const found = { app: sayings.includes(await shown(machine, id)), bucket: isFile, database: isRow };
    const places = Object.entries(found).flatMap(([place, isThere]) => (isThere ? [] : [place]));
    if (places.length > 0) lost.push(`${machine.app} ${id}: not as acknowledged in ${places.join(", ")}`);
  }
  return lost;
}

/** The text that the app shows; undefined: it has no such note; NOTHING: it does not answer, or with an error. */
async function shown({ url }: GateMachine, id: string): Promise<string | undefined> {
  try {
    return (await patiently(() => shownNote(url, id)))?.text;
  } catch (error) {
    if (error instanceof TenantryError) return NOTHING;
    throw error;
  }
}

async function fileOf(
  { calls }: ScratchTenants,
  { bucket = "" }: GateMachine,
  id: string,
): Promise<string | undefined> {
  try {
    return (await patiently(() => calls.s3("GET", `/${bucket}/${noteFile(id)}`))).text;
  } catch (error) {
    if (error instanceof TenantryError && error.context.status === 404) return undefined;
    throw error;
  }
}

/** The beginning of each note's text in the database. */
async function rowsOf(
  { sender }: ScratchTenants,
  { databaseUrl = "", token = "" }: GateMachine,
): Promise<Map<string, string>> {
  const sql = {
    method: "POST",
    url: `${databaseUrl}/v2/pipeline`,
    headers: { "content-type": "application/json" },
    body: sqlBody(`select id, substr(text, 1, ${BEGINNING}) from notes`),
  } as const;
  const { text } = await patiently(async () => {
    const answer = await sender.send(sql, { token });
    if (answer.status === 200) return answer;
    throw new TenantryError(gateErrors.GATE_CALL_FAILED, `the database: ${answer.status} ${answer.text.slice(0, 200)}`);
  });
  const { results } = JSON.parse(text) as {
    results: readonly { response?: { result?: { rows?: readonly (readonly { value: string }[])[] } } }[];
  };
  return new Map(results[0]?.response?.result?.rows?.map(([id, begin]) => [id?.value ?? "", begin?.value ?? ""]));
}

/** Asks again after an error, except that there is no such thing. */
async function patiently<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TenantryError) || error.context.status === 404 || attempt === TRIES) throw error;
    }
  }
}
