import type { Refusal } from "./refusal.ts";
import { requestId } from "./request-id.ts";
import { xmlText } from "./xml.ts";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** An S3 answer in XML; `content` by element name. */
export function xmlAnswer(root: string, content: object): Response {
  const headers = { "content-type": "application/xml", ...idHeader() };
  return new Response(xmlText(root, NAMESPACE, content), { headers });
}

export function jsonAnswer(content: object): Response {
  return new Response(JSON.stringify(content), { headers: { "content-type": "application/json", ...idHeader() } });
}

export function emptyAnswer(status: 200 | 204, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { ...idHeader(), ...headers } });
}

/** A refusal as S3 words it, or in JSON (`{Code, Message}`) for the calls that Tigris answers in JSON. */
export function s3Refusal({ status, code, message }: Refusal, form: "xml" | "json"): Response {
  const id = requestId();
  const headers = { "x-amz-request-id": id };
  if (form === "json") {
    const body = JSON.stringify({ Code: code, Message: message, RequestId: id });
    return new Response(body, { status, headers: { ...headers, "content-type": "application/json" } });
  }
  const body = xmlText("Error", undefined, { Code: code, Message: message, RequestId: id });
  return new Response(body, { status, headers: { ...headers, "content-type": "application/xml" } });
}

function idHeader(): Record<string, string> {
  return { "x-amz-request-id": requestId() };
}
