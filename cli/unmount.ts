import { Command } from "commander";

import { isMounted, mountPlace, refuseBusy } from "../operations/files/mounted.ts";
import { flushAndUnmount } from "./mount.ts";
import { jsonOption } from "./options.ts";
import { findProject } from "../stack/context.ts";
import { homeOf } from "../stack/home.ts";

/** `tenantry unmount DIR`: uploads what is left and unmounts. */
export function command(): Command {
  return new Command("unmount")
    .description("Upload pending changes of a folder that `mount` mounted, then unmount it.")
    .argument("<dir>", "the mounted folder")
    .addOption(jsonOption())
    .action(unmount);
}

async function unmount(folder: string, options: { readonly json?: boolean }): Promise<void> {
  const place = mountPlace(homeOf(findProject(process.cwd()), process.env), folder);
  if (isMounted(place)) refuseBusy(place);
  await flushAndUnmount(place, options);
}
