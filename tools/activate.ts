// A program of tools/install.sh: makes the home of the local stack and writes `.tenantry/activate`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { activation } from "./activation.ts";
import { prepareHome } from "./prepare-home.ts";

const [projectDir = join(import.meta.dirname, "..")] = process.argv.slice(2);
const home = join(projectDir, ".tenantry");
prepareHome(home);
writeFileSync(join(home, "activate"), activation({ projectDir, home }), { mode: 0o600 });
