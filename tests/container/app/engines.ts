import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { DatabaseAddress } from "../../../container/app/config.ts";
import { startTurso, type TursoCloud } from "../../local/turso/turso-cloud.ts";
import { type Environment, type NotesApp, startApp } from "./notes-app.ts";

/** A folder for notes and a database for their index, both empty at first. */
export interface Place {
  readonly mount: string;
  readonly notes: string;
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

function engine(addressIn: (dir: string) => Promise<DatabaseAddress>): Engine {
  const root = mkdtempSync(join(tmpdir(), "tenantry-notes-"));
  const apps: NotesApp[] = [];
  return {
    async place() {
      const dir = mkdtempSync(join(root, "place-"));
      const mount = join(dir, "mount");
      mkdirSync(mount);
      const address = await addressIn(dir);
      const env = { MOUNT_PATH: mount, ...environmentOf(address) };
      const start = async (more: Environment = {}, within: readonly string[] = []) => {
        const app = await startApp({ ...env, ...more }, within);
        apps.push(app);
        return app;
      };
      return { mount, notes: join(mount, "notes"), address, env, start };
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
