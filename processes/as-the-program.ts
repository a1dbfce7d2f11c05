// What the program does first, before Pulumi's SDK is loaded.
import "./as-a-child.ts";

import { loadedWhenUsed } from "./loaded-when-used.ts";

// The language host that tools/ builds does not read `typescript: false` in Pulumi.yaml: the SDK would load a compiler, and
// map each stack trace through source maps, for code that Node runs as it is.
delete process.env["PULUMI_NODEJS_TYPESCRIPT"];
// The engine always tells of its trace; without somebody to send it to the SDK would trace each call for nobody.
if (process.env["PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT"] === undefined) delete process.env["TRACEPARENT"];
loadedWhenUsed();
