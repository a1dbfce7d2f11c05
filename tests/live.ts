// `make test-live`: asks the real accounts of the stack TENANTRY_STACK, with the credentials of the environment. It makes
// things there, so it starts only where somebody says so.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const { TENANTRY_LIVE: live, TENANTRY_STACK: stack } = process.env;

if (live !== "yes" || stack === undefined) {
  console.error(
    "make test-live makes a throw-away tenant at real vendors, which costs a little. Nothing was made.\n" +
      "To start it: TENANTRY_LIVE=yes TENANTRY_STACK=<a stack of real accounts> make test-live",
  );
  process.exitCode = 1;
} else {
  const tenantry = join(import.meta.dirname, "../cli/tenantry");
  const args = ["doctor", "--canary", "--yes", "--stack", stack, ...process.argv.slice(2)];
  process.exitCode = spawnSync(tenantry, args, { stdio: "inherit" }).status ?? 1;
}
