import { errorKinds } from "../../errors/tenantry-error.ts";

export const gateErrors = errorKinds({
  GATE_CALL_FAILED: {
    meaning: "A vendor refused a call of a measurement.",
    next: "Read its answer. `npx tenantry gates --resume` continues with the missing gates.",
  },
  GATE_APP_FAILED: {
    meaning: "An app of a measurement ended or failed.",
    next: "Read its output. `npx tenantry gates --resume` continues with the missing gates.",
  },
  GATE_UNKNOWN: {
    meaning: "`--only` names a gate that does not exist.",
    next: "`npx tenantry gates --list` prints all of them.",
  },
  GATE_NO_MACHINES: {
    meaning: "The machines of this embedded cloud are records. Nothing runs in them, so nothing can be measured.",
    next: "`npx tenantry cloud status` shows what is missing on this computer.",
  },
});
