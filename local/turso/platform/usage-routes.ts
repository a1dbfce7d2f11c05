import * as z from "zod";

import type { DatabaseRecord } from "../records.ts";
import { Refusal } from "../refusal.ts";
import { ORGANIZATION } from "../names.ts";
import { param } from "./body.ts";
import type { Call, Platform, Route } from "./route.ts";

const ORG = "/v1/organizations/{org}";

/** What was used: rows, bytes, queries. */
export function usageRoutes(platform: Platform): Route[] {
  const { databases, groups, namespaces, switches } = platform;
  return [
    {
      method: "GET",
      path: `${ORG}/databases/{database}/usage`,
      needs: "read",
      async handle({ params, query }) {
        const record = databases.get(param(params, "database"));
        checkPeriod(query);
        const used = await usageOf(platform, record);
        // The vendor's document says `total`; its CLI and SDK read `usage`.
        const database = { ...used, usage: used.total };
        return { database: switches.read("usageWithoutZeros") ? withoutZeros(database) : database };
      },
    },
    {
      method: "GET",
      path: `${ORG}/databases/{database}/stats`,
      needs: "read",
      async handle({ params }) {
        const { top_queries } = await namespaces.stats(databases.get(param(params, "database")).id);
        const queries = top_queries.map(({ query, rows_read, rows_written }) => ({ query, rows_read, rows_written }));
        return { top_queries: queries.length === 0 ? null : queries };
      },
    },
    {
      method: "GET",
      path: `${ORG}/usage`,
      needs: "organization",
      async handle() {
        const all = await Promise.all(databases.list().map((record) => usageOf(platform, record)));
        const sum = (figure: keyof Figures) => all.reduce((total, used) => total + used.total[figure], 0);
        const usage = {
          rows_read: sum("rows_read"),
          rows_written: sum("rows_written"),
          storage_bytes: sum("storage_bytes"),
          bytes_synced: sum("bytes_synced"),
          databases: all.length,
          groups: groups.list().length,
          locations: new Set(groups.list().map(({ location }) => location)).size,
        };
        return { organization: { uuid: ORGANIZATION, usage, databases: all } };
      },
    },
  ];
}

/** As Go leaves out what is `omitempty`. */
function withoutZeros(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (_, value: unknown) => (value === 0 ? undefined : value)));
}

interface Figures {
  readonly rows_read: number;
  readonly rows_written: number;
  readonly storage_bytes: number;
  readonly bytes_synced: number;
}

/** Since the database was created: the engine keeps no figures by the day, so `from` and `to` can't narrow them. */
async function usageOf({ namespaces }: Platform, { id }: DatabaseRecord) {
  const [stats, storage_bytes] = await Promise.all([namespaces.stats(id), namespaces.size(id)]);
  const total: Figures = {
    rows_read: stats.rows_read_count,
    rows_written: stats.rows_written_count,
    storage_bytes,
    bytes_synced: 0,
  };
  return { uuid: id, instances: [{ uuid: id, usage: total }], total };
}

const timeSchema = z.iso.datetime({ offset: true });

function checkPeriod(query: Call["query"]): void {
  for (const name of ["from", "to"]) {
    const time = query.get(name);
    if (time !== null && !timeSchema.safeParse(time).success)
      throw new Refusal(400, `invalid ${name} parameter: parsing time "${time}" as "2006-01-02T15:04:05Z07:00"`);
  }
}
