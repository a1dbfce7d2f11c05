import { errorKinds } from "../../errors/tenantry-error.ts";

export const tigrisErrors = errorKinds({
  TIGRIS_ENGINE_FAULT: {
    meaning: "versitygw gave an answer that the embedded Tigris cannot go on with.",
    next: "Read iam-engine.log and s3-engine.log in the embedded cloud's folder `tigris`.",
  },
});
