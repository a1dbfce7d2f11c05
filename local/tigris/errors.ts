import { errorKinds } from "../../errors/tenantry-error.ts";

export const tigrisErrors = errorKinds({
  TIGRIS_ENGINE_FAULT: {
    meaning: "versitygw gave an unexpected answer to the embedded Tigris.",
    next: "Read iam-engine.log and s3-engine.log in the embedded cloud's folder `tigris`.",
  },
});
