import { join } from "node:path";

import { networkDelayMs } from "../network.ts";
import type { VendorRuntime, RunningVendor, Vendor } from "../surface.ts";
import { ApiTokens } from "./api-tokens.ts";
import { DataFront } from "./data-front.ts";
import { newDatabaseId } from "./database-id.ts";
import { openToAll } from "./open-to-all.ts";
import { Databases } from "./databases.ts";
import { Groups } from "./groups.ts";
import { ORGANIZATION } from "./names.ts";
import { Points } from "./points.ts";
import { platformSurface } from "./platform/surface.ts";
import { startSqld } from "./sqld.ts";
import { switches } from "./switches.ts";

/** The embedded Turso: a real libSQL server behind the Platform API. */
export const turso: Vendor = { name: "turso", start };

async function start(runtime: VendorRuntime): Promise<RunningVendor> {
  const { store, clock } = runtime;
  const sqld = await startSqld(runtime);
  const board = runtime.switches(switches);
  const points = new Points(join(runtime.dir, "points"), sqld.databases, clock);
  const port = await runtime.port("data");
  runtime.answersAt(port);
  const front: DataFront = new DataFront(
    port,
    sqld.port,
    clock,
    () => networkDelayMs("turso", board.read("network"), false),
    (namespace) => {
      points.touched(namespace);
    },
    (authorization, namespace) =>
      board.read("tokensOpenAll") ? openToAll(databases.list(), authorization, namespace) : undefined,
    () => !board.read("replicasRefused"),
  );
  const newId = () => newDatabaseId(board.read("wrongEngine") ? "tursodb" : "libsql");
  const databases = new Databases(store, sqld.namespaces, front, points, newId);
  const groups = new Groups(store, databases);
  await databases.resume();
  await groups.resume();

  const tokens = new ApiTokens(store);
  const platform = {
    databases,
    points,
    groups,
    tokens,
    namespaces: sqld.namespaces,
    switches: board,
    clock,
    hostname: (address: string) => front.hostname(address),
  };
  const endpoint = await runtime.serve(platformSurface(platform, (line) => runtime.log(line)));
  return {
    endpoints: { endpoint },
    credentials: { organization: ORGANIZATION, token: tokens.administrator },
    status: () => Promise.resolve({ databases: databases.list().length, groups: groups.list().length }),
    async stop() {
      await front.close();
      await points.close();
      await sqld.engine.stop();
    },
  };
}
