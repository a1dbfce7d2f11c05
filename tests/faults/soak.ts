import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type Client, createClient } from "@libsql/client";

import { seeded } from "../../operations/engine/seeded.ts";
import { asText } from "../../operations/handover/database-shape.ts";
import { bootEnvironments, type Estate, estateOf } from "../e2e/estate.ts";
import { s3For } from "../local/tigris/clients.ts";
import { startCloud, type CloudFault, type TestCloud } from "../support/cloud.ts";
import { parsed, type Ran, scratchProject, type ScratchProject } from "../support/scratch-project.ts";
import { TROUBLES } from "./faults.ts";

/** A tenant as it has to be. */
interface Living {
  readonly id: string;
  state: "active" | "suspended";
  files: Map<string, string>;
  rows: Set<string>;
  /** Tenants whose buckets are forks of this one's: it cannot go before them. */
  readonly clones: Set<string>;
}

/** One thing that was done, and how it went. */
export interface Done {
  readonly what: string;
  readonly fault: string;
  /** How many calls the fault has hit. */
  readonly struck: number;
  readonly hasFailed: boolean;
}

type Deed = (one: Living) => Promise<void>;

const MOST = 4;
const TEAM = "team-exports";
/** Nothing that is waited for until its time is over: a run of some minutes would do little else. */
const KINDS = TROUBLES.filter(({ fault: { kind } }) => kind !== "timeout" && kind !== "stale");
const SETTINGS = [
  "machine: { memoryMb: 2048 }",
  "machine: { env: { LOG_LEVEL: debug } }",
  "machine: { ingress: private }",
  "access: [{ name: alice, mode: read-only }]",
  "access: [{ name: alice, mode: read-write }, { name: bob, mode: read-only }]",
  "mount: { statCacheTtl: 1m }",
];

/** A stack in which one thing after the other is done to tenants, by the command line, while calls go wrong. */
export class Soak {
  readonly done: Done[] = [];
  readonly cloud: TestCloud;
  readonly project: ScratchProject;
  readonly #random: () => number;
  readonly #living: Living[] = [];
  readonly #secrets = new Set<string>();
  #count = 0;
  /** The fault of what is being done, until a run has met it. */
  #armed: CloudFault | undefined;
  #current: { what: string; fault: string; struck: number; hasFailed: boolean } | undefined;

  constructor(cloud: TestCloud, project: ScratchProject, seed: number) {
    this.cloud = cloud;
    this.project = project;
    this.#random = seeded(seed);
  }

  static async open(seed: number): Promise<Soak> {
    const cloud = await startCloud();
    const project = scratchProject(cloud.home);
    const { accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
    Object.assign(project.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
    const s3 = s3For(cloud);
    await s3.send(new CreateBucketCommand({ Bucket: TEAM }));
    s3.destroy();
    return new Soak(cloud, project, seed);
  }

  async dispose(): Promise<void> {
    this.project.dispose();
    await this.cloud.dispose();
  }

  /** Does one thing with a fault or without, then what is left of it without; throws where a run without a fault fails. */
  async step(): Promise<void> {
    const { title, act } = this.#drawn();
    const trouble = this.#random() < 0.7 ? this.#one(KINDS) : undefined;
    const skip = Math.floor(this.#random() * 20);
    // Some are met by asking again, and some are too many for that.
    this.#armed = trouble && { ...trouble.fault, skip, times: this.#one([1, 2, 4, 16]) };
    this.#current = { what: title, fault: trouble?.title ?? "", struck: 0, hasFailed: false };
    await act();
    await this.#run("up");
    this.done.push(this.#current);
  }

  /** What is not as it has to be. Empty: nothing. */
  async wrong(): Promise<string[]> {
    return [...differences(this.#expected(), await estateOf(this.cloud, "tst")), ...(await this.#wrongData())];
  }

  /** The tenants that there are, for people. */
  toString(): string {
    return this.#living.map(({ id, state, files, rows }) => `${id} ${state} ${files.size}/${rows.size}`).join(", ");
  }

  #drawn(): { title: string; act: () => Promise<void> } {
    const active = this.#living.filter(({ state }) => state === "active");
    const deeds = Object.entries(this.#deeds).flatMap(([title, deed]) =>
      active.filter((one) => title !== "leave" || one.clones.size === 0).map((one) => ({ title, deed, one })),
    );
    const resume = this.#living.filter(({ state }) => state === "suspended");
    const all = [
      ...(this.#living.length < MOST ? [{ title: "create", act: () => this.#create() }] : []),
      ...resume.map((one) => ({ title: `resume ${one.id}`, act: () => this.#turn(one, "active") })),
      ...deeds.map(({ title, deed, one }) => ({ title: `${title} ${one.id}`, act: () => deed(one) })),
    ];
    // Each kind as often as the others, however many tenants it can be done to.
    const kinds = [...new Set(all.map(({ title }) => title.split(" ")[0]))].filter(
      (kind) => this.#living.length < MOST || kind !== "clone",
    );
    const kind = this.#one(kinds);
    return this.#one(all.filter(({ title }) => title.split(" ")[0] === kind));
  }

  async #create(): Promise<void> {
    const one = this.#made({ files: new Map(), rows: new Set() });
    this.project.tenant(one.id, "owner: team@example.com\nstorage: { snapshots: true }\n");
    await this.#tried(["up"], ["up"]);
    await this.#asApp(one, ({ sql }) => sql.execute("CREATE TABLE notes(body TEXT PRIMARY KEY)"));
    await this.#put(one);
  }

  #made(more: Pick<Living, "files" | "rows">): Living {
    const one: Living = { id: `t${(this.#count += 1)}`, state: "active", clones: new Set(), ...more };
    this.#living.push(one);
    return one;
  }

  readonly #deeds: Readonly<Record<string, Deed>> = {
    write: (one) => this.#put(one),
    change: async (one) => {
      const lines = readFileSync(this.#fileOf(one.id), "utf8").trimEnd().split("\n");
      // The epoch, which a rotation has written, stays.
      const kept = lines.filter((line) => !/^(?:machine|access|mount):/.test(line));
      this.project.tenant(one.id, `${[...kept, this.#one(SETTINGS)].join("\n")}\n`);
      await this.#tried(["up"], ["up"]);
    },
    rotate: (one) => this.#edits(one, ["rotate", one.id, "--apply", "--yes"]),
    suspend: (one) => this.#turn(one, "suspended"),
    snapshot: (one) => this.#tried(["snapshot", one.id]),
    restore: async (one) => {
      const at = await this.#cut(one);
      const [lost] = one.files.keys();
      await this.#asApp(one, async ({ s3, sql, Bucket }) => {
        if (lost !== undefined) await s3.send(new DeleteObjectCommand({ Bucket, Key: lost }));
        await sql.execute({ sql: "DELETE FROM notes WHERE body = ?", args: [[...one.rows][0] ?? ""] });
      });
      await this.#tried(["restore", one.id, "--at", at]);
    },
    switch: async (one) => {
      const at = await this.#cut(one);
      const before = { files: new Map(one.files), rows: new Set(one.rows) };
      await this.#put(one);
      const armed = this.#disarmed();
      await this.#turn(one, "suspended");
      this.#armed = armed;
      await this.#tried(["restore", one.id, "--at", at, "--switch"]);
      await this.#turn(one, "active");
      Object.assign(one, before);
    },
    clone: async (one) => {
      const clone = this.#made({ files: new Map(one.files), rows: new Set(one.rows) });
      one.clones.add(clone.id);
      await this.#tried(["clone", one.id, clone.id], () =>
        existsSync(this.#fileOf(clone.id)) ? undefined : ["clone", one.id, clone.id],
      );
    },
    export: async (one) => {
      const place = ["--to", `s3://${TEAM}/${one.id}`, "--endpoint", this.cloud.descriptor.tigris.endpoint];
      await this.#tried(["export", one.id, ...place]);
      await this.#run("export", one.id, ...place, "--verify");
    },
    leave: async (one) => {
      const offboard = ["offboard", one.id, "--apply", "--yes"];
      const armed = this.#disarmed();
      await this.#run(...offboard, "--reason", "soak");
      await this.#run(...offboard, "--export", join(this.project.dir, "leaving", one.id), "--retain", "0");
      this.#armed = armed;
      await this.#edits(one, [...offboard, "--reason", "soak"]);
      this.#living.splice(this.#living.indexOf(one), 1);
      for (const other of this.#living) other.clones.delete(one.id);
    },
  };

  async #turn(one: Living, state: Living["state"]): Promise<void> {
    await this.#edits(one, [state === "active" ? "resume" : "suspend", one.id, "--apply", "--yes"]);
    one.state = state;
  }

  async #cut(one: Living): Promise<string> {
    const armed = this.#disarmed();
    const { at } = parsed(await this.#run("snapshot", one.id, "--json")) as { at: string };
    this.#armed = armed;
    return at;
  }

  /** A verb that edits the tenant's file and applies it: what failed after the edit, an `up` goes on with. */
  #edits({ id }: Living, words: readonly string[]): Promise<void> {
    const file = this.#fileOf(id);
    const before = readFileSync(file, "utf8");
    return this.#tried(words, () => (readFileSync(file, "utf8") === before ? words : ["up"]));
  }

  /** Runs a verb with the fault; and where it failed, `again` without. */
  async #tried(words: readonly string[], again: readonly string[] | (() => readonly string[] | undefined) = words) {
    const armed = this.#disarmed();
    if (armed !== undefined) await this.cloud.faults(armed);
    const ran = await this.project.tenantry(...words);
    this.#look(words, ran);
    if (armed !== undefined) {
      const [struck = 0] = await this.cloud.struck();
      await this.cloud.faults();
      if (this.#current !== undefined) this.#current.struck += struck;
    }
    if (ran.code === 0) return;
    if (armed === undefined) throw unwell(words, ran);
    if (this.#current !== undefined) this.#current.hasFailed = true;
    const next = typeof again === "function" ? again() : again;
    if (next !== undefined) await this.#run(...next);
  }

  async #run(...words: string[]): Promise<Ran> {
    const ran = await this.project.tenantry(...words);
    this.#look(words, ran);
    if (ran.code !== 0) throw unwell(words, ran);
    return ran;
  }

  /** Throws where a run has shown a secret. */
  #look(words: readonly string[], { stdout, stderr }: Ran): void {
    for (const env of bootEnvironments(this.cloud, "tst").values())
      for (const name of ["AWS_SECRET_ACCESS_KEY", "DATABASE_AUTH_TOKEN"]) this.#secrets.add(env[name] ?? "");
    const shown = [...this.#secrets].find((secret) => secret !== "" && `${stdout}${stderr}`.includes(secret));
    if (shown !== undefined) throw new Error(`${words.join(" ")} shows a secret`);
  }

  #disarmed(): CloudFault | undefined {
    const armed = this.#armed;
    this.#armed = undefined;
    return armed;
  }

  #fileOf(id: string): string {
    return join(this.project.dir, "tenants/local", `${id}.yaml`);
  }

  async #put(one: Living): Promise<void> {
    const body = `${this.done.length} ${this.#random()}`;
    await this.#asApp(one, async ({ s3, sql, Bucket }) => {
      await s3.send(new PutObjectCommand({ Bucket, Key: `notes/${this.done.length % 20}.md`, Body: body }));
      await sql.execute({ sql: "INSERT INTO notes VALUES (?)", args: [body] });
    });
    one.files.set(`notes/${this.done.length % 20}.md`, body);
    one.rows.add(body);
  }

  #expected(): Pick<Estate, "buckets" | "databases" | "apps" | "machines"> {
    const ids = this.#living.map(({ id }) => id).sort();
    const machines = this.#living.map(({ id, state }) => `${id} ${state === "active" ? "started" : "stopped"}`).sort();
    return { buckets: ids, databases: ids, apps: ids, machines };
  }

  async #wrongData(): Promise<string[]> {
    const wrong: string[] = [];
    for (const one of this.#living.filter(({ state }) => state === "active"))
      await this.#asApp(one, async ({ s3, sql, Bucket }) => {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
        const files = new Map<string, string>();
        for (const { Key = "" } of Contents)
          files.set(
            Key,
            (await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? "",
          );
        const { rows } = await sql.execute("SELECT body FROM notes");
        const [is, has] = [[...files].sort(), rows.map((row) => asText(row[0])).sort()];
        const [were, had] = [[...one.files].sort(), [...one.rows].sort()];
        if (JSON.stringify(is) !== JSON.stringify(were))
          wrong.push(`${one.id}: files ${JSON.stringify(is)} instead of ${JSON.stringify(were)}`);
        if (JSON.stringify(has) !== JSON.stringify(had))
          wrong.push(`${one.id}: rows ${JSON.stringify(has)} instead of ${JSON.stringify(had)}`);
      });
    return wrong;
  }

  /** With what the machine boots with. */
  async #asApp(
    { id }: Living,
    work: (app: { s3: S3Client; sql: Client; Bucket: string }) => Promise<unknown>,
  ): Promise<void> {
    const env = bootEnvironments(this.cloud, "tst").get(`tst-local-${id}`) ?? {};
    const key = { accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "" };
    const s3 = s3For(this.cloud, key);
    const sql = createClient({ url: env["LIBSQL_URL"] ?? "", authToken: env["DATABASE_AUTH_TOKEN"] ?? "" });
    try {
      await work({ s3, sql, Bucket: env["BUCKET_NAME"] ?? "" });
    } finally {
      s3.destroy();
      sql.close();
    }
  }

  #one<Each>(some: readonly Each[]): Each {
    const each = some[Math.floor(this.#random() * some.length)];
    if (each === undefined) throw new Error("there is nothing to draw from");
    return each;
  }
}

function differences(wanted: object, found: object): string[] {
  const has = new Map(Object.entries(found));
  return Object.entries(wanted).flatMap(([what, names]) =>
    JSON.stringify(names) === JSON.stringify(has.get(what))
      ? []
      : [`${what}: ${JSON.stringify(has.get(what))} instead of ${JSON.stringify(names)}`],
  );
}

function unwell(words: readonly string[], { code, stdout, stderr }: Ran): Error {
  return new Error(`tenantry ${words.join(" ")} ends with ${code}:\n${stdout}${stderr}`);
}
