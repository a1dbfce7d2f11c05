import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { DatabaseAddress } from "../../../container/app/config.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { s3For } from "../../local/tigris/clients.ts";
import { startTurso, type TursoCloud } from "../../local/turso/turso-cloud.ts";
import { newTenant } from "../tenants.ts";
import { type ByHand, inBucket, inFolder } from "./by-hand.ts";
import { type Environment, type NotesApp, startApp } from "./notes-app.ts";

/** What holds notes and a database for their index, both empty at first. */
export interface Place {
  /** A folder, in which there is nothing where a bucket holds the notes. */
  readonly mount: string;
  readonly notes: string;
  readonly byHand: ByHand;
  readonly address: DatabaseAddress;
  readonly env: Environment;
  /** `within`: a command that runs the one given to it. */
  start(more?: Environment, within?: readonly string[]): Promise<NotesApp>;
}

/** What keeps the index. */
export interface Engine {
  place(): Promise<Place>;
  /** Ends all that was started here and removes all that was written. */
  dispose(): Promise<void>;
}

/** A SQLite file on this machine. */
export function sqlite(): Promise<Engine> {
  const made = engine((dir) => Promise.resolve({ kind: "file", path: join(dir, "index.db") }));
  return Promise.resolve(made);
}

/** A SQLite file on this machine; the notes are in a bucket that nobody mounts: the embedded Tigris', with a key for it alone. */
export async function objects(): Promise<Engine & { readonly cloud: TestCloud }> {
  const cloud = await startCloud({ vendors: ["tigris"] });
  let count = 0;
  const made = engine(
    (dir) => Promise.resolve({ kind: "file", path: join(dir, "index.db") }),
    async () => {
      const { bucket, env } = await newTenant(cloud, `notes-${(count += 1)}`);
      return { byHand: inBucket(s3For(cloud), bucket), env: { ...env, MOUNT_BY: "app" } };
    },
  );
  return {
    cloud,
    place: made.place,
    async dispose() {
      await made.dispose();
      await cloud.dispose();
    },
  };
}

/** A libSQL server: the embedded Turso's sqld, with a database and a token of their own for each place. */
export async function sqld(): Promise<Engine & { readonly turso: TursoCloud }> {
  const turso = await startTurso();
  let count = 0;
  const made = engine(async () => {
    const name = `notes-${(count += 1)}`;
    const { Hostname } = await turso.create(name);
    return { kind: "libsql", url: `libsql://${Hostname}?tls=0`, token: await turso.mint(name) };
  });
  return {
    turso,
    place: made.place,
    async dispose() {
      await made.dispose();
      await turso.dispose();
    },
  };
}

/** What holds the files of a place. */
type FilesIn = (mount: string) => Promise<{ readonly byHand: ByHand; readonly env: Environment }>;

const folder: FilesIn = (mount) => Promise.resolve({ byHand: inFolder(mount), env: { MOUNT_PATH: mount } });

function engine(addressIn: (dir: string) => Promise<DatabaseAddress>, filesIn: FilesIn = folder): Engine {
  const root = mkdtempSync(join(tmpdir(), "tenantry-notes-"));
  const apps: NotesApp[] = [];
  return {
    async place() {
      const dir = mkdtempSync(join(root, "place-"));
      const mount = join(dir, "mount");
      mkdirSync(mount);
      const address = await addressIn(dir);
      const { byHand, env: filesEnv } = await filesIn(mount);
      const env = { ...filesEnv, ...environmentOf(address) };
      const start = async (more: Environment = {}, within: readonly string[] = []) => {
        const app = await startApp({ ...env, ...more }, within);
        apps.push(app);
        return app;
      };
      return { mount, notes: join(mount, "notes"), byHand, address, env, start };
    },
    async dispose() {
      await Promise.all(apps.map((app) => app.kill()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function environmentOf(address: DatabaseAddress): Environment {
  return address.kind === "file"
    ? { DATABASE_FILE: address.path }
    : { LIBSQL_URL: address.url, DATABASE_AUTH_TOKEN: address.token };
}
