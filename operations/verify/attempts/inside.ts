import { shownWords } from "../../../output/shown.ts";
import type { Answer, Attempt, Scene, Seen } from "../attempt.ts";
import { COMMAND_LIMIT_MS, COMMAND_SECONDS } from "../inside.ts";

/** Says in one word what comes of a connection: `open`, an error's code, or `silence`. */
const CONNECT = `
const [host, port] = process.argv.slice(1);
const socket = require("node:net").connect({ host, port });
const say = (word) => { console.log(word); process.exit(); };
socket.on("connect", () => say("open")).on("error", ({ code }) => say(code)).setTimeout(5000, () => say("silence"));`;

/** Nobody is there under this address or name. Everything else, a refusal too, is an answer of whoever is. */
const NOBODY = new Set(["ENETUNREACH", "EHOSTUNREACH", "silence", "ENOTFOUND", "EAI_AGAIN"]);

const LONGEST_SAID = 120;

/** A connection from the attacker's machine, by a command that Fly runs in it. */
function connecting(to: (scene: Scene) => readonly [host: string, port: number | string] | undefined) {
  return (scene: Scene): ReturnType<Attempt["request"]> => {
    const { attacker, places } = scene;
    const found = to(scene);
    return found === undefined
      ? undefined
      : {
          method: "POST",
          url: `${places.fly}/v1/apps/${attacker.app}/machines/${attacker.machineId}/exec`,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ command: ["node", "-e", CONNECT, ...found.map(String)], timeout: COMMAND_SECONDS }),
          limitMs: COMMAND_LIMIT_MS,
        };
  };
}

interface Outcome {
  readonly exit_code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** What the command said; undefined when it could not be run, or said something else. */
function wordOf({ status, text }: Answer): string | undefined {
  if (status !== 200) return undefined;
  const { stdout = "" } = JSON.parse(text) as Outcome;
  return /^(open|silence|E[A-Z_]+)\n$/.exec(stdout)?.[1];
}

/** What became of the command; undefined when it could not be run. */
function said(answer: Answer): string | undefined {
  if (answer.status !== 200) return undefined;
  const { exit_code: code = 0, stdout = "", stderr = "" } = JSON.parse(answer.text) as Outcome;
  const words = `${stdout} ${stderr}`.replaceAll(/\s+/g, " ").trim().slice(0, LONGEST_SAID);
  return wordOf(answer) ?? `the command ended with ${code}, and said: ${words === "" ? "nothing" : shownWords(words)}`;
}

function answered(answer: Answer): Seen {
  const word = wordOf(answer);
  if (word === undefined) return "unclear";
  return NOBODY.has(word) ? "refused" : "allowed";
}

/** Of an address that is this computer's own inside a machine as well: what answers there may be the machine itself. */
function opened(answer: Answer): Seen {
  const word = wordOf(answer);
  if (word === undefined) return "unclear";
  return word === "open" ? "allowed" : "refused";
}

const BY = { by: ["inside"], once: true, repeatable: true, said } as const;

/** Attempts by a command in a tenant's own machine: on the network, with no credential at all. */
export const insideAttempts: readonly Attempt[] = [
  {
    ...BY,
    id: "inside.own-vendors",
    what: "reach the vendors from its machine",
    against: "own",
    expected: "allowed",
    request: connecting(({ places }) => partsOf(places.s3.endpoint)),
    seen: opened,
  },
  {
    ...BY,
    id: "inside.port",
    what: "reach another machine by its private address",
    against: "other",
    expected: "refused",
    request: connecting(({ target }) =>
      target.inside === undefined ? undefined : [target.inside.ip, target.inside.port],
    ),
    seen: answered,
  },
  {
    ...BY,
    id: "inside.name",
    what: "reach another app by its private name",
    against: "other",
    expected: "refused",
    request: connecting(({ target }) =>
      target.inside === undefined ? undefined : [`${target.app}.internal`, target.inside.port],
    ),
    seen: answered,
  },
  {
    ...BY,
    id: "inside.admin",
    what: "reach the cloud's own address from its machine",
    against: "account",
    expected: "refused",
    request: connecting(({ places }) => (places.admin === undefined ? undefined : partsOf(places.admin))),
    seen: opened,
  },
];

function partsOf(url: string): readonly [host: string, port: string] {
  const { hostname, port } = new URL(url);
  return [hostname, port];
}
