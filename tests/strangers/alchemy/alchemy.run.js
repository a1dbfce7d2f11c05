import * as Alchemy from "alchemy";
import { App } from "alchemy/Fly/App";
import { IpAssignment } from "alchemy/Fly/IpAssignment";
import { Machine } from "alchemy/Fly/Machine";
// One by one: the index also loads what builds websites.
import { providers } from "alchemy/Fly/Providers";
import { Secret } from "alchemy/Fly/Secret";
import * as Effect from "effect/Effect";

const round = process.env["ROUND"] ?? "";

export default Alchemy.Stack(
  "strangers",
  { providers: providers(), state: Alchemy.localState() },
  Effect.gen(function* () {
    const app = yield* App("App", { name: "strangers-alchemy" });
    yield* Secret("Token", { app, name: "TOKEN", value: `secret-${round}` });
    yield* IpAssignment("V6", { app, type: "v6" });
    const machine = yield* Machine("Web", {
      app,
      region: "iad",
      image: "registry.example/web:1",
      guest: { cpuKind: "shared", cpus: 1, memoryMb: 256 },
      env: { ROUND: round },
      mounts: [{ name: "data", path: "/data", sizeGb: 1 }],
    });
    return { id: machine.machineId };
  }),
);
