import { errorKinds } from "../errors/tenantry-error.ts";

export const componentErrors = errorKinds({
  BACKEND_NOT_OFFERED: {
    meaning: "The tenant file names a storage backend that this version of tenantry cannot provision yet.",
    next: "Set `storage.backend: tigris`, or leave it out.",
  },
});
