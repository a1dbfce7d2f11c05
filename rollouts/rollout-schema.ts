import * as z from "zod";

import { rolloutFile } from "./rollout-file.ts";

/**
 * The JSON Schema (draft-07, which editors take) of a rollout's file, as committed in rollouts/rollout.schema.json. What only
 * fields together can break, `tenantry validate` tells.
 */
export function rolloutSchemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(rolloutFile, { target: "draft-7", io: "input" });
  const titled = {
    $schema,
    title: "tenantry rollout",
    description: "A change that goes through the fleet in rings: rollouts/<name>.yaml.",
    ...schema,
  };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
