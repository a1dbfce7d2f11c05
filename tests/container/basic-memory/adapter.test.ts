import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { findPython } from "../../../operations/gates/basic-memory/packages.ts";
import { isDeep } from "../../support/deep.ts";
import { itIf } from "../../support/skip.ts";
import { startTurso, type TursoCloud } from "../../local/turso/turso-cloud.ts";
import { openSession, type Session } from "./session.ts";

const hasPython = findPython() !== undefined;
const NO_PYTHON = "there is no Python 3.12 or newer";
const LIMIT = 120_000;
let turso: TursoCloud;
let count = 0;
const open: Session[] = [];

beforeAll(async () => {
  if (hasPython) turso = await startTurso();
}, LIMIT);
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});
afterAll(async () => {
  if (hasPython) await turso.dispose();
}, LIMIT);

/** An empty database, and its address with a token. */
async function database(): Promise<{ host: string; url: string; token: string }> {
  const name = `memory-${(count += 1)}`;
  const { Hostname: host } = await turso.create(name);
  const token = await turso.mint(name);
  return { host, token, url: `libsql://${host}?tls=0&authToken=${token}` };
}

function session(url?: string): Session {
  const opened = openSession(url);
  open.push(opened);
  return opened;
}

/** Orders to a connection: SQL, or a method and its arguments. */
type Order =
  string | readonly [sql: string, parameters: string] | readonly [method: string, args: string, kind: "method"];

async function told(one: Session, orders: readonly Order[]): Promise<string[]> {
  const answers: string[] = [];
  for (const order of orders) {
    if (typeof order === "string") answers.push(await one.sql(order));
    else if (order.length === 3) answers.push(await one.ask(order[0], order[1]));
    else answers.push(await one.sql(...order));
  }
  return answers;
}

const COMMIT: Order = ["commit", "()", "method"];
const ROLLBACK: Order = ["rollback", "()", "method"];
const TABLE = "create table t(id integer primary key, a, b text unique, c integer check (c > 0))";
const INSERT = "insert into t(a, b) values (?, ?)";
const SAME: Readonly<Record<string, readonly Order[]>> = {
  "values of every type": [
    ["select ?, ?, ?, ?", "(None, True, 9223372036854775807, -9223372036854775808)"],
    ["select ?, ?, ?", "(1.0, 1e308, 0.1)"],
    ["select ?, ?, ?", String.raw`('', 'a\x00b', '\U0001F426 ä')`],
    ["select ?, ?, hex(?)", String.raw`(b'', b'\x00\xff\x80', b'\x01\x02')`],
    ["select ?", "(9223372036854775808,)"],
    ["select :x, :y", "{'x': 1, 'y': 'two'}"],
    ["select 1e300 * 1e10 > 1, 9007199254740993, typeof(?)", "(2.0,)"],
  ],
  "a transaction that begins with the first change": [
    TABLE,
    "select count(*) from t",
    [INSERT, "(1, 'x')"],
    "select * from t",
    ROLLBACK,
    "select * from t",
    [INSERT, "(2, 'y')"],
    COMMIT,
    "select * from t",
    "update t set a = 3",
    "delete from t where id = 77",
    "replace into t(id, a) values (1, 9)",
    COMMIT,
    ROLLBACK,
  ],
  constraints: [
    TABLE,
    [INSERT, "(1, 'x')"],
    [INSERT, "(2, 'x')"],
    "insert into t(c) values (-1)",
    "select count(*) from t",
    COMMIT,
    "create table child(parent integer not null references t(id))",
    "insert into child values (99)",
    COMMIT,
    "pragma foreign_keys = on",
    "insert into child values (98)",
    "insert into child values (null)",
    ROLLBACK,
    "select * from child",
    "pragma foreign_keys",
    "pragma foreign_keys = off",
    "pragma foreign_keys",
  ],
  "many rows at once": [
    TABLE,
    ["executemany", `("${INSERT}", [(0, '0'), (1, '1'), (2, '2')])`, "method"],
    ["executemany", `("${INSERT}", [(3, '3'), (4, '1'), (5, '5')])`, "method"],
    "select a from t",
    ROLLBACK,
    "select a from t",
    ["executemany", '("select 1", [()])', "method"],
  ],
  "scripts, which commit": [
    TABLE,
    [INSERT, "(1, 'x')"],
    ["executescript", '("create table u(x); insert into u values (1);",)', "method"],
    ROLLBACK,
    "select count(*) from u",
    "select count(*) from t",
  ],
  savepoints: [
    TABLE,
    "savepoint one",
    [INSERT, "(1, 'x')"],
    "rollback to one",
    [INSERT, "(2, 'y')"],
    "release one",
    COMMIT,
    "select a from t",
  ],
  "isolation levels": [
    TABLE,
    ["set", "('isolation_level', None)", "method"],
    [INSERT, "(1, 'x')"],
    "begin",
    [INSERT, "(2, 'y')"],
    ROLLBACK,
    ["set", "('isolation_level', 'IMMEDIATE')", "method"],
    [INSERT, "(3, 'z')"],
    COMMIT,
    "select a from t",
  ],
  "rows that a change returns": [
    TABLE,
    ["insert into t(a) values (?) returning id, a", "(5,)"],
    "update t set a = 6 returning a",
    COMMIT,
    "with n as (select 7) insert into t(a) select * from n",
    "/* a note */ -- another\n insert into t(a) values (8)",
    ROLLBACK,
    "select a from t",
  ],
  "statements without words": ["", ";", "-- only a note", "/* and this */"],
  "settings of a file": [
    "pragma busy_timeout = 10000",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-64000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA table_info(absent)",
  ],
  "full-text search": [
    "create virtual table f using fts5(title, body, tokenize = 'unicode61 tokenchars 0x2F', prefix = '1,2,3')",
    "insert into f values ('Kingfisher', 'sat on the weir'), ('Bullhead', 'below the weir'), ('a/b', 'path')",
    COMMIT,
    "select title, bm25(f), snippet(f, 1, '[', ']', '…', 5) from f where f match 'wei*' order by rank",
    "select title from f where f match 'title:kingfisher OR \"a/b\"'",
    "select title from f where f match 'weir AND ('",
    "delete from f where title = 'Kingfisher'",
    COMMIT,
    "select count(*) from f where f match 'weir'",
  ],
  "what is not there": [
    "select * from absent",
    "select absent",
    "select absent(1)",
    "drop table absent",
    "commit",
    ROLLBACK,
  ],
};

/** Without the words of what is wrong: they are the server's own. */
const kind = (answer: string) => answer.replace(/^(\w+Error): .*; (transaction \w+)$/s, "$1; $2");

describe("the adapter for libSQL", () => {
  itIf(hasPython, NO_PYTHON)(
    "answers as sqlite3 does, errors and their words included",
    async () => {
      const answers: Record<"file" | "server", Record<string, string[]>> = { file: {}, server: {} };
      for (const [what, orders] of Object.entries(SAME)) {
        const { url } = await database();
        const [file, server] = await Promise.all([told(session(), orders), told(session(url), orders)]);
        Object.assign(answers.file, { [what]: file });
        Object.assign(answers.server, { [what]: server });
      }
      expect(answers.server).toEqual(answers.file);
    },
    LIMIT,
  );

  itIf(hasPython, NO_PYTHON)(
    "raises the kind of error that sqlite3 raises where the server has other words",
    async () => {
      const orders: Order[] = [
        "selekt 1",
        "insert into",
        "select 1; select 2",
        "select ?",
        ["select ?", "(1, 2)"],
        ["select :x", "{'y': 1}"],
        ["select ?", "({'a set'},)"],
      ];
      const [file, server] = await Promise.all([
        told(session(), orders),
        told(session((await database()).url), orders),
      ]);
      expect(server.map(kind)).toEqual(file.map(kind));
    },
    LIMIT,
  );

  itIf(hasPython, NO_PYTHON)(
    "carries 4 MB of rows and of a blob, and says so when a result is more than the server sends",
    async () => {
      const one = session((await database()).url);
      const rows =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) select i, printf('%0999d', i) from n";
      const many = await one.sql(rows, "(4000,)");
      expect(many.match(/\(\d+, '0+\d+'\)/g)).toHaveLength(4000);
      await one.sql("create table big(b)");
      await one.sql("insert into big values (randomblob(4000000))");
      await one.ask("commit", "()");
      expect(await one.sql("select length(b), b = (select b from big) from big")).toContain("[(4000000, 1)]");
      expect((await one.sql("select b from big")).length).toBeGreaterThan(4_000_000);
      expect(await one.sql(rows, "(20000,)")).toMatch(/^OperationalError: Response is too large/);
      expect(await one.sql("select 1")).toContain("[(1,)]");
    },
    LIMIT,
  );

  itIf(hasPython, NO_PYTHON)(
    "names what only a file can do, and a function of this process that a statement asks for",
    async () => {
      const one = session((await database()).url);
      expect(await one.ask("load_extension", "('vec0',)")).toBe(
        "NotSupportedError: load_extension works on a file, and this database is at a server; transaction False",
      );
      expect(await one.ask("create_function", "('shout', 1, None)")).toBe("None; transaction False");
      expect(await one.sql("select shout('x')")).toMatch(
        /^NotSupportedError: no such function: shout: it is a function of/,
      );
    },
    LIMIT,
  );

  itIf(hasPython, NO_PYTHON)(
    "does not tell the token when the database refuses it, and does not go on",
    async () => {
      const { host, token } = await database();
      const foreign = (await database()).token;
      for (const bad of ["planted-token", foreign]) {
        const answer = await session(`libsql://${host}?tls=0&authToken=${bad}`).sql("select 1");
        expect(answer).toMatch(/^OperationalError: .* \(40[134]\)/);
        expect(answer).not.toContain(bad);
      }
      expect(await session(`http://${host}?authToken=${token}`).sql("select 1")).toContain("[(1,)]");
    },
    LIMIT,
  );

  itIf(hasPython, NO_PYTHON)(
    "keeps two connections apart: one does not see what the other has not committed",
    async () => {
      const { url } = await database();
      const [one, other] = [session(url), session(url)];
      await told(one, ["create table t(a)", "insert into t values (1)"]);
      expect(await other.sql("select * from t")).toContain("[];");
      await one.ask("commit", "()");
      expect(await other.sql("select * from t")).toContain("[(1,)];");
    },
    LIMIT,
  );

  itIf(hasPython, NO_PYTHON)(
    "waits for another's write, also in a full-text table, and no longer than it was told",
    async () => {
      const { url } = await database();
      const [one, other] = [session(url), session(url)];
      await one.sql("create virtual table words using fts5(word)");
      const insert = "insert into words values ('kingfisher')";
      await one.sql(insert);
      const waiting = other.sql(insert);
      await sleep(500);
      await one.ask("commit", "()");
      expect(await waiting).toContain(" 1 changed,");
      await other.ask("commit", "()");
      expect(await one.sql("select count(*) from words")).toContain("[(2,)]");

      const impatient = session(url);
      await impatient.sql("pragma busy_timeout = 0");
      await one.sql(insert);
      const refused = impatient.sql(insert);
      await sleep(500);
      await one.ask("commit", "()");
      expect(await refused).toBe("OperationalError: database is locked; transaction True");
    },
    LIMIT,
  );
});

describe("the adapter, when the server or the way to it fails", () => {
  itIf(hasPython, NO_PYTHON)(
    "opens a new stream when the server was started again, with its settings, but never within a transaction",
    async () => {
      const one = session((await database()).url);
      await told(one, ["create table t(a)", "pragma foreign_keys = on", "select 1", "insert into t values (1)"]);
      await turso.cloud.halt();
      await turso.cloud.restart();
      expect(await one.sql("insert into t values (2)")).toMatch(/^TransactionLost: .*; transaction False$/);
      expect(await one.sql("select count(*) from t")).toContain("[(0,)]");
      await told(one, ["insert into t values (3)", COMMIT]);
      await turso.cloud.halt();
      await turso.cloud.restart();
      expect(await one.sql("select a from t")).toContain("[(3,)]");
      expect(await one.sql("pragma foreign_keys")).toContain("[(1,)]");
    },
    LIMIT,
  );

  itIf(hasPython, NO_PYTHON)(
    "asks again as long as nothing can be done twice, and says so where it is not known",
    async () => {
      const { host, token } = await database();
      const way = await openWay(host);
      try {
        const one = session(`http://127.0.0.1:${way.port}?authToken=${token}`);
        await told(one, ["create table t(a)", "insert into t values (1)"]);
        way.breakNext("before the server has it");
        expect(await one.sql("insert into t values (2)")).toContain("1 changed");
        expect(await told(one, [COMMIT, "select a from t"])).toEqual([
          "None; transaction False",
          expect.stringContaining("[(1,), (2,)]"),
        ]);
        way.breakNext("before the answer");
        expect(await one.sql("insert into t values (3)")).toMatch(/^OutcomeUnknown: .*; transaction False$/);
        expect(await one.sql("select a from t")).toContain("[(1,), (2,)]");
        await one.close();
        const other = session(`http://127.0.0.1:${way.port}?authToken=${token}`);
        way.breakNext("before the server has it");
        expect(await other.sql("select 1")).toMatch(/^OutcomeUnknown: /);
        expect(await other.sql("select 1")).toContain("[(1,)]");
      } finally {
        way.close();
      }
    },
    LIMIT,
  );

  itIf(hasPython && isDeep, hasPython ? "it waits for 10 s: make test-deep" : NO_PYTHON)(
    "says that nobody answers when the server is not there",
    async () => {
      const one = session("http://127.0.0.1:9");
      expect(await one.sql("select 1")).toMatch(/^OperationalError: the database's server does not answer: /);
    },
    LIMIT,
  );

  itIf(hasPython && isDeep, hasPython ? "it waits for 25 s: make test-deep" : NO_PYTHON)(
    "goes on after the server has closed an idle stream, and says so within a transaction",
    async () => {
      const one = session((await database()).url);
      await told(one, ["create table t(a)", "insert into t values (1)", COMMIT]);
      await sleep(12_000);
      expect(await one.sql("select a from t")).toContain("[(1,)]");
      await one.sql("insert into t values (2)");
      await sleep(12_000);
      expect(await one.ask("commit", "()")).toMatch(/^TransactionLost: /);
      expect(await one.sql("select a from t")).toContain("[(1,)]");
    },
    LIMIT,
  );
});

/** A way to a host on which a test can break a connection. */
interface Way {
  readonly port: number;
  /** The next request's connection breaks; later ones are whole. */
  breakNext(when: "before the server has it" | "before the answer"): void;
  close(): void;
}

async function openWay(host: string): Promise<Way> {
  const [address = "", port = ""] = host.split(":");
  let broken: Parameters<Way["breakNext"]>[0] | undefined;
  const sockets = new Set<Socket>();
  const server: Server = createServer((caller) => {
    const engine = connect({ host: address, port: Number(port) });
    for (const socket of [caller, engine]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => [caller, engine].forEach((each) => each.destroy()));
    }
    caller.on("data", (data) => {
      if (broken === "before the server has it") {
        broken = undefined;
        caller.destroy();
      } else engine.write(data);
    });
    engine.on("data", (data) => {
      if (broken === "before the answer") {
        broken = undefined;
        caller.destroy();
      } else caller.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    breakNext: (when) => (broken = when),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
