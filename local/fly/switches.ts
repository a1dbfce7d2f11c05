import { flag } from "../switches.ts";

/** What Fly's documents leave open, or what it does only now and then. */
export const switches = {
  appListWithoutOrganization: flag({
    does: "`GET /v1/apps` lists apps without their organisation.",
    source:
      "fly-docs, apps resource: list items are `{id, name, machine_count, volume_count, network}`; the OpenAPI file has `organization`.",
  }),
};
