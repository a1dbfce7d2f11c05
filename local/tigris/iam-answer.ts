import type { Refusal } from "./refusal.ts";
import { requestId } from "./request-id.ts";
import { xmlText } from "./xml.ts";

/** In which form the caller wants its answer: Tigris gives JSON only to those who ask for it. */
export type Form = "json" | "xml";

const NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";

/** The answer to an IAM call. `content` is written as Tigris gives it in JSON; in XML it is in `<ActionResponse>`. */
export function iamAnswer(action: string, content: object, form: Form): Response {
  const id = requestId();
  if (form === "json") return json(200, content, id);
  return xml(200, `${action}Response`, { ...(members(content) as object), ResponseMetadata: { RequestId: id } }, id);
}

/** A refusal: `{Code, Message}` in JSON, or the message alone where there is no code; an `<ErrorResponse>` in XML. */
export function iamRefusal({ status, code, message }: Refusal, form: Form): Response {
  const id = requestId();
  if (form === "json")
    return json(status, { ...(code === "" ? {} : { Code: code }), Message: message, RequestId: id }, id);
  return xml(status, "ErrorResponse", { Error: { Type: "Sender", Code: code, Message: message }, RequestId: id }, id);
}

function json(status: number, content: object, id: string): Response {
  const headers = { "content-type": "application/json", "x-amzn-requestid": id };
  return new Response(JSON.stringify(content), { status, headers });
}

function xml(status: number, root: string, content: object, id: string): Response {
  const headers = { "content-type": "text/xml", "x-amzn-requestid": id };
  return new Response(xmlText(root, NAMESPACE, content), { status, headers });
}

/** AWS writes a list as `<member>` elements. */
function members(value: unknown): unknown {
  if (Array.isArray(value)) return { member: value.map(members) };
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, members(part)]));
}
