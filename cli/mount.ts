import { Command, Option } from "commander";

import { toolsEnvironment } from "../tools/environment.ts";
import * as mounted from "../operations/files/mounted.ts";
import { openBucketAccess } from "../operations/files/bucket-access.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { during } from "../output/progress.ts";
import { note, printJsonLine, printLine } from "../output/terminal.ts";

/** `tenantry mount TENANT DIR`: a tenant's files as a folder, with a person's own key. */
export function command(): Command {
  return new Command("mount")
    .description("Mount a tenant's files on a folder, by TigrisFS, with a person's own key.")
    .argument("<tenant>", "the tenant's id")
    .argument("<dir>", "an empty folder; created if missing")
    .addOption(new Option("--name <name>", "owner of the key; default: the only entry under `access`"))
    .addOption(new Option("--read-only", "mount read-only; needed with a read-only key"))
    .addOption(new Option("--foreground", "stay in the foreground and unmount at Ctrl-C or SIGTERM"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(mount);
}

interface MountOptions {
  readonly stack: string;
  readonly name?: string;
  readonly readOnly?: boolean;
  readonly foreground?: boolean;
  readonly json?: boolean;
}

async function mount(id: string, folder: string, options: MountOptions): Promise<void> {
  const context = openStack(options.stack);
  const env = toolsEnvironment({ projectDir: context.projectDir, env: process.env });
  mounted.refuseWhereNothingMounts(process.platform, env);
  const place = mounted.mountPlace(context.home, folder);
  mounted.refuseFolderInUse(place);
  const readOnly = options.readOnly === true;
  const access = await during(`mount of ${id}`, async () => {
    const opened = await openBucketAccess(context, id, options.name);
    await mounted.mount(opened, place, { readOnly, env });
    return opened;
  });
  const { name } = access.key;
  if (options.json === true) printJsonLine({ mounted: place.dir, tenant: id, name, readOnly });
  else printLine(`${id} is mounted at ${place.dir}${readOnly ? ", read-only" : ""}, with the key of ${name}`);
  if (options.foreground === true) await untilTold(place, options);
  else note(`to end it: npx tenantry unmount ${folder}`);
}

/** Waits for a signal or for the mount's own end. Ctrl-C leaves the mount alone while somebody works in it. */
async function untilTold(place: mounted.MountPlace, options: { readonly json?: boolean }): Promise<void> {
  note("Ctrl-C unmounts");
  const stopped = new Promise<void>((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGHUP", resolve);
    process.on("SIGINT", () => {
      try {
        mounted.refuseBusy(place);
        resolve();
      } catch (error) {
        note(error instanceof Error ? error.message : String(error));
      }
    });
  });
  await Promise.race([stopped, mounted.untilEnded(place)]);
  if (!mounted.isMounted(place)) {
    mounted.refuseUnflushed(place);
    return;
  }
  await flushAndUnmount(place, options);
}

/** Says how it went. */
export async function flushAndUnmount(place: mounted.MountPlace, { json }: { readonly json?: boolean }): Promise<void> {
  const mode = await during(`upload of what is left in ${place.dir}`, () => mounted.unmount(place));
  if (json === true) printJsonLine({ unmounted: place.dir, isAllInBucket: true });
  else if (mode === "read-only") printLine(`${place.dir} is unmounted; it took no writes`);
  else printLine(`${place.dir} is unmounted: everything that was written there is in the bucket`);
}
