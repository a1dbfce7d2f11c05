/** Ids that answers have shown, under names that are the same at every vendor: `«key0»` is the first key. */
export class Ids {
  readonly #labels = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  learn(kind: string, id: string): void {
    if (this.#labels.has(id)) return;
    const count = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, count + 1);
    this.#labels.set(id, `«${kind}${count}»`);
  }

  /** The text with every id under its name. */
  labelled(text: string): string {
    return [...this.#labels].reduce((all, [id, label]) => all.replaceAll(id, label), text);
  }

  /** The text with every name of an id replaced by it; one that nobody has shown stays. */
  filled(text: string): string {
    return [...this.#labels].reduce((all, [id, label]) => all.replaceAll(label, id), text);
  }
}

/** Under what name the id in a field of an answer goes. */
const KINDS: Readonly<Record<string, string>> = {
  AccessKeyId: "key",
  SecretAccessKey: "secret",
  instance_id: "version",
  nonce: "nonce",
  DbId: "database",
  jwt: "token",
  ip: "ip",
  digest: "digest",
};

/** What the provider reads of answers; all else may differ. `config` is compared whole. */
const READ = new Set([
  ...[
    "Code",
    "access_key_id",
    "username",
    "status",
    "buckets_role",
    "Arn",
    "Document",
    "Users",
    "UserId",
    "PolicyNames",
  ],
  ...[
    "Keys",
    "CreateAccessKeyResult",
    "AccessKey",
    "AccessKeyId",
    "PolicyDetailed",
    "ListUserPoliciesResult",
    "CreatePolicyResult",
    "Policy",
  ],
  ...[
    "object_regions",
    "type",
    "soft_delete",
    "enabled",
    "retention_days",
    "protection",
    "protected",
    "acl_settings",
    "allow_object_acl",
    "md",
    "X-Amz-Acl",
  ],
  ...["group", "groups", "databases", "database", "name", "Name", "DbId", "primary", "locations", "delete_protection"],
  ...["size_limit", "block_reads", "block_writes", "allowed_ips", "jwt", "parent", "pagination", "next"],
  ...["apps", "id", "organization", "slug", "network", "secrets", "digest", "version", "ips", "ip", "shared", "egress"],
  ...["state", "region", "size_gb", "encrypted", "snapshot_retention", "auto_backup_enabled", "needs_restart"],
  ...[
    "instance_id",
    "config",
    "checks",
    "host_status",
    "events",
    "source",
    "request",
    "exit_event",
    "exit_code",
    "requested_stop",
    "oom_killed",
  ],
  ...["data", "nonce", "description"],
]);

/** Words of a refusal by which the provider tells what it means. */
const WORDS = [
  /already_exists.*machine ID/,
  /taken|exists/i,
  /not found/i,
  /size[_ ]limit/i,
  /already exists/i,
  /organi[sz]ation/i,
];

/** What of an answer has to be the same everywhere. Learns its ids. */
export function seenIn(status: number, body: string, ids: Ids, prefix: string): unknown {
  if (body.startsWith("<")) return { status, ...inXml(body) };
  const parsed: unknown = body === "" ? undefined : parsedOrText(body);
  if (status >= 400) return { status, ...refusalIn(parsed) };
  const read: unknown = onlyRead(parsed, prefix);
  learnIn(read, ids);
  return { status, read: read === undefined ? undefined : inOneOrder(ids.labelled(JSON.stringify(read))) };
}

/** Vendors list by ids that chance has made. */
function inOneOrder(text: string): unknown {
  const hasId = (each: unknown) =>
    typeof each === "object" && each !== null && ("id" in each || "access_key_id" in each);
  return JSON.parse(text, (_, value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every(hasId)
      ? value
          .map((each) => JSON.stringify(each))
          .sort()
          .map((each) => JSON.parse(each) as unknown)
      : value,
  );
}

function parsedOrText(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function refusalIn(body: unknown): object {
  const fields = typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  const said = [fields["error"], fields["message"]].find((each) => typeof each === "string") ?? "";
  const form = Object.keys(fields).filter((name) => ["error", "message", "Message"].includes(name));
  return { form, code: fields["Code"], named: fields["status"], words: WORDS.map((word) => word.test(said)) };
}

function inXml(body: string): object {
  const all = (name: string) =>
    [...body.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "g"))].map(([, value]) => value);
  const etags = all("ETag").map((etag) => etag?.replaceAll(/"|&quot;|&#34;/g, ""));
  return { code: all("Code"), keys: all("Key"), values: all("Value"), sizes: all("Size"), etags };
}

function learnIn(value: unknown, ids: Ids): void {
  if (Array.isArray(value)) for (const each of value) learnIn(each, ids);
  else if (typeof value === "object" && value !== null) {
    const fields = value as Readonly<Record<string, unknown>>;
    for (const [name, each] of Object.entries(fields)) {
      const kind = name === "id" ? kindOf(fields) : KINDS[name];
      if (kind !== undefined && typeof each === "string") ids.learn(kind, each);
      else if (name !== "config") learnIn(each, ids);
    }
  }
}

function kindOf(fields: Readonly<Record<string, unknown>>): string {
  if ("instance_id" in fields) return "machine";
  return "size_gb" in fields ? "volume" : "app";
}

/** Of lists over all traces only what is this one's. */
function onlyRead(value: unknown, prefix: string, inConfig = false): unknown {
  if (Array.isArray(value)) {
    const isNamed = (each: unknown) =>
      typeof each !== "object" || each === null || !("username" in each || ("name" in each && "organization" in each));
    const own = value.filter((each) => isNamed(each) || JSON.stringify(each).includes(prefix));
    return own.map((each) => onlyRead(each, prefix, inConfig));
  }
  if (typeof value !== "object" || value === null) return value;
  // Of an event its id, of an app its status, of an organisation its name, of a volume how its host is: that is not read.
  const left = {
    id: "source" in value,
    status: "organization" in value,
    name: "slug" in value,
    host_status: "size_gb" in value,
  };
  const isLeft = (name: string) => (left as Readonly<Record<string, boolean>>)[name] ?? false;
  const isRead = (name: string) => READ.has(name) && !isLeft(name);
  const kept = Object.entries(value).filter(([name, each]) => inConfig || (isRead(name) && each !== undefined));
  return Object.fromEntries(kept.map(([name, each]) => [name, onlyRead(each, prefix, inConfig || name === "config")]));
}
