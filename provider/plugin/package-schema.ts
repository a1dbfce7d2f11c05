import * as z from "zod";

import type { AnyType } from "./service.ts";

/** The package's schema in Pulumi's format, derived from the resource types' own input models. */
export async function packageSchema(
  version: string,
  tokens: readonly string[],
  typeOf: (token: string) => Promise<AnyType>,
): Promise<object> {
  const resources = await Promise.all(
    tokens.map(async (token) => [token, resourceSchema(await typeOf(token))] as const),
  );
  return { name: "tenantry", version, resources: Object.fromEntries(resources) };
}

function resourceSchema(type: AnyType): object {
  const { required = [] } = z.toJSONSchema(type.inputs, { io: "input", unrepresentable: "any" });
  const shapes = Object.entries(type.inputs.shape) as [string, z.core.$ZodType][];
  const inputs = shapes.map(([key, shape]) => [key, property(shape, type.secretInputs, key)]);
  const outputs = type.outputs.map((key) => [key, { ...ANY, ...secretness(type.secretOutputs, key) }]);
  return {
    inputProperties: Object.fromEntries(inputs) as object,
    // The resource's name says it.
    requiredInputs: required.filter((input) => input !== "tenant"),
    properties: { ...Object.fromEntries(inputs), ...Object.fromEntries(outputs) } as object,
  };
}

const ANY = { $ref: "pulumi.json#/Any" };

function property(shape: z.core.$ZodType, secrets: readonly string[] | undefined, key: string): object {
  const { type, description } = z.toJSONSchema(shape, { io: "input", unrepresentable: "any" });
  const simple = type === "string" || type === "boolean" || type === "number" || type === "integer";
  return {
    ...(simple ? { type } : ANY),
    ...(description === undefined ? {} : { description }),
    ...secretness(secrets, key),
  };
}

function secretness(secrets: readonly string[] | undefined, key: string): object {
  return secrets?.includes(key) === true ? { secret: true } : {};
}
