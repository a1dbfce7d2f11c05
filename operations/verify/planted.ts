import { s3Url } from "../../provider/tigris/addressing.ts";
import type { Scene, Sent, Target } from "./attempt.ts";

/** The file that a run puts into each bucket, and takes out again. */
export function plantedKey(run: string): string {
  return `.tenantry-verify/${run}`;
}

/** The table that a run makes in each database, and drops again. */
export function plantedTable(run: string): string {
  return `tenantry_verify_${run}`;
}

/** A pipeline of libSQL's HTTP protocol. */
export function sqlBody(...statements: readonly string[]): string {
  const requests = statements.map((sql) => ({ type: "execute", stmt: { sql } }));
  return JSON.stringify({ requests: [...requests, { type: "close" }] });
}

type Place = Pick<Scene, "places" | "run">;
type Work = readonly [kind: "machine" | "database", sent: Sent];

/** What puts the secret of a party where only the party may read it, with its own credentials. */
export function planting({ places, run }: Place, { bucket, database, secret }: Target): Work[] {
  const table = plantedTable(run);
  return [
    ...(bucket === undefined
      ? []
      : [
          ["machine", { method: "PUT", url: s3Url(places.s3, `/${bucket}/${plantedKey(run)}`), body: secret }] as const,
        ]),
    ...(database === undefined
      ? []
      : [
          [
            "database",
            sqlAt(
              database.url,
              `create table if not exists ${table} (secret)`,
              `insert into ${table} values ('${secret}')`,
            ),
          ] as const,
        ]),
  ];
}

/** What begins the upload in parts that copies of others' files are tried into. */
export function beginning({ places, run }: Place, { bucket }: Target): Sent | undefined {
  return bucket === undefined
    ? undefined
    : { method: "POST", url: s3Url(places.s3, `/${bucket}/${plantedKey(run)}-parts?uploads`) };
}

/** What takes all of it away. */
export function clearing({ places, run }: Place, { bucket, database, uploadId }: Target): Work[] {
  const file = s3Url(places.s3, `/${bucket ?? ""}/${plantedKey(run)}`);
  const files: Work[] = [
    ["machine", { method: "DELETE", url: file }],
    ["machine", { method: "DELETE", url: `${file}-own` }],
    ...(uploadId === undefined
      ? []
      : [["machine", { method: "DELETE", url: `${file}-parts?uploadId=${uploadId}` }] as const]),
  ];
  return [
    ...(bucket === undefined ? [] : files),
    ...(database === undefined
      ? []
      : [["database", sqlAt(database.url, `drop table if exists ${plantedTable(run)}`)] as const]),
  ];
}

function sqlAt(url: string, ...statements: readonly string[]): Sent {
  return {
    method: "POST",
    url: `${url}/v2/pipeline`,
    headers: { "content-type": "application/json" },
    body: sqlBody(...statements),
  };
}
