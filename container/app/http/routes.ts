import { type Context, Hono } from "hono";
import * as z from "zod";

import type { CatchUp } from "../catch-up.ts";
import type { PartHealth } from "../health.ts";
import type { NoteIndex } from "../index/note-index.ts";
import { parseSearchQuery } from "../index/search-query.ts";
import type { Log } from "../log.ts";
import { type NoteService, type StoredNote, type Written } from "../note-service.ts";
import { Problem } from "../problem.ts";
import type { Quiet } from "../quiet.ts";
import { preconditionOf } from "./preconditions.ts";
import { problemAnswer } from "./problem-answer.ts";
import { countIn, draftIn, idIn, queryIn, type ServedByNode } from "./request-input.ts";
import { requestLog } from "./request-log.ts";

export interface Served {
  readonly notes: NoteService;
  readonly index: NoteIndex;
  readonly catchUp: CatchUp;
  readonly quiet: Quiet;
  readonly health: () => Promise<{ readonly mount: PartHealth; readonly database: PartHealth }>;
  /** What `GET /stats` says beside the numbers of the index. */
  readonly about: () => Readonly<Record<string, unknown>>;
  readonly maxNoteBytes: number;
  readonly log: Log;
  readonly isStopping: () => boolean;
}

const LIST_QUERY = z.strictObject({ limit: countIn(1, 200, 50), after: z.string().max(64).default("") });
const SEARCH_QUERY = z.strictObject({
  q: z.string().min(1).max(200),
  limit: countIn(1, 100, 20),
  offset: countIn(0, 10_000, 0),
});
const REINDEX_QUERY = z.strictObject({ mode: z.enum(["incremental", "full"]).default("incremental") });

/** The HTTP surface: what container/app/README.md lists. */
export function routes(served: Served): Hono<ServedByNode> {
  const app = new Hono<ServedByNode>();
  app.use(requestLog(served.log));
  app.use(async (c, next) => {
    await next();
    // Else a client that keeps its connection busy would hold up the end.
    if (served.isStopping()) c.header("connection", "close");
  });
  app.notFound((c) => problemAnswer(c, new Problem("route-not-found")));
  app.onError((error, c) => problemAnswer(c, error instanceof Problem ? error : new Problem("internal")));
  noteRoutes(app, served);
  indexRoutes(app, served);
  stateRoutes(app, served);
  quietRoutes(app, served);
  return app;
}

function noteRoutes(app: Hono<ServedByNode>, { notes, index, catchUp, maxNoteBytes }: Served): void {
  app.post("/notes", async (c) => written(c, await notes.create(await draftIn(c, maxNoteBytes))));
  app.get("/notes", async (c) => {
    const { limit: most, after } = queryIn(c, LIST_QUERY);
    const complete = catchUp.isCurrent;
    const found = await index.list({ after, limit: most + 1 });
    const next = found.length > most ? found[most - 1]?.id : undefined;
    return c.json({ notes: found.slice(0, most), next, complete });
  });
  app.all("/notes", () => refuseMethod("GET, POST"));

  app.get("/notes/:id", async (c) => {
    const note = await notes.read(idIn(c));
    const { ifNoneMatch } = preconditionOf((name) => c.req.header(name));
    tag(c, note);
    return ifNoneMatch?.some((known) => known === "*" || known === note.etag) === true
      ? c.body(null, 304)
      : c.json(note);
  });
  app.put("/notes/:id", async (c) => {
    const id = idIn(c);
    const draft = await draftIn(c, maxNoteBytes);
    return written(
      c,
      await notes.write(
        id,
        draft,
        preconditionOf((name) => c.req.header(name)),
      ),
    );
  });
  app.delete("/notes/:id", async (c) => {
    await notes.remove(
      idIn(c),
      preconditionOf((name) => c.req.header(name)),
    );
    return c.body(null, 204);
  });
  app.all("/notes/:id", () => refuseMethod("GET, PUT, DELETE"));
}

function indexRoutes(app: Hono<ServedByNode>, { index, catchUp }: Served): void {
  app.get("/search", async (c) => {
    const { q, limit, offset } = queryIn(c, SEARCH_QUERY);
    const query = parseSearchQuery(q);
    if (query === undefined) throw new Problem("invalid-query", "q has no letter or digit to look for");
    const complete = catchUp.isCurrent;
    const found = await index.search({ query, limit: limit + 1, offset });
    const next = found.length > limit ? offset + limit : undefined;
    return c.json({ notes: found.slice(0, limit), next, complete });
  });
  app.all("/search", () => refuseMethod("GET"));
  app.post("/reindex", async (c) => c.json(await catchUp.run(queryIn(c, REINDEX_QUERY).mode === "full")));
  app.all("/reindex", () => refuseMethod("POST"));
}

function stateRoutes(app: Hono<ServedByNode>, { index, catchUp, health, about }: Served): void {
  const state = () => (catchUp.isCurrent ? "current" : "catching-up");
  app.get("/healthz", async (c) => {
    const { mount, database } = await health();
    const ok = mount.ok && database.ok;
    return c.json({ status: ok ? "ok" : "failing", mount, database, index: state() }, ok ? 200 : 503);
  });
  app.all("/healthz", () => refuseMethod("GET"));
  app.get("/stats", async (c) =>
    c.json({ ...(await index.totals()), index: { state: state(), last: catchUp.last }, ...about() }),
  );
  app.all("/stats", () => refuseMethod("GET"));
}

/** How long writes in progress may take, and how long others wait at most if nobody ends it. Shorter than a router's time-out. */
const [DRAIN_MS, HOLD_MS] = [5000, 20_000];
const LOOPBACK = ["127.0.0.1", "::1", "::ffff:127.0.0.1"];

/** For `quiesce.ts` in the same machine. To everybody else there is nothing here. */
function quietRoutes(app: Hono<ServedByNode>, { quiet }: Served): void {
  const isQuiet = (is: boolean) => {
    if (!is) throw new Problem("not-quiet");
  };
  app.use("/quiesce", async (c, next) => {
    if (!LOOPBACK.includes(c.env.incoming.socket.remoteAddress ?? "")) throw new Problem("route-not-found");
    await next();
  });
  app.post("/quiesce", async (c) => {
    isQuiet(await quiet.begin({ drainMs: DRAIN_MS, holdMs: HOLD_MS }));
    return c.body(null, 204);
  });
  app.delete("/quiesce", (c) => {
    isQuiet(quiet.end());
    return c.body(null, 204);
  });
  app.all("/quiesce", () => refuseMethod("POST, DELETE"));
}

function written(c: Context, { note, isNew, indexed }: Written): Response {
  const { text: _, ...summary } = note;
  tag(c, note);
  if (isNew) c.header("location", `/notes/${note.id}`);
  return c.json({ ...summary, indexed }, isNew ? 201 : 200);
}

function tag(c: Context, { etag }: StoredNote): void {
  c.header("etag", `"${etag}"`);
}

function refuseMethod(allow: string): never {
  throw new Problem("method-not-allowed", undefined, { allow });
}
