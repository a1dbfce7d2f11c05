import { createHash } from "node:crypto";

/** Which of a vendor's addresses is called. */
export type Surface = "s3" | "iam" | "turso" | "fly";

/** One call. `«label»` is an id that an answer before has shown (see seen.ts). */
export interface TracedCall {
  readonly surface: Surface;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Chooses by the numbers of one step of a trace. */
export interface Choice {
  /** Begins every name of this trace. */
  readonly prefix: string;
  of<Item>(...items: readonly Item[]): Item;
}

type Maker = (choice: Choice) => TracedCall;

const bucket = (choice: Choice) => `${choice.prefix}-${choice.of("one", "two")}`;
const s3 = (
  method: string,
  path: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): TracedCall => {
  const sum = body === undefined ? {} : { "content-md5": createHash("md5").update(body).digest("base64") };
  return { surface: "s3", method, path, headers: { ...headers, ...sum }, ...(body === undefined ? {} : { body }) };
};
const tagged = (value: string) =>
  `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>owner</Key><Value>${value}</Value></Tag></TagSet></Tagging>`;

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const condition = (choice: Choice) =>
  choice.of<Record<string, string>>({ "if-none-match": "*" }, { "if-match": `"${md5(choice.of("one", "two"))}"` });
const asOf = (choice: Choice) =>
  choice.of<Record<string, string>>({}, { "x-tigris-snapshot-version": choice.of("«snapshot0»", "«snapshot1»") });

const ON_S3: readonly Maker[] = [
  (choice) =>
    s3("PUT", `/${bucket(choice)}`, undefined, {
      "x-amz-acl": "private",
      ...choice.of<Record<string, string>>({}, { "x-tigris-regions": choice.of("iad", "fra,iad", "nowhere") }),
      ...choice.of<Record<string, string>>({}, {}, { "x-tigris-soft-delete": choice.of("7", "30", "6") }),
      ...choice.of<Record<string, string>>({}, { "x-tigris-enable-snapshot": "true" }),
    }),
  (choice) => s3("PUT", `/${bucket(choice)}`, undefined, { "x-tigris-snapshot": "true; name=tenantry" }),
  (choice) => s3("GET", `/${bucket(choice)}?tagging`),
  (choice) => s3("PUT", `/${bucket(choice)}?tagging`, tagged(choice.of("a", "b"))),
  (choice) => s3("GET", `/${bucket(choice)}?metadata`),
  (choice) =>
    s3(
      "PATCH",
      `/${bucket(choice)}`,
      JSON.stringify(
        choice.of<object>(
          { object_regions: choice.of("", "ord", "eur", "nowhere") },
          {
            soft_delete: choice.of<object>(
              { enabled: false },
              { enabled: true },
              { enabled: true, retention_days: 91 },
            ),
          },
          { protection: { protected: choice.of(true, false) } },
          { acl_settings: { allow_object_acl: choice.of(true, false) } },
        ),
      ),
      choice.of<Record<string, string>>({}, { "x-amz-acl": choice.of("private", "public-read") }),
    ),
  (choice) => s3("PUT", `/${bucket(choice)}/${choice.of("a", "b")}`, choice.of("one", "two")),
  (choice) => s3("PUT", `/${bucket(choice)}/${choice.of("a", "b")}`, choice.of("one", "two"), condition(choice)),
  (choice) => s3("GET", `/${bucket(choice)}/${choice.of("a", "b")}`, undefined, asOf(choice)),
  (choice) => s3("GET", `/${bucket(choice)}?list-type=2&max-keys=${choice.of(1, 1000)}`, undefined, asOf(choice)),
  (choice) => s3("DELETE", `/${bucket(choice)}`),
];

const iam = (action: string, form: Readonly<Record<string, string>>): TracedCall => ({
  surface: "iam",
  method: "POST",
  path: action === "ListAccessKeys" ? "/?Detailed" : `/?Action=${action}`,
  headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
  body: new URLSearchParams({ ...(action === "ListAccessKeys" ? { Action: action } : {}), ...form }).toString(),
});
const policyArn = (choice: Choice) => `arn:aws:iam::org_embedded:policy/${choice.prefix}_${choice.of("p", "q")}`;
const key = (choice: Choice) => choice.of("«key0»", "«key1»", "«key0»", "tid_never");
const document = (choice: Choice) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::${bucket(choice)}/*`] }],
  });

const ON_IAM: readonly Maker[] = [
  ({ prefix, of }) =>
    iam("CreateAccessKeyWithBucketsRole", {
      Req: JSON.stringify({ req_uuid: "u", name: `${prefix}_${of("k", "l")}`, buckets_role: [] }),
    }),
  (choice) => iam("ListAccessKeys", choice.of<Record<string, string>>({ KeyId: key(choice) }, { MaxItems: "1000" })),
  (choice) => iam("DeleteAccessKey", { Version: "2010-05-08", AccessKeyId: key(choice) }),
  (choice) => iam("UpdateAccessKey", { AccessKeyId: key(choice), Status: choice.of("Active", "Inactive", "Else") }),
  (choice) =>
    iam("CreatePolicy", {
      PolicyName: `${choice.prefix}_${choice.of("p", "q")}`,
      Description: "d",
      PolicyDocument: document(choice),
    }),
  (choice) => iam("UpdatePolicy", { PolicyArn: policyArn(choice), Description: "d", PolicyDocument: document(choice) }),
  (choice) => iam("GetPolicyDetailed", { PolicyArn: policyArn(choice) }),
  (choice) => iam("ListUserPolicies", { UserName: key(choice), MaxItems: "1000" }),
  (choice) => iam("AttachUserPolicy", { PolicyArn: policyArn(choice), UserName: key(choice) }),
  (choice) => iam("DetachUserPolicy", { PolicyArn: policyArn(choice), UserName: key(choice) }),
  (choice) => iam("DeletePolicy", { PolicyArn: policyArn(choice) }),
];

const turso = (method: string, path: string, body?: object): TracedCall => ({
  surface: "turso",
  method,
  path: `/v1/organizations/tenantry-local${path}`,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
const group = (choice: Choice) => `${choice.prefix}-${choice.of("g", "g", "h")}`;
const database = (choice: Choice) => `${choice.prefix}-${choice.of("d", "d", "e")}`;

const ON_TURSO: readonly Maker[] = [
  (choice) =>
    turso("POST", "/groups", { name: group(choice), location: choice.of("aws-us-east-1", "aws-us-east-1", "nowhere") }),
  (choice) => turso("GET", `/groups/${group(choice)}`),
  (choice) => turso("PATCH", `/groups/${group(choice)}/configuration`, { delete_protection: choice.of(true, false) }),
  (choice) => turso("GET", `/groups/${group(choice)}/configuration`),
  (choice) => turso("DELETE", `/groups/${group(choice)}`),
  (choice) => turso("POST", "/databases", { name: choice.of(database(choice), "Not A Name"), group: group(choice) }),
  (choice) => turso("POST", "/databases", { name: database(choice), group: group(choice) }),
  (choice) =>
    turso("POST", "/databases", {
      name: `${choice.prefix}-copy`,
      group: group(choice),
      seed: { type: "database", name: database(choice) },
    }),
  (choice) => turso("GET", `/databases/${choice.prefix}-copy`),
  (choice) => turso("GET", `/databases/${database(choice)}`),
  (choice) => turso("GET", `/databases?group=${group(choice)}`),
  (choice) => turso("GET", `/databases/${database(choice)}/configuration`),
  (choice) =>
    turso(
      "PATCH",
      `/databases/${database(choice)}/configuration`,
      choice.of<object>(
        { block_reads: choice.of(true, false), block_writes: choice.of(true, false) },
        { delete_protection: choice.of(true, false) },
        { allowed_ips: ["127.0.0.0/8"] },
        { size_limit: "1gb" },
      ),
    ),
  (choice) =>
    turso(
      "POST",
      `/databases/${database(choice)}/auth/tokens?expiration=1d&authorization=${choice.of("full-access", "read-only", "all")}`,
    ),
  (choice) => turso("POST", `/databases/${database(choice)}/auth/rotate`),
  (choice) => turso("DELETE", `/databases/${database(choice)}`),
  () => turso("GET", "/databases/no-such-database"),
];

const fly = (
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): TracedCall => ({
  surface: "fly",
  method,
  path,
  headers,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
const app = (choice: Choice) => `/v1/apps/${choice.prefix}-${choice.of("app", "app", "app", "other")}`;
const machine = (choice: Choice) =>
  `${app(choice)}/machines/${choice.of("«machine0»", "«machine0»", "«machine1»", "0000")}`;
const volume = (choice: Choice) => `${app(choice)}/volumes/${choice.of("«volume0»", "«volume0»", "vol_none")}`;
const nonce = (choice: Choice): Record<string, string> => {
  const given = choice.of("", "«nonce0»", "wrong");
  return given === "" ? {} : { "fly-machine-lease-nonce": given };
};
const config = (choice: Choice) => ({
  image: choice.of("registry/app:1", "registry/app:2"),
  guest: { cpu_kind: "shared", cpus: 1, memory_mb: choice.of(256, 512) },
  metadata: { owner: choice.of("a", "b") },
  stop_config: { timeout: "120s", signal: "SIGTERM" },
  services: [{ protocol: "tcp", internal_port: 8080, autostart: true, autostop: choice.of("off", "stop", "suspend") }],
  checks: { up: { type: "http", port: 8080, interval: "15s", timeout: "2s" } },
  ...choice.of<object>(
    {},
    {},
    { mounts: [{ volume: choice.of("«volume0»", "«volume0»", "vol_none"), path: "/data" }] },
  ),
});
const launch = (choice: Choice) => ({
  config: config(choice),
  ...choice.of<object>({}, { skip_launch: true }),
  ...choice.of<object>({}, { min_secrets_version: choice.of(0, 1, 9) }),
});

const ON_FLY: readonly Maker[] = [
  (choice) =>
    fly("POST", "/v1/apps?wait=true", {
      name: choice.of(`${choice.prefix}-app`, `${choice.prefix}-app`, `${choice.prefix}-other`, "Not_A_Name"),
      org_slug: "tenantry-local",
      network: "own",
    }),
  (choice) => fly("GET", app(choice)),
  () => fly("GET", "/v1/apps?org_slug=tenantry-local"),
  (choice) => fly("DELETE", app(choice)),
  (choice) => fly("GET", `${app(choice)}/secrets`),
  (choice) =>
    fly("POST", `${app(choice)}/secrets`, {
      values: choice.of<object>({ A: choice.of("1", "2"), B: null }, { "not-one": "1" }),
    }),
  (choice) => fly("GET", `${app(choice)}/ip_assignments`),
  (choice) => fly("POST", `${app(choice)}/ip_assignments`, { type: choice.of("shared_v4", "v6", "private_v6", "v5") }),
  (choice) => fly("DELETE", `${app(choice)}/ip_assignments/${choice.of("«ip0»", "192.0.2.1")}`),
  (choice) => fly("GET", `${app(choice)}/volumes`),
  (choice) =>
    fly("POST", `${app(choice)}/volumes`, {
      ...{ name: "files", region: choice.of("iad", "iad", "fra"), size_gb: choice.of(1, 2) },
      ...{ encrypted: true, snapshot_retention: 5, auto_backup_enabled: true },
    }),
  (choice) => fly("GET", volume(choice)),
  (choice) =>
    fly("PUT", volume(choice), { snapshot_retention: choice.of(5, 6), auto_backup_enabled: choice.of(true, false) }),
  (choice) => fly("PUT", `${volume(choice)}/extend`, { size_gb: choice.of(1, 2, 3) }),
  (choice) => fly("DELETE", volume(choice)),
  (choice) => fly("GET", `${app(choice)}/machines${choice.of("", "?metadata.owner=a")}`),
  (choice) =>
    fly("POST", `${app(choice)}/machines`, {
      name: choice.of("m-1", "m-1", "m-2"),
      region: choice.of("iad", "iad", "fra"),
      ...launch(choice),
    }),
  (choice) =>
    fly("POST", `${app(choice)}/machines`, { name: "m-1", region: "iad", config: { image: "registry/app:1" } }),
  (choice) => fly("GET", machine(choice)),
  (choice) =>
    fly(
      "POST",
      machine(choice),
      { ...launch(choice), ...choice.of<object>({}, { current_version: choice.of("«version0»", "else") }) },
      nonce(choice),
    ),
  (choice) => fly("POST", `${machine(choice)}/start`, {}, nonce(choice)),
  (choice) => fly("POST", `${machine(choice)}/stop`, {}, nonce(choice)),
  (choice) => fly("DELETE", `${machine(choice)}${choice.of("", "?force=true")}`, undefined, nonce(choice)),
  (choice) => fly("POST", `${machine(choice)}/metadata/${choice.of("note", "owner")}`, { value: "a" }, nonce(choice)),
  (choice) => fly("DELETE", `${machine(choice)}/metadata/note`, undefined, nonce(choice)),
  (choice) => fly("GET", `${machine(choice)}/lease`),
  (choice) => fly("POST", `${machine(choice)}/lease`, { ttl: 30, description: choice.of("a", "b") }, nonce(choice)),
  (choice) => fly("DELETE", `${machine(choice)}/lease`, undefined, nonce(choice)),
];

/** What a trace is about: a vendor with all that is called there. Each begins with what makes something. */
export const SUBJECTS = {
  tigris: [...ON_S3, ...ON_IAM],
  turso: ON_TURSO,
  fly: ON_FLY,
} as const satisfies Readonly<Record<string, readonly Maker[]>>;

/** What has to be there before most calls of a trace mean anything. */
export const OPENINGS: Readonly<Record<keyof typeof SUBJECTS, readonly Maker[]>> = {
  tigris: [(choice) => s3("PUT", `/${choice.prefix}-one`)],
  turso: [(choice) => turso("POST", "/groups", { name: `${choice.prefix}-g`, location: "aws-us-east-1" })],
  fly: [
    (choice) =>
      fly("POST", "/v1/apps?wait=true", { name: `${choice.prefix}-app`, org_slug: "tenantry-local", network: "own" }),
    (choice) =>
      fly("POST", `/v1/apps/${choice.prefix}-app/machines`, { name: "m-1", region: "iad", ...launch(choice) }),
  ],
};

/** A trace from numbers: the first of each step chooses the call, the others what is in it. */
export function traceOf(
  subject: keyof typeof SUBJECTS,
  prefix: string,
  steps: readonly (readonly number[])[],
): TracedCall[] {
  const opening = OPENINGS[subject].map((make, at) => make(choiceOf(prefix, [at, ...(steps[0] ?? [])])));
  const makers: readonly Maker[] = SUBJECTS[subject];
  const rest = steps.flatMap(
    ([which = 0, ...numbers]) => makers[which % makers.length]?.(choiceOf(prefix, numbers)) ?? [],
  );
  return [...opening, ...rest];
}

function choiceOf(prefix: string, numbers: readonly number[]): Choice {
  let next = 0;
  return {
    prefix,
    of<Item>(...items: readonly Item[]): Item {
      const number = numbers[next % Math.max(1, numbers.length)] ?? 0;
      next += 1;
      return items[number % items.length] as Item;
    },
  };
}
