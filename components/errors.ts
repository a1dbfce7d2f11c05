import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of the program that `pulumi` runs, by code. */
export const componentErrors = errorKinds({
  AWS_NOT_LOADED: {
    meaning: "A tenant uses the backend aws-s3, but the program did not load Pulumi's AWS package.",
    next: "This is a bug in tenantry. Report it with the tenant's file.",
  },
  AWS_NOT_EMBEDDED: {
    meaning:
      "A tenant on the embedded cloud uses the backend aws-s3. The embedded cloud has no AWS and never calls the real one.",
    next: "Set `storage.backend: tigris` here, or try the tenant on a stack with real accounts.",
  },
  STORAGE_MOVE_UNDECLARED: {
    meaning:
      "A tenant has files on a backend that its tenant file does not mention. tenantry neither deletes nor moves them without a declaration.",
    next: "Name the backend under `storage.kept` with `protected`. To delete its files, set `released`, run `up`, then remove the line (docs/backends.md).",
  },
});
