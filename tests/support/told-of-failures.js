import { TestEnvironment } from "jest-environment-node";

/** Node as jest has it; besides, tests are told whether one of their file has failed (tests/support/evidence.ts asks). */
export default class ToldOfFailures extends TestEnvironment {
  handleTestEvent({ name }) {
    if (name === "test_fn_failure" || name === "hook_failure") this.global.aTestHasFailed = true;
  }
}
