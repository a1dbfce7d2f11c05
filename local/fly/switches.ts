import { networkSwitch } from "../network.ts";
import { amount, choice, flag } from "../switches.ts";

/** Behaviour that Fly's documents leave open, or that occurs only sometimes. */
export const switches = {
  network: networkSwitch("fly"),
  appListWithoutOrganization: flag({
    does: "`GET /v1/apps` lists apps without their organisation.",
    source:
      "fly-docs, apps resource: list items are `{id, name, machine_count, volume_count, network}`; the OpenAPI file has `organization`.",
  }),
  appUnknownMs: amount({
    awkward: 400,
    does: "For this long after its creation the platform does not know an app.",
    source:
      "flyctl, which asks after `wait=true` until it is neither 404 nor 401, for up to a minute (fly-go, WaitForApp).",
  }),
  appUnknownToFlapsMs: amount({
    awkward: 900,
    does: "For this long after its creation the service of machines, volumes and secrets does not know an app.",
    source: "alchemy, Fly/App.ts: a new app can take a moment to become readable.",
  }),
  unknownAppStatus: choice(["404", "401"], {
    preset: "404",
    awkward: "401",
    does: "The status for an app that is not known yet.",
    source: "fly-go, WaitForApp reads both as not yet.",
  }),
  listLagMs: amount({
    awkward: 1500,
    does: "Lists of machines and volumes are this old: they lack what was created since, and still have what was destroyed since.",
    source:
      "fly.io/infra-log, machines-api-duplicates (2026-04-28); OpenAPI file: Machines_org_list is a point in time.",
  }),
  machineUnknownMs: amount({
    awkward: 600,
    does: "For this long after its creation, a read of or wait for a machine by its id answers 404.",
    source:
      "flyctl pull request 4618 (2025-10-23): the Machines API is eventually consistent, so a wait for a new machine is repeated at a 404.",
  }),
  affinity: choice(["none", "cookie"], {
    preset: "cookie",
    awkward: "none",
    does: "`cookie`: a client that sends back the cookie of each answer sees its own writes, in spite of `fly.listLagMs` and `fly.machineUnknownMs`.",
    source:
      "fly-go e89c5c2 (2026-04-23) keeps cookies for affinity since the duplicates; their effect is not documented.",
  }),
  updateEndsStopped: flag({
    does: "An update of a started machine leaves it stopped, as when autostop stops it during the update.",
    source: "flyctl pull request 5128 (2026-08-26).",
  }),
  replacedShownMs: amount({
    awkward: 400,
    does: "For this long after an update a machine is shown as `replaced`.",
    source:
      "Fly docs, issue 1835: a user got `replaced` from the plain API; the page on machine states has it only for versions.",
  }),
  waitStoppedNeedsVersion: flag({
    does: "A wait for `stopped` without a version of the machine is refused (400).",
    source:
      "Kilo-Org/cloud pull request 297 reports it; flyctl never sends a version, and the OpenAPI file makes it optional.",
  }),
  flycastNeedsOrganization: flag({
    does: "A `private_v6` address is refused (422) unless `org_slug` names the organisation.",
    source: "flyctl pull request 5152 (2026-09-01); 5154 of the same day removes it again.",
  }),
  flycastWithinNetwork: flag({
    does: "A `private_v6` address reaches an app only if it is in the app's own network.",
    source:
      "fly-docs, blueprints/warm-pool-user-machines (2026-07-10); networking/flycast says that callers may be in another network.",
  }),
  startOfCreatedRefusedMs: amount({
    awkward: 800,
    does: "For this long a machine that was just created, or updated before its first start, refuses to start (412).",
    source: "hexclave pull request 2060; alchemy, `MachineStartFromCreatedState`, which it retries.",
  }),
  destroyNeedsForce: flag({
    does: "A machine that is `created` or `failed` is destroyed only with force.",
    source: "flyctl destroys only stopped or suspended machines without force; the documents do not say.",
  }),
  bootTakesMs: amount({
    awkward: 700,
    does: "A machine stays this long in `starting` or `replacing`, as during the pull of an image.",
    source: "fly-docs, machine states: an update can take ten minutes; kilo pull request 1251: more than 60 s.",
  }),
};
