import { randomUUID } from "node:crypto";

import type { Store, Table } from "../store.ts";
import type { Databases } from "./databases.ts";
import type { GroupRecord } from "./records.ts";
import { noGroup } from "./refusal.ts";
import { newSigningKey } from "./signing-key.ts";

/** The groups. */
export class Groups {
  readonly #records: Table<GroupRecord>;
  readonly #databases: Databases;

  constructor(store: Store, databases: Databases) {
    this.#records = store.table("groups");
    this.#databases = databases;
  }

  find(name: string): GroupRecord | undefined {
    const record = this.#records.get(name);
    return record?.isLeaving === false ? record : undefined;
  }

  /** Like `find`; throws the vendor's 404. */
  get(name: string): GroupRecord {
    const record = this.find(name);
    if (record === undefined) throw noGroup();
    return record;
  }

  list(): GroupRecord[] {
    return this.#records.entries().flatMap(([, record]) => (record.isLeaving ? [] : [record]));
  }

  isTaken(name: string): boolean {
    return this.#records.get(name) !== undefined;
  }

  create(name: string, location: string): GroupRecord {
    const record: GroupRecord = {
      id: randomUUID(),
      name,
      location,
      deleteProtection: false,
      signingKey: newSigningKey(),
      isLeaving: false,
    };
    this.#records.put(name, record);
    return record;
  }

  protect(name: string, deleteProtection: boolean): void {
    this.#records.put(name, { ...this.get(name), deleteProtection });
  }

  /** Deletes it with its databases. Whether any of them is protected is the caller's question. */
  async remove(name: string): Promise<void> {
    this.#records.put(name, { ...this.get(name), isLeaving: true });
    await this.#finish(name);
  }

  /** After a start: ends the deletions that were under way. */
  async resume(): Promise<void> {
    const leaving = this.#records.entries().filter(([, record]) => record.isLeaving);
    await Promise.all(leaving.map(([name]) => this.#finish(name)));
  }

  async #finish(name: string): Promise<void> {
    await this.#databases.removeGroup(name);
    this.#records.remove(name);
  }
}
