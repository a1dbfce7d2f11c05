import type { Store, Table } from "../store.ts";
import type { DataFront } from "./data-front.ts";
import { Lanes } from "./lanes.ts";
import { loopbackAddress } from "./loopback-address.ts";
import type { Namespaces, NamespaceSettings } from "./namespaces.ts";
import type { Points } from "./points.ts";
import type { DatabaseConfiguration, DatabaseRecord, GroupRecord } from "./records.ts";
import { noDatabase, Refusal } from "./refusal.ts";
import { newSigningKey, publicKeyOf } from "./signing-key.ts";
import { parseSizeLimit } from "./size-limit.ts";

const DEFAULTS: DatabaseConfiguration = {
  size_limit: "",
  allow_attach: false,
  block_reads: false,
  block_writes: false,
  delete_protection: false,
  allowed_ips: [],
  allowed_aws_vpc_ids: [],
};

/** What a new database begins as: empty, a copy, or a copy of what another one was. */
export type Origin = Pick<DatabaseRecord, "parent" | "from">;

/** The databases: what is recorded of them, and the engine made to follow the record. */
export class Databases {
  readonly #store: Store;
  readonly #records: Table<DatabaseRecord>;
  readonly #groups: Table<GroupRecord>;
  readonly #namespaces: Namespaces;
  readonly #front: DataFront;
  readonly #points: Points;
  readonly #newId: () => string;
  readonly #lanes = new Lanes();
  readonly #addresses = new Set<string>();

  constructor(store: Store, namespaces: Namespaces, front: DataFront, points: Points, newId: () => string) {
    this.#store = store;
    this.#records = store.table("databases");
    this.#groups = store.table("groups");
    this.#namespaces = namespaces;
    this.#front = front;
    this.#points = points;
    this.#newId = newId;
    for (const { address } of this.#all()) this.#addresses.add(address);
  }

  /** A database that is there for callers: created to the end, not on its way out. */
  find(name: string): DatabaseRecord | undefined {
    const record = this.#records.get(name);
    return record !== undefined && isVisible(record) ? record : undefined;
  }

  /** Like `find`; throws the vendor's 404. */
  get(name: string): DatabaseRecord {
    const record = this.find(name);
    if (record === undefined) throw noDatabase(name);
    return record;
  }

  /** In the order of their names. */
  list(): DatabaseRecord[] {
    return this.#all().filter(isVisible);
  }

  /** Whether the name is in use, also by a database that is just being created or deleted. */
  isTaken(name: string): boolean {
    return this.#records.get(name) !== undefined;
  }

  /** Answers when the engine serves it. The caller has checked the name, the group and that the name is free. */
  async create(
    name: string,
    group: string,
    configuration: Partial<DatabaseConfiguration>,
    { parent, from }: Origin = { parent: null },
  ): Promise<DatabaseRecord> {
    const address = loopbackAddress(name, (taken) => this.#addresses.has(taken));
    const record: DatabaseRecord = {
      id: this.#newId(),
      name,
      group,
      address,
      parent,
      ...(from === undefined ? {} : { from }),
      configuration: { ...DEFAULTS, ...configuration },
      signingKey: newSigningKey(),
      phase: "creating",
      revision: 0,
    };
    this.#engineSettings(record); // refuses a wrong size before anything is written
    this.#addresses.add(address);
    this.#records.put(name, record);
    await this.#settle(name);
    const created = this.find(name);
    // Its group was deleted meanwhile, and it with the group.
    if (created?.id !== record.id) throw new Refusal(400, "group not found");
    return created;
  }

  async configure(name: string, change: Partial<DatabaseConfiguration>): Promise<DatabaseRecord> {
    const before = this.get(name);
    await this.#change({ ...before, configuration: { ...before.configuration, ...change } });
    return this.get(name);
  }

  /** Gives it a new key: every token made for it so far is refused from now on. */
  async rotate(name: string): Promise<void> {
    await this.#change({ ...this.get(name), signingKey: newSigningKey() });
  }

  /** Gives a group and all its databases new keys. */
  async rotateGroup(group: string): Promise<void> {
    const members = this.#all().filter((record) => record.group === group && record.phase !== "leaving");
    this.#store.atomically(() => {
      const record = this.#groups.get(group);
      if (record !== undefined) this.#groups.put(group, { ...record, signingKey: newSigningKey() });
      for (const member of members) this.#mark({ ...member, signingKey: newSigningKey() });
    });
    await Promise.all(members.map(({ name }) => this.#settle(name)));
  }

  /** Deletes it with its data. Whether it is protected is the caller's question. */
  async remove(name: string): Promise<void> {
    this.#leave(this.get(name));
    await this.#settle(name);
  }

  /** Deletes all databases of a group, also those just being created. */
  async removeGroup(group: string): Promise<void> {
    const members = this.#all().filter((record) => record.group === group);
    this.#store.atomically(() => {
      for (const member of members) if (member.phase !== "leaving") this.#leave(member);
    });
    await Promise.all(members.map(({ name }) => this.#settle(name)));
  }

  /** After a start: opens all addresses and repeats what was under way when the cloud ended. */
  async resume(): Promise<void> {
    await Promise.all(
      this.#all().map((record) =>
        record.phase === "ready" ? this.#reopen(record) : this.#settle(record.name, "again"),
      ),
    );
  }

  async #change(record: DatabaseRecord): Promise<void> {
    const before = this.get(record.name);
    const isEnginesBusiness =
      JSON.stringify(this.#engineSettings(before)) !== JSON.stringify(this.#engineSettings(record));
    if (before.phase === "ready" && !isEnginesBusiness) {
      this.#records.put(record.name, record);
      await this.#open(record);
      return;
    }
    this.#mark(record);
    await this.#settle(record.name);
  }

  #mark(record: DatabaseRecord): void {
    const phase = record.phase === "creating" ? "creating" : "changing";
    this.#records.put(record.name, { ...record, phase, revision: record.revision + 1 });
  }

  #leave(record: DatabaseRecord): void {
    this.#records.put(record.name, { ...record, phase: "leaving", revision: record.revision + 1 });
  }

  /** Makes the engine follow the record; of the changes made while it waits for its turn it does the last. */
  async #settle(name: string, again?: "again"): Promise<void> {
    await this.#lanes.run(name, async () => {
      const record = this.#records.get(name);
      if (record === undefined || record.phase === "ready") return;
      if (record.phase === "leaving") {
        await this.#drop(record);
        return;
      }
      try {
        await this.#apply(record, again === "again");
      } catch (error) {
        if (record.phase === "creating") {
          this.#leave(record);
          await this.#drop(record);
        }
        throw error;
      }
      if (this.#records.get(name)?.revision === record.revision) this.#records.put(name, { ...record, phase: "ready" });
    });
  }

  async #apply(record: DatabaseRecord, again: boolean): Promise<void> {
    const settings = this.#engineSettings(record);
    const isThere = record.phase === "changing" || (again && (await this.#namespaces.exists(record.id)));
    if (isThere) await this.#namespaces.configure(record.id, settings);
    else if (record.parent === null) await this.#namespaces.create(record.id, settings);
    else {
      await this.#copy(record, record.parent, settings);
      await this.#namespaces.configure(record.id, settings);
    }
    // A change of settings is a moment that callers go by: what was written before a block of writes is known from here on.
    await this.#points.note(record.id);
    await this.#open(record);
  }

  async #copy({ id, from }: DatabaseRecord, parent: { id: string }, settings: NamespaceSettings): Promise<void> {
    if (from === undefined) {
      await this.#namespaces.fork(parent.id, id);
      return;
    }
    if (!(await this.#points.place(parent.id, from, id))) throw new Refusal(400, "the history of the database is gone");
    await this.#namespaces.create(id, settings);
  }

  async #drop(record: DatabaseRecord): Promise<void> {
    this.#front.shut(record.address);
    await this.#namespaces.remove(record.id);
    this.#points.forget(record.id);
    this.#records.remove(record.name);
    this.#addresses.delete(record.address);
  }

  async #reopen(record: DatabaseRecord): Promise<void> {
    await this.#points.note(record.id);
    await this.#open(record);
  }

  async #open({ address, id, configuration }: DatabaseRecord): Promise<void> {
    await this.#front.open(address, { namespace: id, allowedIps: configuration.allowed_ips });
  }

  #engineSettings({ group, signingKey, configuration }: DatabaseRecord): NamespaceSettings {
    const groupKey = this.#groups.get(group)?.signingKey;
    const limit = parseSizeLimit(configuration.size_limit);
    return {
      jwt_key: publicKeyOf(signingKey) + (groupKey === undefined ? "" : publicKeyOf(groupKey)),
      block_reads: configuration.block_reads,
      block_writes: configuration.block_writes,
      max_db_size: limit === null ? null : String(limit),
    };
  }

  #all(): DatabaseRecord[] {
    return this.#records.entries().map(([, record]) => record);
  }
}

const isVisible = ({ phase }: DatabaseRecord) => phase === "ready" || phase === "changing";
