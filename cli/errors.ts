import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of the command line itself, by code. */
export const cliErrors = errorKinds({
  INTERNAL: {
    meaning: "tenantry has an unexpected internal error.",
    next: "Run the same command with TENANTRY_DEBUG=1, and report its output in an issue of the project.",
  },
  FILE_UNUSABLE: {
    meaning: "A file or a folder could not be read or written.",
    next: "Check that the named path exists, that you may use it, and that the disk is not full or read-only.",
  },
  NOT_REACHED: {
    meaning: "A connection failed.",
    next: "Check your network. For the embedded cloud, run `npx tenantry cloud status`.",
  },
  DEMO_IMPOSSIBLE: {
    meaning: "The demonstration needs an active tenant with a bucket and a database.",
    next: "`npx tenantry list` shows the tenants; name one with `--tenant`, or apply one with `npx tenantry up`.",
  },
  DEMO_FAILED: {
    meaning: "Writing or reading with the tenant's own credentials failed.",
    next: "Check the machine with `npx tenantry status <tenant>`, and look for outside changes with `npx tenantry drift`.",
  },
  FLEET_UP_UNASKED: {
    meaning: "`fleet up` does not ask, so it needs `--yes` or reviewed plans.",
    next: "Run `npx tenantry fleet plan` first. Then run `npx tenantry fleet up --yes`, or `--plans` with the folder of `fleet plan --out`.",
  },
  TENANT_EXISTS: {
    meaning: "A tenant file of that name is already there; nothing was overwritten.",
    next: "Choose another id, or edit the file.",
  },
  EXEC_STDIN_BINARY: {
    meaning: "The input for the command is not UTF-8 text, and Fly's Machines API passes only text.",
    next: "Pass it as base64: `base64 FILE | npx tenantry exec TENANT --stdin -- sh -c 'base64 -d >/tmp/FILE'`. To send files to the app, use `npx tenantry push`.",
  },
  EXEC_LIVE_AT_FLY: {
    meaning: "Fly's Machines API answers only after the command ended. It supports no terminal and no stream.",
    next: "Run the named command of flyctl, or leave out -i and -t.",
  },
  LOGS_AT_FLY: {
    meaning: "Fly offers logs over NATS and flyctl, but not by its Machines API.",
    next: "Run the named command.",
  },
  DESTROY_REAL_STACK: {
    meaning:
      "`destroy` works only for a stack of the embedded cloud. This stack has real accounts. Nothing was deleted.",
    next: "End each tenant by its file: set `state: offboarding` and apply it, then `state: purged` (docs/adding-a-tenant.md).",
  },
  UNATTENDED: {
    meaning: "The command deletes something, and there is no terminal to ask at.",
    next: "Add `--yes` if you want the deletion.",
  },
  NOT_SUSPENDABLE: {
    meaning: "Only an active tenant can be suspended. This one is being deleted or is deleted. No file was edited.",
    next: "`npx tenantry list` shows the states. To keep the tenant, set `state: active` first.",
  },
  NOT_SUSPENDED: {
    meaning: "Only a suspended tenant can be resumed. No file was edited.",
    next: "`npx tenantry list` shows the states; leave out the named tenant.",
  },
  INTERRUPTED: {
    meaning: "The command was interrupted, and stopped cleanly.",
    next: "Run the same command again to continue.",
  },
  ROTATION_BLOCKED: {
    meaning: "Rotations by age are applied alone, but the plan contains other changes. Nothing was applied.",
    next: "Apply or undo the other changes first. `npx tenantry plan --stack <stack>` shows them.",
  },
});
