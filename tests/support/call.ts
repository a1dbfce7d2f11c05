import type { Claims, ClaimState } from "../../resource-kinds/claim.ts";
import type { Call } from "../../provider/plugin/resource-type.ts";

/** A line that an operation said to the user. */
export interface Line {
  readonly severity: "info" | "warning";
  readonly line: string;
}

/** A call as the plugin would make it, with everything a test wants to look at or to set. */
export interface TestCall extends Call {
  /** What the operation said to the user, in order. */
  readonly lines: Line[];
  /** Cancels the operation, as the engine does at Ctrl-C. */
  cancel(): void;
}

export type TestCallOptions = Partial<Pick<Call, "name" | "stack" | "clock" | "claims" | "replaces">> & {
  readonly fleetId?: string;
  readonly token?: string;
};

export const TEST_FLEET = "00112233445566778899aabbccddeeff";

/** A call for a resource of the stack `test`; `now` is the real time unless a clock is given. */
export function testCall(options: TestCallOptions = {}): TestCall {
  const { name = "acme", stack = "test", token = "tenantry:test:Resource", fleetId = TEST_FLEET } = options;
  const cancelled = new AbortController();
  const lines: Line[] = [];
  return {
    urn: `urn:pulumi:${stack}::tenantry::${token}::${name}`,
    name,
    stack,
    owner: (tenant) => ({ fleetId, stack, tenant }),
    claims: options.claims ?? claimsThatSay({ held: "by-us" }),
    clock: options.clock ?? (() => new Date()),
    replaces: options.replaces,
    importLine: (id) => `pulumi import ${token} ${name} ${id} --stack ${stack}`,
    signal: cancelled.signal,
    log: (severity, line) => {
      lines.push({ severity, line });
    },
    lines,
    cancel: () => {
      cancelled.abort();
    },
  };
}

/** A claim that is always like this. For the rooms that only ask; the Tigris room has the real ones. */
export function claimsThatSay(state: ClaimState): Claims {
  return { read: () => Promise.resolve(state) };
}

/** A clock that stands still until it is moved. */
export function clockAt(iso: string): { clock: () => Date; advance(milliseconds: number): void } {
  let now = Date.parse(iso);
  return {
    clock: () => new Date(now),
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}
