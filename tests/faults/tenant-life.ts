import { join } from "node:path";

import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type Client, createClient } from "@libsql/client";

import { exportHoldings } from "../../operations/handover/export.ts";
import { folderPlace } from "../../operations/handover/folder-place.ts";
import type { Holdings } from "../../operations/handover/tenant-holdings.ts";
import { verifyExport } from "../../operations/handover/verify.ts";
import type { Cut } from "../../operations/history/entry.ts";
import { proofOfAbsence } from "../../operations/offboarding/proof-of-absence.ts";
import { purgingIn, type OldCredential } from "../../operations/offboarding/purging.ts";
import { cloneHoldings } from "../../operations/snapshots/clone.ts";
import { takeCut } from "../../operations/snapshots/cut.ts";
import { restoreCut } from "../../operations/snapshots/restore.ts";
import { switchHoldings } from "../../operations/snapshots/switched.ts";
import { askConsistently } from "../../provider/tigris/consistent.ts";
import { ownSettings } from "../../provider/tigris/own-settings.ts";
import { refusePages } from "../../provider/tigris/page-refusal.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import { libsqlUrl } from "../../provider/turso/data-url.ts";
import type { TenantFile } from "../../tenants/model/tenant-file.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { physicalNames } from "../../tenants/physical-name.ts";
import { bootEnvironments } from "../e2e/estate.ts";
import { outsider } from "../support/outsider.ts";
import { apply, declaredBy, ID } from "./apply.ts";
import { BEGINNING, type Deed, type Step } from "./life.ts";
import { contentsOf } from "./contents.ts";
import type { ScratchTenants } from "./scratch-tenants.ts";
import type { Patience } from "./plugin.ts";
import type { State } from "./small-engine.ts";

/** What a step said: to be looked through for secrets. */
export interface Said {
  readonly errors: readonly string[];
  readonly told: readonly unknown[];
}

const CLONE = "acme-clone";
const DAY_MS = 86_400_000;
/** One more than the life has had until then. */
const SWITCHED_EPOCH = 3;
const KEPT = { Key: "notes/kept.md", Body: "kept" } as const;
const GONE = { Key: "notes/gone.md", Body: "brought back" } as const;
const ADDED = { Key: "notes/added.md", Body: "came later" } as const;

/** One tenant and all that is known of it. */
export class TenantLife {
  readonly #prefix: string;
  readonly #ground: ScratchTenants;
  #file: TenantFile = BEGINNING;
  #state: State = [];
  #days = 0;
  #cut: Cut | undefined;
  /** What takes the switch back, once one has begun. */
  #undo: Cut | undefined;
  #manifest: { sha256: string; contents: string } | undefined;
  #credentials: readonly OldCredential[] = [];

  /** @param prefix no other life on this ground has it */
  constructor(prefix: string, scratch: ScratchTenants) {
    this.#prefix = prefix;
    this.#ground = { ...scratch, settings: { ...scratch.settings, prefix } };
  }

  /** What happens before a step, whether it is disturbed or not. */
  async prepare(step: Step): Promise<void> {
    if (step.title === "suspend to switch")
      await this.#asApp(async ({ s3, sql, Bucket }) => {
        await s3.send(new PutObjectCommand({ Bucket, ...ADDED }));
        await s3.send(new DeleteObjectCommand({ Bucket, Key: GONE.Key }));
        await sql.executeMultiple("DELETE FROM notes WHERE body = 'brought back'; CREATE TABLE added(n)");
      });
    if (step.kind === "up") {
      const leaving = this.#manifest && { manifest: { path: "exports/manifest.jsonl", ...this.#manifest } };
      const file = step.change(this.#file);
      this.#file = file.state === "offboarding" ? { ...file, ...leaving } : file;
      this.#days += step.days ?? 0;
      if (file.state === "purged") this.#credentials = this.#oldCredentials();
      return;
    }
    if (step.title === "restore")
      await this.#asApp(async ({ s3, sql, Bucket }) => {
        await s3.send(new DeleteObjectCommand({ Bucket, Key: GONE.Key }));
        await sql.execute("DELETE FROM notes WHERE body = 'brought back'");
      });
  }

  /** Does a step, or does it again. */
  async perform(step: Step, patience?: Patience): Promise<Said> {
    if (step.kind === "up") return this.#up(patience);
    try {
      await this.#verbs[step.title](patience);
      return { errors: [], told: [] };
    } catch (error) {
      return { errors: [inFull(error)], told: [] };
    }
  }

  /** What happens after a step has ended well: the app writes its first data; a clone goes. */
  async finish({ title }: Step): Promise<void> {
    if (title === "create")
      await this.#asApp(async ({ s3, sql, Bucket }) => {
        await s3.send(new PutObjectCommand({ Bucket, ...KEPT }));
        await s3.send(new PutObjectCommand({ Bucket, ...GONE }));
        await sql.executeMultiple(
          "CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes(body) VALUES ('kept'), ('brought back')",
        );
      });
    if (title !== "clone") return;
    const { bucket, database } = this.#names(CLONE);
    const outside = outsider(this.#ground.cloud);
    await outside.s3("DELETE", `/${bucket}`, "", { "Tigris-Force-Delete": "true" });
    await outside.turso("DELETE", `/databases/${database}`);
  }

  /** How all of it is at the vendors, and what the machine's own credentials open. */
  async existing(): Promise<unknown> {
    const { cloud, s3 } = this.#ground;
    const contents = await contentsOf(cloud, s3, this.#prefix);
    const opens =
      this.#file.state === "active" || this.#file.state === undefined ? await this.#asApp(dataSeen) : "closed";
    return { contents, opens };
  }

  /** Values that nobody may be shown. */
  secrets(): string[] {
    const { tigris, turso, fly } = this.#ground.accounts;
    const own = this.#state.flatMap(({ outputs: { secretAccessKey, token } }) => [secretAccessKey, token]);
    return [tigris.secretAccessKey, turso.token, fly.token, ...own].filter((value) => typeof value === "string");
  }

  get state(): State {
    return this.#state;
  }

  /** As after a kill of a run that wrote no state. */
  forget(state: State): void {
    this.#state = state;
  }

  async #up(patience: Patience | undefined): Promise<Said> {
    const now = () => new Date(Date.now() + this.#days * DAY_MS);
    const { state, errors, told, lines } = await apply(this.#ground, this.#tenant(), this.#state, { patience, now });
    this.#state = state;
    return { errors, told: [...told, ...lines] };
  }

  readonly #verbs: Readonly<Record<Deed["title"], (patience: Patience | undefined) => Promise<void>>> = {
    snapshot: async (patience) => {
      const holdings = await this.#holdings(patience);
      const cutting = { holdings, flush: undefined, signal: NEVER, now: () => new Date() };
      this.#cut = await takeCut({ ...cutting, tigris: tigrisClient(this.#ground.accounts.tigris, patience) });
    },
    restore: async (patience) => {
      const wish = { prefix: "", tables: [], dryRun: false };
      await restoreCut(await this.#holdings(patience), this.#cutTaken(), wish, {
        tell: () => undefined,
        signal: NEVER,
      });
    },
    switch: async (patience) => {
      const holdings = await this.#holdings(patience);
      const cutting = { holdings, flush: undefined, signal: NEVER, now: () => new Date() };
      const begin = async () =>
        (this.#undo ??= await takeCut({ ...cutting, tigris: tigrisClient(this.#ground.accounts.tigris, patience) }));
      const rotate = () => {
        this.#file = { ...this.#file, rotation: { ...this.#file.rotation, epoch: SWITCHED_EPOCH } };
      };
      const { failed } = await switchHoldings(
        holdings,
        this.#cutTaken(),
        { rotate, begin },
        {
          tell: () => undefined,
          signal: NEVER,
        },
      );
      if (Object.keys(failed).length > 0) throw new Error(JSON.stringify(failed));
    },
    clone: async (patience) => {
      const tenant = CLONE;
      const { settings, accounts } = this.#ground;
      const source = { ...(await this.#holdings(patience)), tigris: tigrisClient(accounts.tigris, patience) };
      const owner = { fleetId: settings.fleetId, stack: "local", tenant };
      const wish = { owner, names: this.#names(tenant), cut: this.#cutTaken(), scrub: "UPDATE notes SET body = 'x'" };
      await cloneHoldings(source, wish, NEVER);
    },
    export: async (patience) => {
      const holdings = await this.#holdings(patience);
      const place = folderPlace(join(this.#ground.place, this.#prefix));
      const handed = { stack: "local", holdings, tenantFile: JSON.stringify(this.#file), history: [] };
      const calm = { tell: () => undefined, signal: NEVER, now: () => new Date() };
      const { sha256, contents } = await exportHoldings(handed, place, calm);
      await verifyExport(place);
      this.#manifest = { sha256, contents };
    },
    "proof of absence": async () => {
      const { accounts } = this.#ground;
      const asked = await proofOfAbsence(accounts, ID, this.#names(ID), this.#credentials);
      const found = asked.filter((each) => each.found !== "nothing" && each.found !== "refused");
      if (found.length > 0) throw new Error(JSON.stringify(found));
    },
  };

  #tenant(): Tenant {
    const declared = declaredBy(this.#file);
    if (declared === undefined) throw new Error(`no valid file: ${JSON.stringify(this.#file)}`);
    return declared;
  }

  #names(tenant: string) {
    return physicalNames({ ...this.#ground.settings, stack: "local", tenant });
  }

  #cutTaken(): Cut {
    if (this.#cut === undefined) throw new Error("there is no cut yet");
    return this.#cut;
  }

  #oldCredentials(): readonly OldCredential[] {
    const stored = this.#state.map(({ key, type, id, inputs, outputs }) => ({ urn: key, type, id, inputs, outputs }));
    return purgingIn(this.#tenant(), stored).credentials;
  }

  /** What `holdingsOf` looks up for the verbs of the command line. */
  async #holdings(patience: Patience | undefined): Promise<Holdings> {
    const { tigris, turso: account } = this.#ground.accounts;
    const names = this.#names(ID);
    const turso = tursoClient(account, patience);
    const database = await turso.database(names.database, {});
    const s3 = new S3Client({
      ...ownSettings(tigris),
      region: "auto",
      credentials: tigris,
      ...(patience === undefined
        ? {}
        : {
            maxAttempts: patience.retries + 1,
            requestHandler: { requestTimeout: patience.timeoutMs, throwOnRequestTimeout: true },
          }),
    });
    return {
      tenant: this.#tenant(),
      resources: [],
      bucket: names.bucket,
      s3: refusePages(askConsistently(s3)),
      turso,
      database,
      urlOf: (hostname) => libsqlUrl(account.endpoint, hostname),
      close: () => {
        s3.destroy();
      },
    };
  }

  /** With what the machine boots with. */
  async #asApp<Result>(work: (app: App) => Promise<Result>): Promise<Result> {
    const { app, bucket } = this.#names(ID);
    const env = bootEnvironments(this.#ground.cloud, this.#prefix).get(app);
    if (env === undefined) throw new Error(`${app} has no machine`);
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
    const place = { ...ownSettings(this.#ground.accounts.tigris), region: "auto" };
    const s3 = askConsistently(new S3Client({ ...place, credentials: { accessKeyId, secretAccessKey } }));
    const sql = createClient({ url: env["LIBSQL_URL"] ?? "", authToken: env["DATABASE_AUTH_TOKEN"] ?? "" });
    try {
      return await work({ s3, sql, Bucket: bucket, mounts: env["BUCKET_NAME"] !== undefined });
    } finally {
      s3.destroy();
      sql.close();
    }
  }
}

interface App {
  readonly s3: S3Client;
  readonly sql: Client;
  readonly Bucket: string;
  /** Whether its files are in the bucket, and not on a volume. */
  readonly mounts: boolean;
}

async function dataSeen({ s3, sql, Bucket, mounts }: App): Promise<unknown> {
  const { rows } = await sql.execute("SELECT body FROM notes ORDER BY id");
  const files = mounts
    ? await Promise.all(
        [KEPT, GONE].map(async ({ Key }) =>
          (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString(),
        ),
      )
    : "on a volume";
  return { rows: rows.map((row) => row[0]), files };
}

const NEVER = new AbortController().signal;

function inFull(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return `${error.name} ${error.message}${cause === undefined ? "" : ` <- ${inFull(cause)}`}`;
}
