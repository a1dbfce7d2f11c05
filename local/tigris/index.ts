import { join } from "node:path";

import type { Vendor } from "../surface.ts";
import { rootCredential } from "./credential.ts";
import { enforceAll } from "./enforcement.ts";
import { engineBuckets } from "./engine-buckets.ts";
import { engineUsers } from "./engine-users.ts";
import { forwarding } from "./forwarding.ts";
import { openGateway } from "./gateway.ts";
import { NAMES_BELOW } from "./host-names.ts";
import { openRecords } from "./records.ts";
import { iamSurface } from "./iam-surface.ts";
import { KeptNames } from "./kept-names.ts";
import { policyJudge } from "./policy-judge.ts";
import { s3Surface } from "./s3-surface.ts";
import { settleAll } from "./settlement.ts";
import { switches as declared } from "./switches.ts";
import { iamFile, iamSocket, startVersitygw } from "./versitygw.ts";

/**
 * Tigris: versitygw keeps objects, checks signatures and judges policies; a gateway in front adds what Tigris has beside S3.
 * The store is the truth about keys, policies and bucket settings; what versitygw knows of keys is derived from it.
 */
export const tigris: Vendor = {
  name: "tigris",
  async start(runtime) {
    const root = rootCredential(runtime.store);
    const records = openRecords(runtime.store);
    const switches = runtime.switches(declared);
    const users = engineUsers(iamFile(runtime));
    await enforceAll({ ...records, switches, users });
    const judge = policyJudge(iamSocket(runtime), root);
    const port = await startVersitygw(runtime, root, judge);

    const names = new KeptNames(runtime.dir);
    const engine = engineBuckets(port, root, names);
    const parts = {
      ...records,
      names,
      attributes: join(runtime.dir, "attributes"),
      root,
      switches,
      clock: runtime.clock,
      log: runtime.log,
      users,
      judge,
      forwarding: forwarding(port),
      engine,
    };
    const gateway = openGateway(parts);
    await settleAll(gateway);
    const [endpoint, iamEndpoint] = await Promise.all([
      runtime.serve(s3Surface(gateway)),
      runtime.serve(iamSurface(gateway)),
    ]);
    const isNamed = runtime.options["storage"] === "by-name";
    return {
      endpoints: { endpoint: isNamed ? endpoint.replace("127.0.0.1", NAMES_BELOW) : endpoint, iamEndpoint },
      credentials: { ...root },
      status: () => Promise.resolve({ buckets: records.buckets.entries().length, keys: users.count() }),
      stop: () => {
        engine.close();
        return Promise.resolve();
      },
    };
  },
};
