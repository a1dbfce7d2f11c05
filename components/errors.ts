import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of the program that `pulumi` runs, by code. */
export const componentErrors = errorKinds({
  AWS_NOT_LOADED: {
    meaning: "A tenant lies on the backend aws-s3, and the program did not load Pulumi's AWS package for it.",
    next: "This is a fault of tenantry; report it with the tenant's file.",
  },
  AWS_NOT_EMBEDDED: {
    meaning:
      "A tenant of an embedded cloud names the backend aws-s3. The embedded cloud has no AWS, and never calls the real one.",
    next: "Set `storage.backend: tigris` here, or try the tenant on a stack with real accounts.",
  },
  STORAGE_MOVE_UNDECLARED: {
    meaning:
      "A tenant has files on a backend that its file neither uses nor keeps. Nothing is deleted, and nothing is moved, without being declared.",
    next: "Name the backend under `storage.kept` with `protected`. To give its files up, set `released`, bring that up, and take the line out in the step after (docs/backends.md).",
  },
});
