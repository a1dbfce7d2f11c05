import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of running Pulumi's engine and of reading what it keeps, by code. */
export const engineErrors = errorKinds({
  STATE_DAMAGED: {
    meaning: "Pulumi's state of the stack cannot be read, or belongs to another stack.",
    next: "Restore the newest good copy (docs/state.md, section Going back). All resources still exist at the vendors; nothing was changed.",
  },
  NO_SUCH_TENANT: {
    meaning: "There is no such tenant in this stack.",
    next: "List the tenants with `npx tenantry list --stack <stack>`.",
  },
  TENANT_ID_INVALID: {
    meaning: "A tenant's id is part of names at three vendors and must fit all of them.",
    next: "Choose an id of 1 to 39 characters a-z, 0-9 and single dashes, starting with a letter.",
  },
  NOT_PROVISIONED: {
    meaning: "The tenant has a file, but no machine yet.",
    next: "Run `npx tenantry up --stack <stack>`.",
  },
  STACK_LOCKED: {
    meaning: "Another deployment of this stack is under way.",
    next: "Wait until it ends. If you are sure that it died: `pulumi cancel --yes --stack <stack>`, then the same command again.",
  },
  STACK_NOT_MADE: {
    meaning: "The stack has settings, but does not exist in the state's backend.",
    next: "Create it: `pulumi stack init <stack>`, with a secrets provider as in docs/state.md.",
  },
  STATE_LOGIN: {
    meaning: "No backend is set for the state, or Pulumi Cloud does not accept the token.",
    next: "Set PULUMI_BACKEND_URL to the state's bucket, or PULUMI_ACCESS_TOKEN for Pulumi Cloud: docs/state.md.",
  },
  PULUMI_FAILED: {
    meaning: "The Pulumi command line ended with an error.",
    next: "Read its message above; docs/state.md explains messages about the state. Running the same command again is safe.",
  },
  PULUMI_MISSING: {
    meaning: "The program `pulumi` is not installed.",
    next: "Run `npx tenantry setup`; `npx tenantry doctor` lists what is missing.",
  },
});
