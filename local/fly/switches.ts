import { amount, flag } from "../switches.ts";

/** What Fly's documents leave open, or what it does only now and then. */
export const switches = {
  appListWithoutOrganization: flag({
    does: "`GET /v1/apps` lists apps without their organisation.",
    source:
      "fly-docs, apps resource: list items are `{id, name, machine_count, volume_count, network}`; the OpenAPI file has `organization`.",
  }),
  listLagMs: amount({
    awkward: 1500,
    does: "Lists of machines and volumes are as old as this: what was made since is not in them, what was destroyed since still is.",
    source:
      "fly.io/infra-log, machines-api-duplicates (2026-04-28); OpenAPI file: Machines_org_list is a point in time.",
  }),
  updateEndsStopped: flag({
    does: "An update of a started machine leaves it stopped, as when autostop falls into it.",
    source: "flyctl pull request 5128 (2026-08-26).",
  }),
  startOfCreatedRefusedMs: amount({
    awkward: 800,
    does: "For this long a machine that was just created, or updated before its first start, refuses to start (412).",
    source: "hexclave pull request 2060; alchemy, `MachineStartFromCreatedState`, which it retries.",
  }),
  destroyNeedsForce: flag({
    does: "A machine that is `created` or `failed` is destroyed only with force.",
    source: "flyctl destroys without force only what is stopped or suspended; the documents do not say.",
  }),
  bootTakesMs: amount({
    awkward: 700,
    does: "A machine stays this long in `starting` or `replacing`, as during the pull of an image.",
    source:
      "fly-docs, machine states: ten minutes for an update are possible; kilo pull request 1251: longer than 60 s.",
  }),
};
