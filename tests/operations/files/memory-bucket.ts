import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";

import { S3Client } from "@aws-sdk/client-s3";

/** What a request to the bucket meets: nothing, an error before it has any effect, or one after it. */
export type Fate = "done" | "refused" | "lost answer";

/** A bucket in this process, with conditions on writes as S3 has them. For tests of what is above S3; its own rules are tested on real engines. */
export interface MemoryBucket {
  readonly client: S3Client;
  readonly objects: Map<string, { readonly body: Buffer; readonly etag: string }>;
  put(key: string, text: string): void;
  /** Decides what each request meets; default: all are done. */
  fate: (operation: string, key: string) => Fate | Promise<Fate>;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

const answer = (
  statusCode: number,
  body: string | Buffer = "",
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  statusCode,
  headers: { "content-type": "application/xml", ...headers },
  body: Readable.from([Buffer.from(body)]),
});
const refused = (status: number, code: string) => answer(status, `<Error><Code>${code}</Code><Message/></Error>`);

export function memoryBucket(): MemoryBucket {
  const objects: MemoryBucket["objects"] = new Map();
  const handle = async (request: Request): Promise<{ response: Answer }> => {
    const key = decodeURIComponent(request.path.split("/").slice(2).join("/"));
    const operation = key === "" ? "ListObjectsV2" : (OPERATIONS[request.method] ?? request.method);
    const fate = await bucket.fate(operation, key);
    if (fate === "refused") return { response: refused(503, "SlowDown") };
    const done =
      operation === "ListObjectsV2"
        ? answer(200, listXml(objects))
        : await serve(objects, { ...request, key, operation });
    return { response: fate === "lost answer" ? refused(503, "SlowDown") : done };
  };
  const bucket: MemoryBucket = {
    objects,
    fate: () => "done",
    put: (key, text) => void objects.set(key, stored(Buffer.from(text))),
    client: new S3Client({
      endpoint: "http://bucket.invalid",
      region: "auto",
      forcePathStyle: true,
      credentials: { accessKeyId: "id", secretAccessKey: "secret" },
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      maxAttempts: 1,
      requestHandler: {
        handle,
        httpHandlerConfigs: () => ({}),
        updateHttpClientConfig: () => undefined,
        destroy: () => undefined,
      },
    } as never),
  };
  return bucket;
}

const OPERATIONS: Readonly<Record<string, string>> = { GET: "GetObject", PUT: "PutObject", DELETE: "DeleteObject" };

function stored(body: Buffer): { body: Buffer; etag: string } {
  return { body, etag: createHash("md5").update(body).digest("hex") };
}

async function serve(
  objects: MemoryBucket["objects"],
  { key, operation, headers, body }: Request & { readonly key: string; readonly operation: string },
): Promise<Answer> {
  const there = objects.get(key);
  const [match, none] = [headers["if-match"]?.replaceAll('"', ""), headers["if-none-match"]];
  const content = operation === "PutObject" ? await bytesOf(body) : Buffer.alloc(0);
  if (match !== undefined && there === undefined) return refused(404, "NoSuchKey");
  if ((match !== undefined && match !== there?.etag) || (none === "*" && there !== undefined))
    return refused(412, "PreconditionFailed");
  if (operation === "PutObject") {
    const made = stored(content);
    objects.set(key, made);
    return answer(200, "", { etag: `"${made.etag}"` });
  }
  if (operation === "DeleteObject") {
    objects.delete(key);
    return answer(204);
  }
  if (there === undefined) return refused(404, "NoSuchKey");
  return answer(200, there.body, { etag: `"${there.etag}"`, "content-length": String(there.body.length) });
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body);
  return buffer(body as Readable);
}

/** An answer to ListObjects, in both versions of it, all on one page and with encoded names. */
export function listXml(objects: MemoryBucket["objects"], prefix = "", delimiter = ""): string {
  const encoded = (key: string) => encodeURIComponent(key).replaceAll("%20", "+");
  const below = [...objects].filter(([key]) => key.startsWith(prefix));
  const folderOf = (key: string) => {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + 1);
  };
  const folders = new Set(below.map(([key]) => folderOf(key)).filter((folder) => folder !== undefined));
  const contents = below.flatMap(([key, { body, etag }]) => {
    const about = `<Size>${body.length}</Size><ETag>&quot;${etag}&quot;</ETag><LastModified>2026-01-01T00:00:00Z</LastModified>`;
    return folderOf(key) === undefined ? [`<Contents><Key>${encoded(key)}</Key>${about}</Contents>`] : [];
  });
  const prefixes = [...folders].map((folder) => `<CommonPrefixes><Prefix>${encoded(folder)}</Prefix></CommonPrefixes>`);
  const inner = [`<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>`, ...contents, ...prefixes].join("");
  return `<?xml version="1.0"?><ListBucketResult>${inner}</ListBucketResult>`;
}
