import { randomUUID } from "node:crypto";

/** A random id as the vendor gives it: 0x10 as the sixth byte means the TursoDB engine, anything else libSQL. */
export function newDatabaseId(engine: "libsql" | "tursodb"): string {
  for (;;) {
    const id = randomUUID();
    if (engine === "tursodb") return `${id.slice(0, 11)}10${id.slice(13)}`;
    if (id.slice(11, 13) !== "10") return id;
  }
}
