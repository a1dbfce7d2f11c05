import type { Caller, Scope } from "../api-tokens.ts";
import type { ApiTokens } from "../api-tokens.ts";
import type { Databases } from "../databases.ts";
import type { Groups } from "../groups.ts";
import type { Namespaces } from "../namespaces.ts";
import type { Points } from "../points.ts";
import type { TursoSwitches } from "../switches.ts";

/** What the operations of the Platform API work on. */
export interface Platform {
  readonly databases: Databases;
  readonly points: Points;
  readonly groups: Groups;
  readonly tokens: ApiTokens;
  readonly namespaces: Namespaces;
  readonly switches: TursoSwitches;
  readonly clock: () => Date;
  /** The Hostname of a database at this loopback address. */
  hostname(address: string): string;
}

/** One call, after its token was recognised. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined when there was none. */
  readonly body: unknown;
  readonly caller: Caller;
}

/**
 * What a caller must be allowed to do. "anybody" with a token; "organization": only tokens that are not pinned to a
 * group; a scope: those, and tokens pinned to a group that hold this scope, for things of that group.
 */
export type Need = "anybody" | "organization" | Scope;

/** One operation of the Platform API. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** `/v1/organizations/{org}/databases`. */
  readonly path: string;
  readonly needs: Need;
  /** Answers the body of a 200; undefined: an empty body. Throws a Refusal for all else. */
  handle(call: Call): unknown;
}
