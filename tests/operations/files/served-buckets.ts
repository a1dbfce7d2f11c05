import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { listXml, type MemoryBucket } from "./memory-bucket.ts";

/** Buckets of this process that other programs reach too, by HTTP on this computer. */
export interface ServedBuckets {
  /** Serves this bucket under this name, until it is taken away. */
  serve(name: string, bucket: MemoryBucket): { readonly access: BucketAccess; close(): void };
  /** How many objects were fetched. */
  readonly fetched: number;
  close(): Promise<void>;
}

export async function servedBuckets(): Promise<ServedBuckets> {
  const buckets = new Map<string, MemoryBucket>();
  let fetched = 0;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const [, name = "", ...rest] = pathname.split("/");
    const [bucket, key] = [buckets.get(name), decodeURIComponent(rest.join("/"))];
    if (bucket === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (key === "") {
      response.end(listXml(bucket.objects, searchParams.get("prefix") ?? "", searchParams.get("delimiter") ?? ""));
      return;
    }
    void Promise.resolve(bucket.fate(request.method === "HEAD" ? "HeadObject" : "GetObject", key)).then((fate) => {
      const there = bucket.objects.get(key);
      const status = fate !== "done" ? 403 : there === undefined ? 404 : 200;
      const about = { etag: `"${there?.etag ?? ""}"`, "last-modified": new Date(0).toUTCString() };
      response.writeHead(status, { ...about, "content-length": status === 200 ? (there?.body.length ?? 0) : 0 });
      const isFetched = status === 200 && request.method === "GET";
      if (isFetched) fetched += 1;
      response.end(isFetched ? there?.body : undefined);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    serve(name, bucket) {
      buckets.set(name, bucket);
      const place = { backend: "tigris", bucket: name, region: "auto" } as const;
      const secrets = { keyId: "id", secret: "secret", issued: "", due: "", enabled: true };
      const key = { name: "bob", mode: "read-write", ...place, ...secrets } as const;
      return { access: { tenant: "acme", key, endpoint, tigrisfs: {} }, close: () => void buckets.delete(name) };
    },
    get fetched() {
      return fetched;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
