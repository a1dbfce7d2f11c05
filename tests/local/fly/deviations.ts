/** A place where Fly answers otherwise than its OpenAPI file says, and the embedded Fly with it. */
export interface Deviation {
  /** The operation and status, as a regular expression over `POST /v1/apps/{app_name} 201`. */
  readonly where: RegExp;
  readonly what: string;
  /** Where the truth was found. */
  readonly source: string;
  /** Turns the real answer into the documented one. Undefined: it has no body. */
  documented(body: Json): Json | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const noBody = () => undefined;

/** Applies `change` to every object of an answer, the inner ones first. */
function everywhere(change: (object: Json) => Json): (body: Json) => Json {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return change(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)])));
  };
  return (body) => walk(body) as Json;
}

const autostopAsWord = everywhere((object) =>
  typeof object["autostop"] === "boolean" ? { ...object, autostop: object["autostop"] ? "stop" : "off" } : object,
);
const withoutNulls = everywhere((object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null)),
);

export const DEVIATIONS: readonly Deviation[] = [
  {
    where: /^POST \/v1\/apps 201$/,
    what: "the answer has a body, {id, created_at}",
    source: "Fly docs, apps resource",
    documented: noBody,
  },
  {
    where: /^(?:GET|POST) .*\/lease 20[01]$/,
    what: "the lease is wrapped in {status, data}",
    source: "fly-go MachineLease; Fly docs, machines resource",
    documented: (body) => body["data"] as Json,
  },
  {
    where: /^(?:GET|POST) .*\/machines(?:\/\{machine_id\})? 200$/,
    what: "autostop is a boolean, except for suspend",
    source: "fly-go MachineAutostop.MarshalJSON; Fly docs, managing machines with the API",
    documented: autostopAsWord,
  },
  {
    where: /^\S+ .*\/volumes(?:\/\{volume_id\}(?:\/extend)?)? 200$/,
    what: "attached_machine_id and attached_alloc_id are null when nothing is attached",
    source: "Fly docs, volumes resource",
    documented: withoutNulls,
  },
  {
    where: /^(?:GET|POST) .*\/ip_assignments 200$/,
    what: "an address says whether it is an egress address, and a private one which network may call it",
    source: "flyctl pull request 5154; alchemy pull request 1749",
    documented: everywhere(({ egress: _, network: __, ...address }) => address),
  },
  {
    where: /^POST .*\/start 200$/,
    what: "the answer has a body, {previous_state, migrated, new_host}",
    source: "fly-go MachineStartResponse",
    documented: noBody,
  },
  {
    where: /^POST .*\/(?:stop|restart|suspend|signal|cordon|uncordon) 200$/,
    what: "the answer has a body, {ok}",
    source: "Fly docs, machines resource",
    documented: noBody,
  },
  {
    where: /^DELETE .*\/machines\/\{machine_id\} 200$/,
    what: "the answer has a body, {ok}",
    source: "Fly docs, machines resource",
    documented: noBody,
  },
];
