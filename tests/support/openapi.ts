import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";
import { default as ajvFormats } from "ajv-formats";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Schema = Record<string, Json>;

/** What a client saw: one call and its answer. */
export interface Exchange {
  readonly method: string;
  /** Path of the URL, without the query. */
  readonly path: string;
  readonly status: number;
  /** The parsed JSON of the answer; undefined when it had no body. */
  readonly body: unknown;
}

export interface Verdict {
  /** As the document names it: `GET /v1/organizations/{organizationSlug}/databases`. Undefined: not in the document. */
  readonly operation: string | undefined;
  /** Whether the document describes this status for this operation. */
  readonly documented: boolean;
  /** What contradicts the document; each line names the place. Empty when all is as described. */
  readonly problems: readonly string[];
}

/** An OpenAPI 3.0 or 3.1 document that answers can be held against. */
export interface OpenApi {
  /** Names every operation of the document, `METHOD /base/path/{parameter}`. */
  readonly operations: readonly string[];
  /** Holds an answer against the document. Properties that the document does not know are problems too. */
  answer(exchange: Exchange): Verdict;
  /** Holds the body of a request against the document. */
  request(call: Pick<Exchange, "method" | "path" | "body">): Verdict;
}

/** The vendor's OpenAPI document of this name, or undefined where the folder beside the project is absent. */
export function vendorApi(fileName: string): OpenApi | undefined {
  const path = vendorApiPath(fileName);
  return existsSync(path) ? openApi(JSON.parse(readFileSync(path, "utf8")) as Schema) : undefined;
}

/** Where a vendor's own description of its API lies, if it is at hand. */
export function vendorApiPath(fileName: string): string {
  return join(import.meta.dirname, "../../../shared/specs", fileName);
}

/** Compiles a document; schemas are compiled when first needed. */
export function openApi(document: Schema): OpenApi {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  ajvFormats.default(ajv);
  ajv.addSchema(schemasOf(document), "document");
  const base = basePath(document);
  const operations = Object.entries(object(document["paths"])).flatMap(([template, item]) =>
    Object.entries(object(item))
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${base}${template}`,
        pattern: pathPattern(method, `${base}${template}`),
        operation: object(operation),
      })),
  );
  // A fixed segment is more specific than a parameter: /volumes/all before /volumes/{id}.
  operations.sort((a, b) => count(a.name, "{") - count(b.name, "{"));
  const find = (method: string, path: string) =>
    operations.find(({ pattern }) => pattern.test(`${method.toUpperCase()} ${path}`));
  const validate = (content: Schema, body: unknown): string[] => {
    const media = Object.entries(content).find(([type]) => type.includes("json"))?.[1];
    const schema = media === undefined ? undefined : object(media)["schema"];
    if (schema === undefined) return [];
    const check = ajv.compile(modern(object(schema), true) as object);
    if (check(body)) return [];
    return (check.errors ?? []).map(
      (error) =>
        `${error.instancePath === "" ? "/" : error.instancePath} ${error.message ?? ""} ${JSON.stringify(error.params)}`,
    );
  };
  return {
    operations: operations.map(({ name }) => name),
    answer({ method, path, status, body }) {
      const found = find(method, path);
      if (found === undefined) return { operation: undefined, documented: false, problems: ["no such operation"] };
      const responses = object(found.operation["responses"]);
      const response = responses[status] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses["default"];
      if (response === undefined) return { operation: found.name, documented: false, problems: [] };
      const { content } = resolve(document, object(response));
      const unexpected = content === undefined && status < 300 && body !== undefined;
      return {
        operation: found.name,
        documented: true,
        problems: unexpected ? ["the document knows no body here"] : validate(object(content ?? {}), body),
      };
    },
    request({ method, path, body }) {
      const found = find(method, path);
      if (found === undefined) return { operation: undefined, documented: false, problems: ["no such operation"] };
      const described = found.operation["requestBody"];
      if (described === undefined)
        return {
          operation: found.name,
          documented: false,
          problems: body === undefined ? [] : ["the document knows no body here"],
        };
      const { content, required } = resolve(document, object(described));
      if (body === undefined)
        return { operation: found.name, documented: true, problems: required === true ? ["a body is required"] : [] };
      return { operation: found.name, documented: true, problems: validate(object(content ?? {}), body) };
    },
  };
}

const METHODS = new Set(["get", "put", "post", "delete", "patch", "head", "options"]);

function basePath(document: Schema): string {
  const [server] = (document["servers"] ?? []) as Json[];
  if (server === undefined) return "";
  return new URL(object(server)["url"] as string, "http://relative").pathname.replace(/\/$/, "");
}

function pathPattern(method: string, template: string): RegExp {
  const path = template
    .split(/(\{[^}]+\})/)
    .map((part) => (part.startsWith("{") ? "[^/]+" : part.replace(/[.*+?^$()|[\]\\]/g, "\\$&")))
    .join("");
  return new RegExp(`^${method.toUpperCase()} ${path}$`);
}

// Two copies of every named schema: a closed one that refuses unknown properties, and an open one for use inside
// allOf, where each part sees the properties of the others.
function schemasOf(document: Schema): Schema {
  const named = object(object(document["components"] ?? {})["schemas"] ?? {});
  const copies = (closed: boolean) =>
    Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, modern(object(schema), closed)]));
  return { closed: copies(true), open: copies(false) };
}

/** Turns a schema of OpenAPI 3.0 or 3.1 into JSON Schema 2020-12. */
function modern(schema: Schema, closed: boolean): Json {
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const target = reference.replace("#/components/schemas/", `document#/${closed ? "closed" : "open"}/`);
    return nullable(schema, { $ref: target });
  }
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties" || key === "patternProperties")
      result[key] = Object.fromEntries(Object.entries(object(value)).map(([k, v]) => [k, modern(object(v), true)]));
    else if (key === "allOf" || key === "anyOf" || key === "oneOf")
      result[key] = (value as Json[]).map((part) => modern(object(part), closed && key !== "allOf"));
    else if ((key === "items" || key === "additionalProperties") && typeof value === "object")
      result[key] = modern(object(value), true);
    else if (key !== "nullable" && key !== "example" && key !== "discriminator") result[key] = value;
  }
  const isOpen = schema["additionalProperties"] !== undefined || schema["properties"] === undefined;
  if (closed && (!isOpen || schema["allOf"] !== undefined)) result["unevaluatedProperties"] = false;
  return nullable(schema, result);
}

function nullable(schema: Schema, result: Schema): Json {
  return schema["nullable"] === true ? { anyOf: [{ type: "null" }, result] } : result;
}

function resolve(document: Schema, value: Schema): Schema {
  const reference = value["$ref"];
  if (typeof reference !== "string") return value;
  const target = reference
    .split("/")
    .slice(1)
    .reduce<Json>((place, key) => object(place)[key.replaceAll("~1", "/").replaceAll("~0", "~")] ?? {}, document);
  return resolve(document, object(target));
}

function object(value: Json | undefined): Schema {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`expected an object in the OpenAPI document, found ${JSON.stringify(value)}`);
}

const count = (text: string, part: string) => text.split(part).length - 1;
