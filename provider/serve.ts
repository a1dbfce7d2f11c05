import { readFileSync } from "node:fs";
import { join } from "node:path";

import { accountsOf } from "../stack/accounts.ts";
import { homeOf } from "../stack/home.ts";
import { parseSettings, type StackSettings } from "../stack/settings.ts";
import { pacesIn } from "../rollouts/paces.ts";
import { clockFrom } from "./clock.ts";
import { EngineLog } from "./plugin/engine-log.ts";
import { packageSchema } from "./plugin/package-schema.ts";
import { servePlugin } from "./plugin/server.ts";
import { type Configured, ProviderService } from "./plugin/service.ts";
import type { Properties } from "./plugin/wire.ts";
import { typesOf, unconfiguredTypes } from "./types.ts";
import { TOKENS } from "../resource-kinds/kinds.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as {
  version: string;
};

/**
 * Serves the provider of this process's folder and environment on a free port of 127.0.0.1.
 *
 * @param engine the engine's address, for lines that the user sees; default: none until an engine says its own
 */
export async function serveProvider(engine = ""): ReturnType<typeof servePlugin> {
  const engineLog = new EngineLog();
  engineLog.connect(engine);
  const service = new ProviderService(clockFrom(process.env), (severity, urn, line) => {
    engineLog.write(severity, urn, line);
  });
  return servePlugin({
    version,
    service,
    configure,
    schema: async () => JSON.stringify(await packageSchema(version, TOKENS, unconfiguredTypes().type)),
    engine: (address) => {
      engineLog.connect(address);
    },
  });
}

function configure(values: Properties): Configured {
  // The engine adds the plugin's version to the settings.
  const { version: ofPlugin, ...own } = values;
  const settings: StackSettings = parseSettings(process.env["PULUMI_STACK"] ?? "this one", own);
  const home = homeOf(process.cwd(), process.env);
  const projectDir = process.cwd();
  return typesOf(settings, accountsOf(settings, home, process.env), { paceOf: pacesIn(projectDir), projectDir });
}
