import { errorKinds } from "../../errors/tenantry-error.ts";

export const benchErrors = errorKinds({
  BENCH_UNKNOWN: {
    meaning: "`--only` or `--peers` names an unknown task or peer.",
    next: "`npx tenantry bench --list` prints all of them.",
  },
  BENCH_UNREADABLE: {
    meaning: "The file of `bench --into` exists, but `bench` did not write it.",
    next: "Name another file, or delete it.",
  },
  BENCH_STEP_FAILED: {
    meaning: "A measured command ended with an unexpected exit code.",
    next: "Read its output. `npx tenantry bench --resume` continues with the missing rounds.",
  },
  BENCH_NO_CLOUD: {
    meaning: "An embedded cloud of `bench` did not start.",
    next: "`npx tenantry doctor` lists what is missing on this computer.",
  },
});
