// The process in which the program of a warm project runs, once for each `pulumi` that asks for it: it has loaded Pulumi's SDK
// before. The project's own files are loaded anew each time.
import "../../../processes/as-the-program.ts";

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { join } from "node:path";

import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";

import { listen, unary } from "../../../provider/plugin/listening.ts";
import { ownFilesAnew } from "./own-files-anew.ts";

/** What Pulumi's own host calls to run a program; the SDK keeps it out of its types. */
interface Sdk {
  run(
    words: object,
    begun: () => void,
    told: (error: unknown) => void,
    isTold: (error: unknown) => boolean,
  ): Promise<unknown>;
  resetOptions(
    project: string,
    stack: string,
    parallel: number,
    engine: string,
    monitor: string,
    isPreview: boolean,
    organization: string,
  ): void;
  setAllConfig(values: Readonly<Record<string, string>>, secret: readonly string[]): void;
  getEngine(): { log(request: object, told: () => void): unknown };
  disconnect(isWell: boolean): Promise<void>;
}

const require = createRequire(import.meta.url);
// What runs a program asks for the main program, which would look for its arguments.
const main = require.resolve("@pulumi/pulumi/cmd/run/index.js");
require.cache[main] = Object.assign(new Module(main), { exports: {}, loaded: true });
const sdk = ["cmd/run/run", "runtime/settings", "runtime/config"]
  .map((part) => require(`@pulumi/pulumi/${part}.js`) as Partial<Sdk>)
  .reduce((all, part) => ({ ...all, ...part }), {}) as Sdk;

/** Where the language host of the engine (processes/pulumi-language-nodejs) puts its environment, and finds our port. */
const [folder = ""] = process.argv.slice(2);
const nextTurn = ownFilesAnew();

const { port } = await listen(languageGrpc.LanguageRuntimeService, {
  getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion("1.0.0")),
  run: unary(ran),
});
writeFileSync(join(folder, "port"), `${port}\n`);
process.send?.("ready");
let isAtWork = false;
/**
 * Asked before each verb. A program that is still at work was left by an engine that was killed, or that gave up: here all
 * it does, and how it ends, would go into the next run, for what the SDK knows and what listens is this process's.
 */
process.on("message", () => {
  if (isAtWork) process.kill(process.pid, "SIGKILL");
  else process.send?.("ready");
});
// Not by its own end, at which Node would keep all that was compiled, of every turn.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

/** Runs the program to its end, as the process of its own would that Pulumi's host starts. */
async function ran(request: language.RunRequest): Promise<language.RunResponse> {
  isAtWork = true;
  takeOver(readFileSync(join(folder, "environment"), "utf8"));
  nextTurn();
  // What the SDK knows of a run.
  Reflect.deleteProperty(globalThis, "globalStore");
  sdk.resetOptions(
    request.getProject(),
    request.getStack(),
    request.getParallel(),
    process.env["PULUMI_NODEJS_ENGINE"] ?? "",
    request.getMonitorAddress(),
    request.getDryrun(),
    request.getOrganization(),
  );
  sdk.setAllConfig(Object.fromEntries(request.getConfigMap().toArray()), request.getConfigsecretkeysList());
  tellWhatCanBeTold();
  const faults = await faultsOf(request);
  isAtWork = false;
  return faults.size === 0 ? new language.RunResponse() : new language.RunResponse().setBail(true);
}

/** Where one message cannot be told, for the engine was killed, the SDK would tell no later one either, in no later turn. */
function tellWhatCanBeTold(): void {
  const engine = sdk.getEngine();
  const log = engine.log.bind(engine);
  engine.log = (request, told) => {
    try {
      log(request, told);
    } catch {
      told();
    }
  };
}

const EVENTS = ["uncaughtException", "unhandledRejection", "exit"];
const listenersOf = (event: string) => process.listeners(event as "exit");
const listeningAtStart = EVENTS.map(listenersOf);

/** What went wrong in the program; the engine has been told. */
async function faultsOf(request: language.RunRequest): Promise<ReadonlySet<unknown>> {
  const told = new Set<unknown>();
  try {
    await sdk.run(
      { _: [request.getProgram()], pwd: request.getPwd() },
      () => undefined,
      (error) => told.add(error),
      (error) => told.has(error),
    );
  } catch (error) {
    process.emit("uncaughtException", error as Error);
  }
  await sdk.disconnect(told.size === 0);
  EVENTS.forEach((event, place) => {
    for (const each of listenersOf(event))
      if (listeningAtStart[place]?.includes(each) !== true) process.off(event, each);
  });
  return told;
}

function takeOver(environment: string): void {
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  for (const entry of environment.split("\0").slice(0, -1)) {
    const at = entry.indexOf("=");
    process.env[entry.slice(0, at)] = entry.slice(at + 1);
  }
}
