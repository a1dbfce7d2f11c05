import * as pulumi from "@pulumi/pulumi";

/**
 * Keeps stack traces out of the state. The SDK captures one per resource and stores it: 600 bytes each, a third of the
 * whole state, a quarter of the program's time, and this computer's paths in a file that others read.
 *
 * `Resource.stackTrace` is internal to the SDK. If a new version drops it, this changes nothing and the traces are back;
 * tests/components/no-stack-traces.test.ts would say so.
 */
export function leaveOutStackTraces(): void {
  Object.assign(pulumi.Resource, { stackTrace: () => [] });
}
