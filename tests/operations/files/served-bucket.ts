import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { listXml, type MemoryBucket, memoryBucket } from "./memory-bucket.ts";

/** A bucket of this process that other programs reach too, by HTTP on this computer. */
export interface ServedBucket {
  readonly bucket: MemoryBucket;
  readonly access: BucketAccess;
  close(): Promise<void>;
}

export async function servedBucket(): Promise<ServedBucket> {
  const bucket = memoryBucket();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const key = decodeURIComponent(pathname.split("/").slice(2).join("/"));
    if (key === "") {
      response.end(listXml(bucket.objects, searchParams.get("prefix") ?? "", searchParams.get("delimiter") ?? ""));
      return;
    }
    void Promise.resolve(bucket.fate(request.method === "HEAD" ? "HeadObject" : "GetObject", key)).then((fate) => {
      const there = bucket.objects.get(key);
      const status = fate !== "done" ? 403 : there === undefined ? 404 : 200;
      const about = { etag: `"${there?.etag ?? ""}"`, "last-modified": new Date(0).toUTCString() };
      response.writeHead(status, { ...about, "content-length": status === 200 ? (there?.body.length ?? 0) : 0 });
      response.end(status === 200 && request.method === "GET" ? there?.body : undefined);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const place = { backend: "tigris", bucket: "bucket", region: "auto" } as const;
  const key = {
    name: "bob",
    mode: "read-write",
    ...place,
    keyId: "id",
    secret: "secret",
    issued: "",
    due: "",
    enabled: true,
  } as const;
  return {
    bucket,
    access: { tenant: "acme", key, endpoint, tigrisfs: {} },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
