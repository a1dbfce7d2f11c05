import type { Command } from "commander";

/** One verb of the command line. Its file is loaded only when it is called, so that `--help` stays quick. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ command(): Command }>;
}

/** All verbs, in the order of `--help`. */
export const VERBS: readonly Verb[] = [
  { name: "cloud", summary: "the embedded cloud: up, down, status, logs", load: () => import("./cloud.ts") },
  { name: "new", summary: "write the file of a new tenant", load: () => import("./new.ts") },
  { name: "validate", summary: "check all tenant files, all errors at once", load: () => import("./validate.ts") },
  { name: "schema", summary: "print the JSON Schema of a tenant file", load: () => import("./schema.ts") },
  { name: "list", summary: "the tenants of a stack and what stands of each", load: () => import("./list.ts") },
  { name: "show", summary: "everything about one tenant, without secrets", load: () => import("./show.ts") },
  { name: "plan", summary: "what `up` would do, tenant by tenant", load: () => import("./plan.ts") },
  { name: "up", summary: "bring the stack to what its tenant files say", load: () => import("./up.ts") },
  { name: "drift", summary: "what was changed behind our back; read-only", load: () => import("./drift.ts") },
  { name: "emit", summary: "machine configs and env files, without secrets", load: () => import("./emit.ts") },
  { name: "env", summary: "a tenant's environment, for your own computer", load: () => import("./env.ts") },
  { name: "access", summary: "people's keys: list, add, show, revoke", load: () => import("./access.ts") },
  { name: "mount", summary: "a tenant's files as a folder, with your own key", load: () => import("./mount.ts") },
  { name: "unmount", summary: "upload what is left, then unmount", load: () => import("./unmount.ts") },
  { name: "demo", summary: "write a file and a row with a tenant's own credentials", load: () => import("./demo.ts") },
  { name: "doctor", summary: "tools, credentials, clocks: what is missing", load: () => import("./doctor.ts") },
];
