import { randomUUID } from "node:crypto";

/** A random id as the vendor gives databases of the libSQL engine: 0x10 as the sixth byte would mean the TursoDB engine. */
export function newDatabaseId(): string {
  for (;;) {
    const id = randomUUID();
    if (id.slice(11, 13) !== "10") return id;
  }
}
