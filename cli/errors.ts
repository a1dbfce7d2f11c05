import { errorKinds } from "../errors/tenantry-error.ts";

export const cliErrors = errorKinds({
  TENANT_EXISTS: {
    meaning: "A tenant file of that name is already there; nothing was overwritten.",
    next: "Choose another id, or edit the file.",
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
  ROTATION_BLOCKED: {
    meaning: "Rotations by age are applied alone, and the plan holds something else too: nothing was applied.",
    next: "Apply or undo the rest first: `npx tenantry plan --stack <stack>` shows all of it.",
  },
});
