import { createHash } from "node:crypto";

import * as z from "zod";

import { appOf } from "./apps.ts";
import { parseDuration } from "./go-duration.ts";
import { tokenId } from "./identifiers.ts";
import { mintMacaroon } from "./macaroon.ts";
import { type FlyOperation, json } from "./operation.ts";
import { ORGANIZATION } from "./organization.ts";
import type { Platform } from "./platform.ts";
import { invalidArgument, Refusal } from "./refusal.ts";
import type { Tables } from "./tables.ts";
import type { TokenKind, TokenRecord } from "./records.ts";

export type Access = TokenRecord;

const YEAR_MS = 365 * 24 * 3600 * 1000;
/** Fly's own default for tokens that name no expiry (Fly docs, "Access tokens"). */
const DEFAULT_EXPIRY_MS = 20 * YEAR_MS;

/** Makes a token known. */
export function registerToken(tables: Tables, token: string, record: TokenRecord): void {
  tables.tokens.put(hash(token), record);
}

/** Mints a token. It is shown once; only its hash is kept. */
export function issueToken(tables: Tables, kind: TokenKind, expiresAt: number, app?: string): string {
  const token = mintMacaroon();
  registerToken(tables, token, { id: tokenId(), kind, expiresAt, ...(app === undefined ? {} : { app }) });
  return token;
}

/** When a token made now without a wish of its own expires. */
export function defaultExpiry(now: Date): number {
  return now.getTime() + DEFAULT_EXPIRY_MS;
}

/** Whom an Authorization header speaks for; schemes `Bearer`, `FlyV1`, and `Bearer FlyV1`. Throws a 401. */
export function authenticate(tables: Tables, header: string | undefined, now: Date): Access {
  const token = /^(?:(?:Bearer|FlyV1)\s+)+(\S+)$/i.exec(header ?? "")?.[1];
  const record = token === undefined ? undefined : tables.tokens.get(hash(token));
  if (record === undefined || record.expiresAt <= now.getTime()) throw new Refusal(401, "Unauthorized");
  return record;
}

/**
 * Whether a token reaches an operation. `reach` is what the operation works in: the id of an app, undefined for a name that
 * is none of ours, `organization` for the organisation, `anybody` for what every token may ask. Throws a 403.
 */
export function authorize(access: Access, mutating: boolean, reach: string | undefined): void {
  if (access.kind === "read-only" && mutating) throw new Refusal(403, "token may only read");
  if (access.kind === "deploy" && reach !== "anybody" && access.app !== reach) {
    throw new Refusal(403, "token is not authorized for this resource");
  }
}

const expirySchema = z.object({ expiry: z.string().nullish() });

export function tokenOperations(platform: Platform): FlyOperation[] {
  const { tables, clock } = platform;
  return [
    {
      name: "GET /v1/tokens/current",
      service: "platform",
      reach: "anybody",
      limit: "none",
      handle({ access }) {
        const apps = tables.apps.entries().flatMap(([name, app]) => (app.id === access.app ? [name] : []));
        return json({
          tokens: [
            {
              token_id: access.id,
              org_slug: ORGANIZATION.slug,
              organization: ORGANIZATION.name,
              ...(access.kind === "deploy" ? { apps } : {}),
            },
          ],
        });
      },
    },
    {
      name: "POST /v1/apps/{app}/deploy_token",
      service: "platform",
      async handle(call) {
        const app = appOf(platform, call, "platform");
        const { expiry } = await call.body(expirySchema);
        const milliseconds = expiry == null || expiry === "" ? DEFAULT_EXPIRY_MS : parseDuration(expiry);
        if (milliseconds === undefined) throw invalidArgument("expiry is not a duration");
        return json({ token: issueToken(tables, "deploy", clock().getTime() + milliseconds, app.id) });
      },
    },
  ];
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
