import { errorKinds } from "../errors/tenantry-error.ts";

export const cliErrors = errorKinds({
  NO_PROJECT: {
    meaning: "The command was called outside a tenantry project.",
    next: "Change into the folder that holds Pulumi.yaml.",
  },
  NO_STACK_FILE: {
    meaning: "The named stack has no settings file Pulumi.<stack>.yaml.",
    next: "Check `--stack`, or make a stack as docs/going-live.md describes.",
  },
  NO_SUCH_TENANT: {
    meaning: "There is no such tenant in this stack.",
    next: "List the tenants with `npx tenantry list --stack <stack>`.",
  },
  TENANT_ID_INVALID: {
    meaning: "A tenant's id is part of names at three vendors and must fit all of them.",
    next: "Choose an id of 1 to 39 characters a-z, 0-9 and single dashes, starting with a letter.",
  },
  TENANT_EXISTS: {
    meaning: "A tenant file of that name is already there; nothing was overwritten.",
    next: "Choose another id, or edit the file.",
  },
  NOT_PROVISIONED: {
    meaning: "The tenant has a file but does not stand yet.",
    next: "Bring it up with `npx tenantry up --stack <stack>`.",
  },
  MACHINES_ARE_RECORDS: {
    meaning: "On this embedded cloud the machine is a record: nothing runs in it.",
    next: "`npx tenantry cloud status` says why. As root on Linux with /dev/fuse, `npx tenantry cloud down` and `npx tenantry cloud up` make machines run; docs/machines.md says what an image needs.",
  },
  MACHINE_DOWN: {
    meaning: "The tenant's machine does not run right now.",
    next: "A request to its address starts it (`npx tenantry status <tenant>` shows the address), unless the tenant is suspended.",
  },
  EXEC_STDIN_BINARY: {
    meaning:
      "What was to be passed to a command in a machine is no UTF-8 text, and Fly's Machines API passes text only.",
    next: "Pass it as base64: `base64 FILE | npx tenantry exec TENANT --stdin -- sh -c 'base64 -d >/tmp/FILE'`. Of files for the app `npx tenantry push` takes any.",
  },
  LOGS_AT_FLY: {
    meaning: "Fly hands out logs over NATS and to its own program, not by its Machines API.",
    next: "Run the named command.",
  },
  STACK_LOCKED: {
    meaning: "Another deployment of this stack is under way.",
    next: "Wait until it has ended. If you are sure that it died: `pulumi cancel --yes --stack <stack>`, then the same command again.",
  },
  STACK_NOT_MADE: {
    meaning: "The stack has settings, but nothing is known of it where the state lies.",
    next: "Make it once: `pulumi stack init <stack>`, with a secrets provider as docs/state.md says.",
  },
  STATE_LOGIN: {
    meaning: "Nothing says where the state lies, or Pulumi Cloud does not know the token.",
    next: "Set PULUMI_BACKEND_URL to the state's bucket, or PULUMI_ACCESS_TOKEN for Pulumi Cloud: docs/state.md.",
  },
  ROTATION_BLOCKED: {
    meaning: "Rotations by age are applied alone, and the plan holds something else too: nothing was applied.",
    next: "Apply or undo the rest first: `npx tenantry plan --stack <stack>` shows all of it.",
  },
  PULUMI_FAILED: {
    meaning: "The Pulumi command line ended with an error.",
    next: "Read its message above; docs/state.md explains those about the state. Running the same command again is safe.",
  },
  DRIFT_FIX_UNATTENDED: {
    meaning: "Drift was to be mended where nobody can be asked how.",
    next: "Say how: `npx tenantry drift --fix=apply --yes` (or adopt-file, import), or write a script with `--fix-script FILE`.",
  },
  PULUMI_MISSING: {
    meaning: "The program `pulumi` is not installed.",
    next: "Run `tools/install.sh run`; `npx tenantry doctor` tells what is missing.",
  },
});
