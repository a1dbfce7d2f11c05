import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of the command line itself, by code. */
export const cliErrors = errorKinds({
  INTERNAL: {
    meaning: "tenantry met something that its authors did not expect.",
    next: "Run the same command with TENANTRY_DEBUG=1, and report what it prints in an issue of the project: it shows where.",
  },
  FILE_UNUSABLE: {
    meaning: "A file or a folder could not be read or written.",
    next: "Look at the named path: whether it exists, who may use it, and whether the disk is full or read-only.",
  },
  NOT_REACHED: {
    meaning: "A connection failed.",
    next: "Of an embedded cloud `npx tenantry cloud status` says whether it runs; else look at your network.",
  },
  DEMO_IMPOSSIBLE: {
    meaning: "The demonstration needs an active tenant with a bucket and a database.",
    next: "`npx tenantry list` shows the tenants; name one with `--tenant`, or apply one with `npx tenantry up`.",
  },
  DEMO_FAILED: {
    meaning: "Writing or reading with the tenant's own credentials failed.",
    next: "`npx tenantry status <tenant>` shows how its machine is, `npx tenantry drift` what was changed outside tenantry.",
  },
  FLEET_UP_UNASKED: {
    meaning: "`fleet up` asks nobody, and was not told to go on without.",
    next: "Look at `npx tenantry fleet plan` first; then `npx tenantry fleet up --yes`, or `--plans` with what `fleet plan --out` wrote.",
  },
  TENANT_EXISTS: {
    meaning: "A tenant file of that name is already there; nothing was overwritten.",
    next: "Choose another id, or edit the file.",
  },
  EXEC_STDIN_BINARY: {
    meaning:
      "What was to be passed to a command in a machine is no UTF-8 text, and Fly's Machines API passes text only.",
    next: "Pass it as base64: `base64 FILE | npx tenantry exec TENANT --stdin -- sh -c 'base64 -d >/tmp/FILE'`. Of files for the app `npx tenantry push` takes any.",
  },
  EXEC_LIVE_AT_FLY: {
    meaning: "Fly's Machines API runs a command to its end and then answers; it passes on no terminal and no stream.",
    next: "Run the named command of flyctl, or leave out -i and -t.",
  },
  LOGS_AT_FLY: {
    meaning: "Fly hands out logs over NATS and to its own program, not by its Machines API.",
    next: "Run the named command.",
  },
  DESTROY_REAL_STACK: {
    meaning:
      "Only a stack of the embedded cloud is taken down as a whole. This one has real accounts; nothing was deleted.",
    next: "There each tenant goes by its file: set `state: offboarding` and apply it, then `state: purged` (docs/adding-a-tenant.md).",
  },
  UNATTENDED: {
    meaning: "This deletes something, and nobody is at a terminal who could be asked.",
    next: "Say `--yes` where that is meant.",
  },
  NOT_SUSPENDABLE: {
    meaning:
      "Only a tenant that is active can be suspended; this one is about to be deleted, or is. No file was edited.",
    next: "`npx tenantry list` shows the states. Set `state: active` first where it is to stay.",
  },
  NOT_SUSPENDED: {
    meaning: "Only a suspended tenant is resumed. No file was edited.",
    next: "`npx tenantry list` shows the states; leave out the named tenant.",
  },
  INTERRUPTED: {
    meaning: "The command was broken off, in good order.",
    next: "Run the same command again: it goes on where it stopped.",
  },
  ROTATION_BLOCKED: {
    meaning: "Rotations by age are applied alone, and the plan holds something else too: nothing was applied.",
    next: "Apply or undo the rest first: `npx tenantry plan --stack <stack>` shows all of it.",
  },
});
