import * as z from "zod";

import type { Store, Table } from "../../store.ts";
import { Refusal } from "../refusal.ts";

const settingSchema = z.object({ status: z.literal([409, 400, 422]) });

/**
 * How the creation of a database whose name is taken is answered. The vendor's documents say 409; since 2026 its API
 * answers 400 with a text, and its CLI also knows 422. A client has to cope with all three.
 */
export class Duplicates {
  readonly #setting: Table<z.infer<typeof settingSchema>>;

  constructor(store: Store) {
    this.#setting = store.table("duplicates");
  }

  /** Sets the status: 409 (the default), 400 or 422. */
  set(body: unknown): z.infer<typeof settingSchema> {
    const setting = settingSchema.safeParse(body);
    if (!setting.success) throw new Refusal(400, "status must be 409, 400 or 422");
    this.#setting.put("status", setting.data);
    return setting.data;
  }

  refusal(name: string): Refusal {
    const status = this.#setting.get("status")?.status ?? 409;
    switch (status) {
      case 409:
        return new Refusal(409, `database with name ${name} already exists`);
      case 400:
        return new Refusal(400, "database with same name already exists");
      case 422:
        return new Refusal(422, "name not available");
    }
  }
}
