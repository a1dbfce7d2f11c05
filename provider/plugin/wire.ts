import struct from "google-protobuf/google/protobuf/struct_pb.js";

import { OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_VALUE } from "../../resource-kinds/pulumi-marks.ts";
import { Unknown } from "./unknown.ts";

/**
 * The one boundary between Pulumi's wire values and plain ones: secrets are unwrapped on entry and wrapped on exit here,
 * and nowhere else.
 */

export type Properties = Record<string, unknown>;

/** Plain values of a message: secrets bare, what is not known yet as `Unknown`. */
export function receive(message: struct.Struct | undefined): Properties {
  return message === undefined ? {} : (unwrap(message.toJavaScript()) as Properties);
}

/** A message of plain values; the properties named in `secrets` are wrapped whole. Undefined values are left out. */
export function send(properties: object, secrets: readonly string[] = []): struct.Struct {
  const wrapped: Record<string, struct.Value> = {};
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    wrapped[key] = wrap(secrets.includes(key) && !(value instanceof Unknown) ? secret(value) : value);
  }
  const message = new struct.Struct();
  for (const [key, value] of Object.entries(wrapped)) message.getFieldsMap().set(key, value);
  return message;
}

function unwrap(value: unknown): unknown {
  if (value === UNKNOWN_VALUE) return Unknown.value;
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Properties;
  if (fields[SIGNATURE_KEY] === SECRET_SIGNATURE) return unwrap(fields["value"]);
  if (fields[SIGNATURE_KEY] === OUTPUT_SIGNATURE) return "value" in fields ? unwrap(fields["value"]) : Unknown.value;
  return Object.fromEntries(Object.entries(fields).map(([key, inner]) => [key, unwrap(inner)]));
}

function secret(value: unknown): Properties {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

function wrap(value: unknown): struct.Value {
  return struct.Value.fromJavaScript(plain(value) as struct.JavaScriptValue);
}

/** Protobuf knows no undefined and no `Unknown`. */
function plain(value: unknown): unknown {
  if (value instanceof Unknown) return UNKNOWN_VALUE;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(fields.map(([key, inner]) => [key, plain(inner)]));
}
