import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { ENGINE_HOST } from "./host-names.ts";
import { STAND_IN } from "./kept-names.ts";
import { rootSigner } from "./root-signer.ts";
import type { S3Target } from "./s3-operation.ts";
import { escapeXml, unescapeXml } from "./xml.ts";

const LISTS = new Set(["ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads"]);

/** Whether the answer to a call is full of names of objects. */
export function isListOfNames(operation: string): boolean {
  return LISTS.has(operation);
}

/**
 * A list with the names as they are, encoded where `encoding-type=url` asks for it. versitygw 1.8.0 does not heed that, and writes
 * U+FFFD for what XML cannot hold, also into the token by which the next page is asked for.
 */
export async function listNames(gateway: Gateway, call: Call, target: S3Target): Promise<Response> {
  const { query, bucket = "" } = target;
  const token = ownToken(query.get("continuation-token"));
  const answer =
    token === undefined
      ? await gateway.forwarding.ask(call.env.incoming, "")
      : await askAfter(gateway, call, target, token);
  if (!answer.ok) return answer;
  const text = await answer.text();
  const isEncoded = query.get("encoding-type") === "url";
  const after = token ?? query.get("continuation-token") ?? query.get("marker") ?? query.get("start-after") ?? "";
  return new Response(
    isEncoded || text.includes(STAND_IN)
      ? await new Names(gateway, bucket, { query, isEncoded, after }).into(text)
      : text,
    { status: answer.status, headers: answer.headers },
  );
}

/** What the token of a page begins with whose last name cannot be written into XML; the name itself follows, encoded. */
const OWN_TOKEN = "tenantry-name:";

function ownToken(token: string | null): string | undefined {
  return token?.startsWith(OWN_TOKEN) === true ? decodeURIComponent(token.slice(OWN_TOKEN.length)) : undefined;
}

/** The engine goes on after a name, and was asked with a token of ours: so it is asked anew, for the caller has been judged. */
async function askAfter(
  gateway: Gateway,
  call: Call,
  { query, bucket = "" }: S3Target,
  after: string,
): Promise<Response> {
  await demand(gateway, await callerOf(gateway, call), "s3:ListBucket", bucket);
  const host = ENGINE_HOST;
  const asked = { ...Object.fromEntries(query), "continuation-token": after };
  const signed = await rootSigner(gateway).presign({
    method: "GET",
    protocol: "http:",
    hostname: host,
    path: `/${bucket}`,
    query: Object.fromEntries(Object.entries(asked).filter(([name]) => !/^x-amz-/i.test(name))),
    headers: { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    body: undefined,
  });
  const url = `/${bucket}?${new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll("+", "%20")}`;
  return gateway.forwarding.ask({ method: "GET", url, rawHeaders: ["host", host] }, "");
}

interface About {
  readonly query: URLSearchParams;
  readonly isEncoded: boolean;
  /** The name after which the page begins. */
  readonly after: string;
}

/** What an answer repeats of the question. */
const REPEATED: Readonly<Record<string, string>> = {
  Prefix: "prefix",
  Delimiter: "delimiter",
  Marker: "marker",
  StartAfter: "start-after",
  KeyMarker: "key-marker",
};

/** Entries of a list, and what is beside them. */
const PIECES =
  /<(Contents|CommonPrefixes|Version|DeleteMarker|Upload)>.*?<\/\1>|<(Prefix|Delimiter|Marker|StartAfter|KeyMarker|NextMarker|NextKeyMarker|NextContinuationToken)>([^<]*)<\/\2>/gs;
const NAMED = /<(Key|Prefix)>([^<]*)<\/\1>/;

/** Puts names into the text of one list. */
class Names {
  readonly #gateway: Gateway;
  readonly #bucket: string;
  readonly #about: About;
  /** How often a name was met that is listed as others are. */
  readonly #met = new Map<string, number>();
  #last = "";

  constructor(gateway: Gateway, bucket: string, about: About) {
    this.#gateway = gateway;
    this.#bucket = bucket;
    this.#about = about;
  }

  async into(text: string): Promise<string> {
    // The engine may write what leads to the next page before the entries.
    const pieces = [...text.matchAll(PIECES)];
    const written = new Map<number, string>();
    for (const { 0: piece, 1: entry, index } of pieces)
      if (entry !== undefined) written.set(index, await this.#entry(entry, piece));
    for (const { 2: element, 3: value = "", index } of pieces)
      if (element !== undefined) written.set(index, this.#beside(element, unescapeXml(value)));
    const parts: string[] = [];
    let end = 0;
    for (const { 0: piece, index } of pieces) {
      parts.push(text.slice(end, index), written.get(index) ?? piece);
      end = index + piece.length;
    }
    const whole = [...parts, text.slice(end)].join("");
    return this.#about.isEncoded
      ? whole.replace("<EncodingType></EncodingType>", "<EncodingType>url</EncodingType>")
      : whole;
  }

  async #entry(entry: string, piece: string): Promise<string> {
    const [found = "", element = "", value = ""] = NAMED.exec(piece) ?? [];
    const name = await this.#name(entry, piece, unescapeXml(value));
    this.#last = name;
    return piece.replace(found, () => `<${element}>${this.#shown(name)}</${element}>`);
  }

  async #name(entry: string, piece: string, listed: string): Promise<string> {
    if (!listed.includes(STAND_IN)) return listed;
    const idIn = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(piece)?.[1] ?? "";
    if (entry === "Upload") return this.#gateway.names.ofUpload(this.#bucket, idIn("UploadId")) ?? listed;
    if (entry === "Version" || entry === "DeleteMarker")
      return this.#gateway.engine.nameOf(this.#bucket, listed, idIn("VersionId"));
    const all = this.#gateway.names
      .of(this.#bucket, listed)
      .filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(this.#about.after)) > 0);
    const met = this.#met.get(listed) ?? 0;
    this.#met.set(listed, met + 1);
    return all[met] ?? listed;
  }

  #beside(element: string, value: string): string {
    const { query, isEncoded } = this.#about;
    const asked = REPEATED[element];
    const isNext = element.startsWith("Next") && value.includes(STAND_IN);
    const name = asked === undefined ? (isNext ? this.#last : value) : (query.get(asked) ?? value);
    const isToken = element === "NextContinuationToken";
    const own = isToken && isNext ? `${OWN_TOKEN}${encodeURIComponent(name)}` : name;
    return `<${element}>${isToken || !isEncoded ? escapeXml(own) : this.#shown(own)}</${element}>`;
  }

  #shown(name: string): string {
    return this.#about.isEncoded ? encodedName(name) : escapeXml(name);
  }
}

/** As S3 encodes a name: all but `/` and what is plain in a URL. */
export function encodedName(name: string): string {
  return encodeURIComponent(name).replaceAll("%2F", "/");
}
