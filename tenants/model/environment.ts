import * as z from "zod";

import { ENTRYPOINT_NAMES } from "../../container/contract-names.ts";
import { looksLikeSecret, SECRETS_NAME } from "./secret-likeness.ts";

const NAME = /^[A-Z_][A-Z0-9_]{0,127}$/;
/** Prefixes of names that belong to vendors or to the program loader. */
const PREFIXES = ["AWS_", "TIGRIS_", "TIGRISFS_", "FLY_", "LD_"];
/** What the machine's contract sets (DESIGN.md section 6), `machine.port` (PORT), and what Fly and the system set or read. */
const NAMES = [
  ...ENTRYPOINT_NAMES,
  ...["LIBSQL_URL", "DATABASE_URL", "DATABASE_AUTH_TOKEN", "TENANT", "PORT", "PRIMARY_REGION", "PATH", "HOME"],
].filter((name) => !PREFIXES.some((prefix) => name.startsWith(prefix)));
const NOT_RESERVED = new RegExp(`^(?!(?:${PREFIXES.join("|")})|(?:${NAMES.join("|")})$)`);
const NOT_A_SECRETS_NAME = new RegExp(`^(?!${SECRETS_NAME}$)`);

const SECRETS_ADVICE = "secrets are never written in a tenant file: make it a secret of the tenant's Fly app";

/** Plain environment variables of a machine: names in capitals, values as text. */
export const environment = z.record(
  z
    .string()
    .regex(NAME, { error: "expected a name in capitals: A-Z, 0-9 and _, not starting with a digit" })
    .regex(NOT_RESERVED, { error: "this name is set by the machine's contract, by Fly or by the system" })
    .regex(NOT_A_SECRETS_NAME, { error: SECRETS_ADVICE }),
  z
    .string({ error: "expected text: put numbers, true and false in quotes" })
    .max(8192, { error: "expected at most 8192 characters" })
    .refine((value) => !looksLikeSecret(value), {
      error: `this looks like a secret; ${SECRETS_ADVICE}`,
      params: { code: "secret" },
    }),
);
