import { errorKinds } from "../../errors/tenantry-error.ts";

export const benchErrors = errorKinds({
  BENCH_UNKNOWN: {
    meaning: "`--only` or `--peers` names something that `bench` does not have.",
    next: "`npx tenantry bench --list` prints all of them.",
  },
  BENCH_UNREADABLE: {
    meaning: "The file of `bench --into` is there, and is not what `bench` writes.",
    next: "Name another file, or delete it.",
  },
  BENCH_STEP_FAILED: {
    meaning: "A command that is measured has ended otherwise than it has to.",
    next: "Read what it says. `npx tenantry bench --resume` goes on with the rounds that are not measured yet.",
  },
  BENCH_NO_CLOUD: {
    meaning: "An embedded cloud that `bench` starts for itself did not come up.",
    next: "`npx tenantry doctor` says what is missing on this computer.",
  },
});
