import { errorKinds } from "../errors/tenantry-error.ts";

export const componentErrors = errorKinds({
  AWS_NOT_LOADED: {
    meaning: "A tenant lies on the backend aws-s3, and the program did not load Pulumi's AWS package for it.",
    next: "This is a fault of tenantry; report it with the tenant's file.",
  },
  STORAGE_MOVE_UNDECLARED: {
    meaning:
      "A tenant has files on a backend that its file neither uses nor keeps. Nothing is deleted, and nothing is moved, without being declared.",
    next: "Name the backend under `storage.kept` with `protected`. To give its files up, set `released`, bring that up, and take the line out in the step after (docs/backends.md).",
  },
});
