import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { adapter, findPython } from "../../../operations/gates/basic-memory/packages.ts";

/** A connection of Python that a test tells what to do. */
export interface Session {
  /** @param args as Python writes them: `"('select ?', (1,))"`. Answers in words: rows, counts, or the error. */
  ask(method: string, args: string): Promise<string>;
  /** `execute` of one statement. */
  sql(sql: string, parameters?: string): Promise<string>;
  close(): Promise<void>;
}

/** On the adapter's connection to `url`; without one on SQLite in memory, of Python's own module. */
export function openSession(url?: string): Session {
  const program = findPython() ?? "";
  const child = spawn(
    program,
    ["-I", "-S", "-B", join(import.meta.dirname, "session.py"), ...(url === undefined ? [] : [url])],
    {
      env: { PATH: process.env["PATH"], ADAPTER: adapter },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const session: Session = {
    async ask(method, args) {
      child.stdin.write(`${JSON.stringify([method, args])}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error("Python has ended");
      return JSON.parse(value) as string;
    },
    sql: (sql, parameters = "()") => session.ask("execute", `(${JSON.stringify(sql)}, ${parameters})`),
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
  return session;
}
