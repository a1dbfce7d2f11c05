// A program of tools/install.sh: exit 0 when node_modules is what package-lock.json says, 1 when `npm ci` is due.
import { join } from "node:path";

import { inStep } from "./lock-step.ts";
import { npmPackages } from "./npm-packages.ts";

const step = npmPackages(join(import.meta.dirname, ".."));
process.exitCode = step !== undefined && inStep(step) ? 0 : 1;
