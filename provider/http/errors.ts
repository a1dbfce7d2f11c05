import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of calls to any vendor, by code. */
export const httpErrors = errorKinds({
  VENDOR_UNREACHABLE: {
    meaning: "A vendor did not answer: the connection failed, broke, or took too long.",
    next: "Check the vendor's status page and your network, then run the same command again to continue.",
  },
  VENDOR_UNAUTHORIZED: {
    meaning: "A vendor refused the credentials, or they do not allow this call.",
    next: "Check the token in the environment with `npx tenantry doctor --stack <stack>`.",
  },
  CLOCK_WRONG: {
    meaning: "A vendor refused a call, and this computer's clock is wrong by more than five minutes.",
    next: "Set the clock (`timedatectl set-ntp true`), then run the same command again. If it is still refused, check the credentials with `npx tenantry doctor --stack <stack>`.",
  },
  VENDOR_THROTTLED: {
    meaning: "A vendor keeps answering 429 (too many requests).",
    next: "Run the same command again in a minute, or with a lower `--parallel`.",
  },
  VENDOR_FAILED: {
    meaning: "A vendor answered with an unexpected error.",
    next: "Read the vendor's message above; quote the request id to their support. Running the same command again is safe.",
  },
});
