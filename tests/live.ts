// `make test-live`: what tenantry relies on (tests/conformance), and then the canary's questions, at the real vendors of the
// stack TENANTRY_STACK, with the credentials of the environment. Both make things there, so it starts only where somebody
// says so. Exit code 1: a case does not hold, or something is left at a vendor.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const { TENANTRY_LIVE: live, TENANTRY_STACK: stack } = process.env;
const projectDir = join(import.meta.dirname, "..");

if (live !== "yes" || stack === undefined || stack === "") {
  console.error(
    "make test-live makes throw-away tenants at real vendors, which costs a little. Nothing was made.\n" +
      "To start it: TENANTRY_LIVE=yes TENANTRY_STACK=<a stack of real accounts> make test-live",
  );
  process.exitCode = 1;
} else {
  const jest = join(projectDir, "node_modules/jest/bin/jest.js");
  const ended = [
    [
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      jest,
      "--ci",
      "--config",
      join(projectDir, "jest.config.js"),
      "tests/conformance",
    ],
    [join(projectDir, "cli/tenantry"), "doctor", "--canary", "--yes", "--stack", stack, ...process.argv.slice(2)],
  ].map(([program = "", ...args]) => spawnSync(program, args, { stdio: "inherit" }).status === 0);
  process.exitCode = ended.every(Boolean) ? 0 : 1;
}
