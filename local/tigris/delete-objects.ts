import { XMLParser } from "fast-xml-parser";

import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { refuseKey } from "./object-key.ts";
import { Refusal } from "./refusal.ts";
import { xmlAnswer } from "./s3-answer.ts";

const MOST_KEYS = 1000;

const reader = new XMLParser({ parseTagValue: false, trimValues: false, isArray: (name) => name === "Object" });

interface Wish {
  readonly Delete?: { readonly Object?: readonly { readonly Key?: string }[]; readonly Quiet?: string };
}

/** DeleteObjects: at most 1000 keys, all of which the engine can distinguish; and `Quiet`, which the engine ignores. */
export async function deleteObjects(gateway: Gateway, call: Call): Promise<Response> {
  const body = await call.req.text();
  const { Delete: { Object: objects = [], Quiet } = {} } = wishIn(body);
  if (objects.length > MOST_KEYS) {
    throw new Refusal(400, "MalformedXML", "The XML you provided was not well-formed or did not validate.");
  }
  for (const { Key = "" } of objects) refuseKey(Key, "write");
  const answer = await gateway.forwarding.ask(call.env.incoming, body);
  return answer.ok && Quiet === "true" ? failuresIn(answer) : answer;
}

/** What is no XML is left to the engine, who also knows how to say so. */
function wishIn(body: string): Wish {
  try {
    return reader.parse(body) as Wish;
  } catch {
    return {};
  }
}

async function failuresIn(answer: Response): Promise<Response> {
  const { DeleteResult } = reader.parse(await answer.text()) as { DeleteResult?: { Error?: object[] } | "" };
  return xmlAnswer("DeleteResult", typeof DeleteResult === "object" ? { Error: DeleteResult.Error } : {});
}
