import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the verbs that look after machines, by code. */
export const machineErrors = errorKinds({
  MACHINES_ARE_RECORDS: {
    meaning: "On this embedded cloud the machine is a record. Nothing runs in it.",
    next: "`npx tenantry cloud status` says why. As root on Linux with /dev/fuse, `npx tenantry cloud down` and `npx tenantry cloud up` make machines run; docs/machines.md says what an image needs.",
  },
  MACHINE_DOWN: {
    meaning: "The tenant's machine is not running.",
    next: "A request to its address starts it (`npx tenantry status <tenant>` shows the address), unless the tenant is suspended.",
  },
  ENTRY_NEEDS_ROOT: {
    meaning: "Only root can enter a machine of the embedded cloud.",
    next: "Run the command as root, or omit -i and -t, so that the embedded Fly runs it.",
  },
});
