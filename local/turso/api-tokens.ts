import { createHash, randomBytes } from "node:crypto";

import type { Store, Table } from "../store.ts";
import { Refusal } from "./refusal.ts";

export const SCOPES = [
  "read",
  "db:create",
  "db:delete",
  "db:configure",
  "db:mint-token",
  "db:rotate-creds",
  "group:configure",
  "group:mint-token",
  "group:rotate-creds",
] as const;

export type Scope = (typeof SCOPES)[number];

/** What scopes may be asked for by; presets stand for several. */
export const SCOPE_NAMES = [...SCOPES, "read-only", "full-access"] as const;

/** Who calls. Without `group`: may do everything in the organization. */
export interface Caller {
  readonly group?: string;
  readonly scopes?: readonly Scope[];
}

/** A platform token, without the token itself. */
export interface ApiToken extends Caller {
  readonly name: string;
  readonly id: string;
  readonly organization?: string;
  readonly createdAt: string;
  readonly digest: string;
}

/** The tokens of the Platform API: the administrator's, made at the first start, and those made through the API. */
export class ApiTokens {
  readonly #tokens: Table<ApiToken>;
  readonly #callers = new Map<string, Caller>();
  /** Secret. */
  readonly administrator: string;

  constructor(store: Store) {
    this.#tokens = store.table("api-tokens");
    const own = store.table<string>("administrator");
    this.administrator = own.get("token") ?? newToken();
    own.put("token", this.administrator);
    this.#callers.set(digestOf(this.administrator), {});
    for (const token of this.list()) this.#callers.set(token.digest, token);
  }

  /** The caller of a request; throws a 401. Compares digests, so that time tells nothing about a token. */
  caller(authorization: string | undefined): Caller {
    const token = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    const caller = token === undefined ? undefined : this.#callers.get(digestOf(token));
    if (caller === undefined) throw new Refusal(401, "invalid or missing API token");
    return caller;
  }

  list(): ApiToken[] {
    return this.#tokens.entries().map(([, token]) => token);
  }

  create(
    name: string,
    reach: Pick<ApiToken, "organization" | "group">,
    scopes: readonly (typeof SCOPE_NAMES)[number][] | undefined,
    now: Date,
  ): { token: string; record: ApiToken } {
    if (this.#tokens.get(name) !== undefined) throw new Refusal(409, `token with name ${name} already exists`);
    const token = newToken();
    const record: ApiToken = {
      ...reach,
      ...(scopes === undefined ? {} : { scopes: expand(scopes) }),
      name,
      id: randomBytes(16).toString("base64url"),
      createdAt: now.toISOString().slice(0, 10),
      digest: digestOf(token),
    };
    this.#tokens.put(name, record);
    this.#callers.set(record.digest, record);
    return { token, record };
  }

  revoke(name: string): void {
    const record = this.#tokens.get(name);
    if (record === undefined) throw new Refusal(404, `could not find token with name ${name}`);
    this.#tokens.remove(name);
    this.#callers.delete(record.digest);
  }
}

const newToken = () => randomBytes(32).toString("base64url");
const digestOf = (token: string) => createHash("sha256").update(token).digest("base64url");

function expand(names: readonly (typeof SCOPE_NAMES)[number][]): Scope[] {
  const all = names.flatMap((name): readonly Scope[] => {
    if (name === "full-access") return SCOPES;
    return name === "read-only" ? ["read"] : [name];
  });
  return [...new Set(all)];
}
