import * as z from "zod";

import { parseExpiration } from "../expiration.ts";
import { Refusal } from "../refusal.ts";
import { mint, type Reach, type SigningKey } from "../signing-key.ts";
import { readBody } from "./body.ts";
import type { Call } from "./route.ts";

const bodySchema = z.object({ permissions: z.unknown().optional(), fine_grained_permissions: z.unknown().optional() });
const accessSchema = z.enum(["full-access", "read-only"]);

/** Answers `POST …/auth/tokens` of a database or a group. */
export async function mintFor(
  { query, body }: Call,
  key: SigningKey,
  reach: Reach,
  now: Date,
): Promise<{ jwt: string }> {
  const { permissions, fine_grained_permissions } = readBody(bodySchema, body);
  // The answer of the vendor for its present databases, to the body that its own SDK sends.
  if (permissions !== undefined)
    throw new Refusal(400, "Permissions are not supported for db-api controlled databases");
  // The engine knows no permissions per table; a token that pretends to have them would open everything.
  if (fine_grained_permissions !== undefined)
    throw new Refusal(400, "fine-grained permissions are not supported by the embedded cloud");
  const access = accessSchema.safeParse(query.get("authorization") ?? "full-access");
  if (!access.success) throw new Refusal(400, "Invalid authorization level");
  return { jwt: await mint(key, reach, access.data, now, parseExpiration(query.get("expiration"))) };
}
