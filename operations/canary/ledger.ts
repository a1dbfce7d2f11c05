import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Owner } from "../../resource-kinds/claim.ts";
import { beginOf, idOf } from "./names.ts";

/** No canary takes as long. */
const LONGEST_MS = 60 * 60_000;

/** Which canaries of this computer run: the next one leaves their things alone. */
export interface Ledger {
  enter(id: string): void;
  leave(id: string): void;
  /** Whether a canary has ended: its process has, or, begun elsewhere, it is an hour old. */
  isOver(owner: Owner): boolean;
  /** Those of this computer whose process has ended without `leave`. */
  cutOff(): string[];
}

/** @param home what is not in git lies there */
export function ledgerIn(home: string, now: () => Date): Ledger {
  const folder = join(home, "canary");
  const file = (id: string) => join(folder, id);
  const hasEnded = (path: string) => !isAlive(Number(readFileSync(path, "utf8")));
  return {
    enter(id) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(file(id), String(process.pid), { mode: 0o600 });
    },
    leave(id) {
      rmSync(file(id), { force: true });
    },
    isOver(owner) {
      const path = file(idOf(owner));
      if (!existsSync(path)) return now().getTime() - beginOf(owner).getTime() > LONGEST_MS;
      return hasEnded(path);
    },
    cutOff: () => (existsSync(folder) ? readdirSync(folder).filter((id) => hasEnded(file(id))) : []),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
