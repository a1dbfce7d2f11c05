import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of finding a stack, its settings and its accounts, by code. */
export const stackErrors = errorKinds({
  NO_PROJECT: {
    meaning: "The command was called outside a tenantry project.",
    next: "Change to the folder with Pulumi.yaml.",
  },
  STACK_NAME_INVALID: {
    meaning:
      "A stack's name has letters, digits, `_`, `.` and `-`, at most 100, and does not start with a dot or a dash.",
    next: "Check `--stack`.",
  },
  STACK_FILE_IS_LINK: {
    meaning: "The settings file of a stack is a link to another file, so a reviewer would not see changes.",
    next: "Replace the link with a file.",
  },
  CLOUD_FILE_DAMAGED: {
    meaning: "The file with the addresses of the embedded cloud is damaged.",
    next: "Run `npx tenantry cloud up`. It writes the file again and keeps the data.",
  },
  NO_STACK_FILE: {
    meaning: "The named stack has no settings file Pulumi.<stack>.yaml.",
    next: "Check `--stack`, or create a stack as docs/going-live.md describes.",
  },
  STACK_SETTINGS: {
    meaning: "The settings of a stack (the keys `tenantry:*` in Pulumi.<stack>.yaml) are missing or wrong.",
    next: "Correct the named keys with `pulumi config set tenantry:<key> <value> --stack <stack>`.",
  },
  NO_STACK_GROUP: {
    meaning:
      "No stack of the project is in the named group, or you named no group and the project does not have exactly one.",
    next: "Name a group with `--stack-group`; a stack joins one by `tenantry:stackGroup` in its settings (docs/fleets.md).",
  },
  STACK_GROUP_DIFFERS: {
    meaning: "Two stacks of one group have different settings, so a move would change a tenant.",
    next: "Give the named settings the same value in all stacks of the group.",
  },
  TENANT_IN_TWO_STACKS: {
    meaning: "A tenant has a file in two stacks of one group. Both stacks would claim its resources.",
    next: "Remove the file from the stack without its resources; `npx tenantry fleet list` shows where it exists.",
  },
  CLOUD_NOT_UP: {
    meaning: "The stack uses the embedded cloud, and it is not running.",
    next: "Start it with `npx tenantry cloud up`.",
  },
  NO_SPACE: {
    meaning: "A disk that tenantry writes to is full, or its quota is used up.",
    next: "Free space on the disk of the named path, name a file on another disk, or move the home with TENANTRY_HOME. Then run the same command again.",
  },
  NOT_WRITABLE: {
    meaning:
      "A file or folder cannot be written: it is read-only, belongs to somebody else, or its folder does not exist.",
    next: "Make the named path writable, name another, or move the home with TENANTRY_HOME; then run the same command again.",
  },
  CREDENTIALS_MISSING: {
    meaning: "A vendor's credentials are not in the environment.",
    next: "Set the named variables; docs/going-live.md explains where to get them.",
  },
});
