import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import type { AnyType } from "../../provider/plugin/service.ts";
import { unconfiguredTypes } from "../../provider/types.ts";
import { TOKENS } from "../../resource-kinds/kinds.ts";
import { cell, code, table } from "./markdown.ts";

/** One section per resource type of the provider, from its own docstring, input schema and rules. Calls nothing. */
export async function resourceTables(projectDir: string): Promise<string> {
  const types = unconfiguredTypes();
  const docstrings = allDocstrings(projectDir);
  const sections = TOKENS.map(async (token) => section(await types.type(token), docstringOf(token, docstrings)));
  return (await Promise.all(sections)).join("\n\n");
}

function section(type: AnyType, docstring: string): string {
  return [
    `## ${type.token}`,
    docstring,
    table(["input", "type", "", "meaning"], inputRows(type)),
    `${replacement(type)} ${outputs(type)}`,
  ].join("\n\n");
}

function inputRows({ inputs, secretInputs = [] }: AnyType): string[][] {
  const { required = [], properties = {} } = z.toJSONSchema(inputs, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, schema]) => {
    const { description = "", type, anyOf } = schema as z.core.JSONSchema.BaseSchema;
    const types = type ?? (anyOf ?? []).map((each) => (each as { type?: string }).type ?? "").join(" or ");
    const notes = [
      required.includes(name) && name !== "tenant" ? "required" : "",
      secretInputs.includes(name) ? "secret" : "",
    ];
    return [code(name), cell(String(types)), notes.filter((note) => note !== "").join(", "), cell(description)];
  });
}

function replacement({ replaceOn, deleteBeforeReplace, update }: AnyType): string {
  if (update === undefined) return "Every change replaces it; the new one is created first.";
  const order = deleteBeforeReplace === true ? "the old one is deleted first" : "the new one is created first";
  return `A change of ${replaceOn.map(code).join(", ")} replaces it: ${order}.`;
}

function outputs({ outputs, secretOutputs = [] }: AnyType): string {
  if (outputs.length === 0) return "No outputs except its id and name.";
  const named = outputs.map((name) => `${code(name)}${secretOutputs.includes(name) ? " (secret)" : ""}`);
  return `Outputs: ${named.join(", ")}.`;
}

/** Texts of the docstrings in all rooms of the provider. */
function allDocstrings(projectDir: string): string[] {
  return globSync("provider/*/*.ts", { cwd: projectDir }).flatMap((file) =>
    [...readFileSync(join(projectDir, file), "utf8").matchAll(/^\/\*\*(.*?)\*\/$/gms)].map(([, text = ""]) =>
      text.replaceAll(/^ *\* ?/gm, "").trim(),
    ),
  );
}

/** A resource type's docstring begins with its token; what follows the token is the text. */
function docstringOf(token: string, docstrings: readonly string[]): string {
  const start = `\`${token}\`: `;
  const found = docstrings.find((text) => text.startsWith(start));
  if (found === undefined) throw new Error(`no docstring in provider/ begins with ${start}`);
  const text = found.slice(start.length);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
