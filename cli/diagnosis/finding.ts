import type { StateWord } from "../../output/state-words.ts";

/** One thing that `tenantry doctor` looked at. Everything in it is printed: never a secret. */
export interface DoctorFinding {
  readonly subject: string;
  /** `missing`: something required is missing. `attention`: things work, but less than they could. */
  readonly state: Extract<StateWord, "ok" | "attention" | "missing">;
  readonly version?: string | undefined;
  /** Where it comes from: a path, "npm package", "built by tools/install.sh" … */
  readonly source?: string | undefined;
  /** What is wrong, or worth knowing. */
  readonly detail?: string | undefined;
  /** The line to type that fixes it. */
  readonly fix?: string | undefined;
}
