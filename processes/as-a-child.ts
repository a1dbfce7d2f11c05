// What every Node process does first that the engine starts: the program (Pulumi.yaml, `nodeargs`), the provider and the
// policy pack. Before anything else is imported: gRPC looks at the environment when it is first used, and the engine may be
// killed at any time.
import { endWithParent } from "./end-with-parent.ts";
import { directLoopback } from "./loopback.ts";

endWithParent();
Object.assign(process.env, directLoopback(process.env));
