import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Command, Option } from "commander";

import type { CloudStatus } from "../local/admin.ts";
import { bringUp, cloudStatus, type Machines, type Networks, RUNNING, takeDown } from "../local/cloud.ts";
import { readDescriptor } from "../stack/accounts.ts";
import { homeOf } from "../stack/home.ts";
import { EXIT } from "../output/exit-codes.ts";
import { engineInWords } from "../operations/engine/embedded-cloud.ts";
import { envLines } from "../operations/engine/tenant-environment.ts";
import { cloudEnvironment } from "./cloud-environment.ts";
import { jsonOption } from "./options.ts";
import { findProject } from "../stack/context.ts";
import { during } from "../output/progress.ts";
import { note, paint, printJson, printLine } from "../output/terminal.ts";

/** `tenantry cloud`: the embedded cloud of this project. */
export function command(): Command {
  return new Command("cloud")
    .description("Run the embedded cloud: real engines behind the vendors' APIs, on 127.0.0.1, without any account.")
    .addCommand(
      new Command("up")
        .description("start it in the background, unless it runs already")
        .addOption(
          new Option("--machines <how>", "run machines as processes, or keep them as records")
            .choices(["processes", "records"])
            .default("processes"),
        )
        .addOption(
          new Option("--networks <how>", "give each app its own network, as Fly does, or share this computer's")
            .choices(["own", "shared"])
            .default("own"),
        )
        .addOption(jsonOption())
        .action(up),
    )
    .addCommand(
      new Command("down")
        .description("stop it and keep its data")
        .addOption(new Option("--erase", "also delete all its data: buckets, databases, machines"))
        .addOption(jsonOption())
        .action(down),
    )
    .addCommand(new Command("status").description("show what is running").addOption(jsonOption()).action(status))
    .addCommand(
      new Command("env")
        .description(
          "print the environment for flyctl, turso, aws and rclone as shell lines; the credentials work only with this cloud",
        )
        .addOption(jsonOption())
        .action(env),
    )
    .addCommand(
      new Command("logs")
        .description("print the last lines of its logs")
        .argument("[lines]", "number of lines", "40")
        .addOption(jsonOption())
        .action(logs),
    );
}

interface UpOptions {
  readonly json?: boolean;
  readonly machines: Machines;
  readonly networks: Networks;
}

function home(): string {
  return homeOf(findProject(process.cwd()), process.env);
}

async function up({ json, machines, networks }: UpOptions): Promise<void> {
  const started = performance.now();
  const { descriptor, wasUp } = await during("start of the embedded cloud", () => bringUp(home(), machines, networks));
  const addresses = {
    tigris: descriptor.tigris.endpoint,
    tigrisIam: descriptor.tigris.iamEndpoint,
    turso: descriptor.turso.endpoint,
    fly: descriptor.fly.endpoint,
  };
  if (json === true) {
    printJson(addresses);
    return;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  printLine(`embedded cloud ${wasUp ? "is already running" : `up in ${seconds} s`}`);
  for (const [name, address] of Object.entries(addresses)) printLine(`  ${name.padEnd(10)} ${address}`);
  printLine(`  machines   ${howMachinesAre(await cloudStatus(home()))}`);
}

function howMachinesAre(status: CloudStatus | undefined): string {
  const { [RUNNING]: running, note: why } = status?.vendors["fly"] ?? {};
  if (running !== undefined)
    return why === undefined ? "run, as processes, each on its app's network" : `run, as processes; they ${why}`;
  return String(why ?? "are records, nothing runs in them");
}

async function down({ erase = false, json }: { erase?: boolean; json?: boolean }): Promise<void> {
  const folder = home();
  const wasUp = await during("stop of the embedded cloud", (tell) =>
    takeDown(folder, (left) => tell(`machines still stopping and uploading: ${left}`)),
  );
  if (erase) rmSync(join(folder, "cloud"), { recursive: true, force: true });
  if (json === true) {
    printJson({ wasUp, erased: erase });
    return;
  }
  note(wasUp ? "embedded cloud down" : "the embedded cloud was not running");
  if (!erase) return;
  note("its data is deleted; the next `up` creates everything again");
}

async function status({ json }: { json?: boolean }): Promise<void> {
  const found = await cloudStatus(home());
  const isWell = found?.engines.every(({ state }) => state === "up") ?? false;
  process.exitCode = isWell ? EXIT.ok : EXIT.error;
  if (json === true) {
    printJson(found ?? { down: true });
    return;
  }
  if (found === undefined) {
    printLine("the embedded cloud is down; start it with `npx tenantry cloud up`");
    return;
  }
  printLine(`up since ${found.startedAt}, process ${found.pid}`);
  for (const [vendor, figures] of Object.entries(found.vendors)) {
    const counts = Object.entries(figures).filter(([name]) => name !== "note");
    printLine(`  ${paint("bold", vendor.padEnd(8))} ${counts.map(([name, value]) => `${value} ${name}`).join(", ")}`);
    if (figures["note"] !== undefined) printLine(`           machines ${figures["note"]}`);
  }
  for (const engine of found.engines) printLine(`  ${paint("bold", "engine".padEnd(8))} ${engineInWords(engine)}`);
}

/** Needs no running cloud: its addresses and credentials stay. Throws CLOUD_NOT_UP before the first start. */
function env({ json }: { json?: boolean }): void {
  const environment = cloudEnvironment(readDescriptor(home()));
  if (json === true) printJson(environment);
  else printLine(envLines(environment).trimEnd().replaceAll(/^/gm, "export "));
}

const LOGS = ["cloud.log", "daemon.log", "tigris/iam-engine.log", "tigris/s3-engine.log", "turso/sqld.log"];

function logs(lines: string, { json }: { json?: boolean }): void {
  const count = Number.parseInt(lines, 10);
  const found = LOGS.flatMap((name) => {
    const path = join(home(), "cloud", name);
    return existsSync(path) ? [{ log: path, name, lines: lastLines(path, count) }] : [];
  });
  if (json === true) {
    printJson(found.map(({ log, lines }) => ({ log, lines })));
    return;
  }
  for (const { name, lines } of found) printLine([paint("bold", `== ${name}`), ...lines].join("\n"));
}

function lastLines(path: string, count: number): string[] {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-count);
}
