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
  { name: "rotate", summary: "new keys and tokens: at once, or where due", load: () => import("./rotate.ts") },
  { name: "emit", summary: "machine configs and env files, without secrets", load: () => import("./emit.ts") },
  { name: "env", summary: "a tenant's environment, for your own computer", load: () => import("./env.ts") },
  { name: "access", summary: "people's keys: list, add, show, revoke", load: () => import("./access.ts") },
  { name: "mount", summary: "a tenant's files as a folder, with your own key", load: () => import("./mount.ts") },
  { name: "unmount", summary: "upload what is left, then unmount", load: () => import("./unmount.ts") },
  { name: "status", summary: "how the machines are right now", load: () => import("./status.ts") },
  { name: "logs", summary: "what a tenant's machine has written", load: () => import("./logs.ts") },
  { name: "exec", summary: "run a command in a tenant's machine", load: () => import("./exec.ts") },
  { name: "pull", summary: "bring a tenant's files into a folder", load: () => import("./pull.ts") },
  { name: "push", summary: "bring a folder's files to a tenant", load: () => import("./push.ts") },
  { name: "live", summary: "a folder and a tenant's files, kept together", load: () => import("./live.ts") },
  {
    name: "demo",
    summary: "a file, a row and a note of one tenant, written and found",
    load: () => import("./demo.ts"),
  },
  { name: "cost", summary: "what each tenant costs a month, against volumes", load: () => import("./cost.ts") },
  { name: "report", summary: "the fleet as one HTML page, or as Markdown", load: () => import("./report.ts") },
  { name: "history", summary: "who changed which tenant when", load: () => import("./history.ts") },
  { name: "doctor", summary: "tools, credentials, clocks: what is missing", load: () => import("./doctor.ts") },
];
