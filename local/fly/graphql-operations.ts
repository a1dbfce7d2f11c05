import * as z from "zod";

import { type FlyOperation, json } from "./operation.ts";
import type { Platform } from "./platform.ts";

const querySchema = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** Fly's GraphQL address, as far as flyctl's reading verbs ask it. What it does not have it says, as GraphQL does. */
export function graphqlOperations(platform: Platform): FlyOperation[] {
  return [
    {
      name: "POST /graphql",
      service: "platform",
      mutating: false,
      reach: "anybody",
      limit: "none",
      async handle(call) {
        const { query, variables, operationName } = await call.body(querySchema);
        // Few ask it: the cloud's start does not wait for the library.
        const [{ graphql }, { schema }, { answers }] = await Promise.all([
          import("graphql"),
          import("./graphql/schema.ts"),
          import("./graphql/answers.ts"),
        ]);
        const outcome = await graphql({
          schema,
          source: query,
          rootValue: answers(platform, call.access),
          variableValues: variables ?? {},
          ...(operationName == null ? {} : { operationName }),
        });
        return json(outcome);
      },
    },
  ];
}
