import { errorKinds } from "../../errors/tenantry-error.ts";

export const gateErrors = errorKinds({
  GATE_CALL_FAILED: {
    meaning: "A vendor refused something that a measurement needs.",
    next: "Read what it answered. `npx tenantry gates --resume` goes on with what is not measured yet.",
  },
  GATE_APP_FAILED: {
    meaning: "An app that a measurement runs has ended, or has not done what it was asked to do.",
    next: "Read what it says. `npx tenantry gates --resume` goes on with what is not measured yet.",
  },
  GATE_UNKNOWN: {
    meaning: "`--only` names a gate that does not exist.",
    next: "`npx tenantry gates --list` prints all of them.",
  },
  GATE_NO_MACHINES: {
    meaning: "The machines of this embedded cloud are records: nothing runs in them, so nothing can be measured.",
    next: "`npx tenantry cloud status` says what is missing on this computer.",
  },
});
