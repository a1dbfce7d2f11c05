import { engineOf } from "../../../provider/turso/engine.ts";
import { at } from "../caller.ts";
import { byStatus, type Question, yesIf } from "../question.ts";
import { making, until } from "../room.ts";
import { LOCATION, type TursoPlace } from "./turso-place.ts";

export const tursoQuestions: readonly Question<TursoPlace>[] = [
  {
    id: "turso.size-at-creation",
    asks: "Does Turso keep the size_limit of a new database?",
    how: "POST /databases with size_limit, then GET …/configuration",
    means: {
      yes: "`database.sizeLimit` is effective from the start",
      no: "it is ignored silently: a tenant with `database.sizeLimit` fails with TURSO_NO_SIZE_LIMIT",
      other: "Turso does not create such a database: tenantry says TURSO_NO_SIZE_LIMIT; omit `database.sizeLimit`",
    },
    switch: "turso.sizeLimit",
    async ask({ room, group }) {
      const name = room.names.name("s");
      const json = { name, group: (await group()).name, size_limit: "1gb" };
      const create = () => room.askTurso("POST", "/databases", { json });
      const made = await making(room, { kind: "database", name }, create, false);
      if (made.status >= 300) return { reply: "other", said: made.said };
      const { body } = await room.askTurso("GET", `/databases/${name}/configuration`);
      const shown = at(body, "size_limit");
      return yesIf(isSize(shown), `200, then shown as ${JSON.stringify(shown ?? null)}`);
    },
  },
  {
    id: "turso.size-later",
    asks: "Can the size_limit of a database be set later?",
    how: "PATCH …/configuration with size_limit",
    means: {
      yes: "`database.sizeLimit` can be changed",
      no: "tenantry says TURSO_NO_SIZE_LIMIT, and still sets everything else",
      other: "look at what Turso answered",
    },
    async ask({ room, database }) {
      const { name } = await database();
      const json = { size_limit: "1gb" };
      return byStatus(await room.askTurso("PATCH", `/databases/${name}/configuration`, { json }), [200], [400]);
    },
  },
  {
    id: "turso.taken-name",
    asks: "Is a database name that already exists refused with 400?",
    how: "POST /databases with an existing name",
    means: {
      yes: "as the live API does since 2026-07-30; tenantry then checks the owner",
      no: "409, as the API's document says; tenantry then checks the owner",
      other: "another status; tenantry adopts only after 400, 409 and 422",
    },
    switch: "turso.duplicateName",
    async ask({ room, database, group }) {
      const json = { name: (await database()).name, group: (await group()).name };
      return byStatus(await room.askTurso("POST", "/databases", { json }), [400], [409]);
    },
  },
  {
    id: "turso.primary",
    asks: "Does a group's primary have the form of its location?",
    how: "POST /groups, then compare primary and locations",
    means: {
      yes: "nothing to do",
      no: "without `aws-`; tenantry accepts both forms",
      other: "another location than requested: report it as an issue of tenantry",
    },
    switch: "turso.barePrimary",
    async ask({ group }) {
      const { shown } = await group();
      const primary = at(shown, "primary");
      const said = `primary ${JSON.stringify(primary)}, locations ${JSON.stringify(at(shown, "locations"))}`;
      if (primary === LOCATION.replace(/^aws-/, "")) return { reply: "no", said };
      return { reply: primary === LOCATION ? "yes" : "other", said };
    },
  },
  {
    id: "turso.protected",
    asks: "Is deleting a protected database refused with 409?",
    how: "PATCH …/configuration with delete_protection, then DELETE",
    means: {
      yes: "nothing to do",
      no: "it was deleted: Turso's protection has no effect; tenantry's own guards still have",
      other: "another status; tenantry shows Turso's message",
    },
    switch: "turso.deleteProtected",
    async ask({ room, other }) {
      const { name } = await other();
      const protect = (delete_protection: boolean) =>
        room.askTurso("PATCH", `/databases/${name}/configuration`, { json: { delete_protection } });
      const on = await protect(true);
      if (on.status >= 300) return { reply: "other", said: `protecting it: ${on.said}` };
      const answer = await room.askTurso("DELETE", `/databases/${name}`);
      if (answer.status >= 300) await protect(false);
      return byStatus(answer, [409], [200, 204]);
    },
  },
  {
    id: "turso.full-text-search",
    asks: "Does a database have full-text search (FTS5)?",
    how: "CREATE VIRTUAL TABLE … USING fts5",
    means: {
      yes: "it is libSQL",
      no: "the engine is not libSQL: apps that use full-text search do not work",
      other: "the database could not be asked",
    },
    async ask({ room, database }) {
      const { hostname, token } = await database();
      const heard = await room.askDatabase(hostname, token, "create virtual table if not exists t using fts5(words)");
      if (heard.status >= 300) return { reply: "other", said: heard.said };
      const type = at(heard.body, "results", 0, "type");
      const message = at(heard.body, "results", 0, "error", "message");
      return yesIf(type === "ok", typeof message === "string" ? message : String(type));
    },
  },
  {
    id: "turso.engine",
    asks: "Does the id of a new database show the engine libSQL?",
    how: "POST /databases, and the sixth byte of its DbId",
    means: {
      yes: "nothing to do",
      no: "new databases have the TursoDB engine: tenantry says TURSO_WRONG_ENGINE and creates no tenant with a database",
      other: "the database could not be created or read",
    },
    switch: "turso.wrongEngine",
    async ask({ room, database }) {
      const { body } = await room.askTurso("GET", `/databases/${(await database()).name}`);
      const id = String(at(body, "database", "DbId"));
      return yesIf(engineOf(id) === "libsql", id);
    },
  },
  {
    id: "turso.usage-zeros",
    asks: "Does the usage of a new database show figures that are 0?",
    how: "GET …/usage of a database without writes",
    means: {
      yes: "nothing to do",
      no: "they are omitted; tenantry reads them as 0",
      other: "look at what Turso answered",
    },
    switch: "turso.usageWithoutZeros",
    async ask({ room, other }) {
      const { body, status, said } = await room.askTurso("GET", `/databases/${(await other()).name}/usage`);
      if (status >= 300) return { reply: "other", said };
      const figures = at(body, "database", "total") ?? at(body, "database", "usage") ?? {};
      const shown = Object.keys(figures);
      return yesIf(shown.includes("rows_written"), `figures: ${shown.join(", ") || "none"}`);
    },
  },
  {
    id: "turso.token-confined",
    asks: "Does a database refuse another database's token?",
    how: "POST /v2/pipeline of one database with the token of another",
    means: {
      yes: "nothing to do",
      no: "tenants are not isolated: do not continue, and report it as an issue of tenantry",
      other: "look at what Turso answered",
    },
    async ask({ room, database, neighbour }) {
      const [{ hostname }, { token }] = [await database(), await neighbour()];
      return byStatus(await room.askDatabase(hostname, token, "select 1"), [401, 403], [200]);
    },
  },
  {
    id: "turso.rotation-confined",
    switch: "turso.rotation",
    asks: "Do other databases' tokens stay valid when one database's tokens are rotated?",
    how: "POST /databases/{db}/auth/rotate, then each database with its old token",
    means: {
      yes: "`rotation.epoch` of one tenant does not affect others",
      no: "raising one tenant's `rotation.epoch` breaks all tenants of its group until the next `up`: do not use it",
      other: "rotation is refused, or the old token stays valid: `rotation.epoch` revokes nothing",
    },
    async ask({ room, database, neighbour, mint }) {
      const [{ name, hostname, token }, untouched] = [await database(), await neighbour()];
      const began = performance.now();
      const rotated = await room.askTurso("POST", `/databases/${name}/auth/rotate`);
      if (rotated.status >= 300) return { reply: "other", said: rotated.said };
      const isDead = async () =>
        (await room.askDatabase(hostname, token, "select 1")).status === 401 ? true : undefined;
      await until(room, "the end of the old token", isDead, { limitMs: 30_000 });
      const fresh = await mint(name);
      const isBack = async () =>
        (await room.askDatabase(hostname, fresh, "select 1")).status === 200 ? true : undefined;
      const { ms } = await until(room, "a new token", isBack, { since: began });
      const answer = await room.askDatabase(untouched.hostname, untouched.token, "select 1");
      return { ...byStatus(answer, [200], [401]), ms };
    },
  },
];

/** Undefined, null, zero and an empty text mean no limit. */
function isSize(shown: unknown): boolean {
  return shown !== undefined && shown !== null && shown !== "" && shown !== "0" && shown !== 0;
}
