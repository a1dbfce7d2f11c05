import type { Sender } from "./sender.ts";
import { inLanes } from "../engine/lanes.ts";
import type { Credential, Party } from "./party.ts";

const LANES = 4;
const DEFAULT_PORT = 8080;

/** Seconds that a command in a machine may take, and the milliseconds within which that it took longer is heard. */
export const COMMAND_SECONDS = 30;
export const COMMAND_LIMIT_MS = 35_000;

interface Inside {
  readonly parties: readonly Party[];
  /** Whose machine nothing can be tried from, and why. */
  readonly outsideOnly: readonly { readonly tenant: string; readonly why: string }[];
}

/**
 * Lets the tenants attack from inside their machines too, where a command can be run there: not in a machine that idles or is
 * a record, nor in one without Node.
 *
 * @param operator may run commands in all of them
 */
export async function withInsides(
  parties: readonly Party[],
  fly: string,
  operator: Credential,
  sender: Sender,
): Promise<Inside> {
  const found = await inLanes(parties, LANES, async (party) => {
    const machine = `${fly}/v1/apps/${party.app}/machines/${party.machineId}`;
    const body = JSON.stringify({ command: ["node", "--version"], timeout: COMMAND_SECONDS });
    const headers = { "content-type": "application/json" };
    const [shown, tried] = await Promise.all([
      sender.send({ method: "GET", url: machine }, operator),
      sender.send({ method: "POST", url: `${machine}/exec`, headers, body, limitMs: COMMAND_LIMIT_MS }, operator),
    ]);
    const inside = shown.status === 200 ? insideOf(shown.text) : undefined;
    const why =
      tried.status === 200 && !tried.text.includes('"exit_code":0')
        ? "there is no Node in the machine"
        : "the machine runs no command now";
    return tried.status === 200 && tried.text.includes('"exit_code":0') && inside !== undefined
      ? { party: { ...party, inside, credentials: { ...party.credentials, inside: operator } } }
      : { party, why };
  });
  return {
    parties: found.map(({ party }) => party),
    outsideOnly: found.flatMap(({ party: { tenant }, why }) => (why === undefined ? [] : [{ tenant, why }])),
  };
}

function insideOf(text: string): Party["inside"] {
  const { private_ip: ip, config } = JSON.parse(text) as {
    private_ip?: string;
    config?: { services?: { internal_port?: number }[] };
  };
  return ip === undefined ? undefined : { ip, port: config?.services?.[0]?.internal_port ?? DEFAULT_PORT };
}
