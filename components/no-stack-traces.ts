import * as pulumi from "@pulumi/pulumi";

/**
 * Keeps stack traces out of the state and out of the program's time.
 *
 * The SDK captures one per resource and stores it: 600 bytes each, a third of the whole state, with this computer's paths in
 * a file that others read. `Resource.stackTrace` is internal to the SDK. If a new version drops it, this has no effect and
 * the traces are back; tests/components/tenant.test.ts detects it.
 *
 * It also captures one per promise, for its leak reports, and maps each through source maps: half of the program's time.
 * With the limit at 0 V8 captures none; errors keep their messages.
 */
export function leaveOutStackTraces(): void {
  Object.assign(pulumi.Resource, { stackTrace: () => [] });
  Error.stackTraceLimit = 0;
}
