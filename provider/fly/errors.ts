import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the resource types of Fly, by code. */
export const flyErrors = errorKinds({
  FLY_NAME_TAKEN: {
    meaning: "A Fly app of this name exists already, and the tenant's claim does not say that it is ours.",
    next: "Choose another prefix or tenant id; or, if the app is yours, take it over on purpose with `pulumi import`.",
  },
  FLY_OTHER_NETWORK: {
    meaning: "Our own app exists already, but on another private network. Fly cannot move an app between networks.",
    next: "Declare the network it is on, or delete the app in a step of its own before it is made anew.",
  },
  FLY_OTHER_APP: {
    meaning:
      "Our own app is gone, and another one has its name: on a network, or in an organisation, that is not this tenant's. Nothing was written to it.",
    next: "Ask who in the organisation deleted the tenant's app and made another one. Have that one deleted and run `pulumi refresh` and then `up`, or choose another prefix or tenant id.",
  },
  FLY_APP_NOT_EMPTY: {
    meaning:
      "A Fly app still has machines or volumes that nobody declared deleted; deleting the app would take them along.",
    next: "Look at them with `fly machine list` and `fly volumes list`, destroy what may go, then run the same command again.",
  },
  FLY_STILL_THERE: {
    meaning: "Fly accepted a deletion, but what was deleted still exists.",
    next: "Run the same command again in a minute; it goes on where it stopped.",
  },
  FLY_SECRETS_IMPORT: {
    meaning: "The secrets of a Fly app cannot be imported: Fly never shows a value again.",
    next: "Leave the secrets out of the import: the next `up` writes all declared values anew and unsets nothing else.",
  },
  FLY_MACHINE_ID: {
    meaning: "This is no id of a machine.",
    next: "Write it as `<app>/<machine id>`, as `fly machine list --app <app>` shows them.",
  },
  FLY_MACHINE_GONE: {
    meaning: "The machine that the state file knows is gone: destroyed outside tenantry.",
    next: "Run `pulumi refresh` to accept that into the state; the next `up` then makes a new one.",
  },
  FLY_MACHINE_DOUBLE: {
    meaning:
      "A tenant has more than one machine of ours, so it is not clear which one to use. Two of them would write to one bucket.",
    next: "Look at both with `fly machine list`, destroy the one that must not be, then run the same command again.",
  },
  FLY_MACHINE_NAME_TAKEN: {
    meaning:
      "A machine in the tenant's app has the name that ours gets, but not our mark: somebody changed its metadata.",
    next: "Look at it with `fly machine list`, destroy it or import it, then run the same command again.",
  },
  FLY_MACHINE_ELSEWHERE: {
    meaning: "The tenant's machine exists already, but in another region. Fly cannot move a machine.",
    next: "Declare its region, or import it so that the change of region is planned as a replacement.",
  },
  FLY_LEASE_HELD: {
    meaning:
      "Somebody else holds the lease of a machine: a person with flyctl, or another tool, is changing it right now.",
    next: "Wait until the lease ends, or have its owner release it, then run the same command again.",
  },
  FLY_CHANGED_MEANWHILE: {
    meaning: "A machine got another config while it was being updated. Nothing was written over it.",
    next: "Look at what changed with `npx tenantry drift --stack <stack>`, then run the same command again.",
  },
  FLY_UNHEALTHY: {
    meaning: "A machine has its new config, but it does not run, or its health checks do not pass in time.",
    next: "Read the check's output above and `fly logs --app <app>`; fix the cause and run `up` again: it goes on with this machine.",
  },
  FLY_TAKEN_BACK: {
    meaning:
      "A machine did not come up well with what a rollout brought it, and has its config of before again. Its file still says the new value.",
    next: "`npx tenantry rollout back <name>` returns its file too. Look at what the check says above; for a new image fix it and write a rollout for that.",
  },
  FLY_HALTED: {
    meaning:
      "Machines failed their checks in this run, as many as `tenantry:maxFailedMachines` allows (default 3). This one was not touched, so that what broke the others does not break it too.",
    next: "Fix what the others failed of, for example the image in tenants/plans.yaml, and run `up` again: it goes on with all of them.",
  },
  FLY_NOT_STOPPED: {
    meaning: "A machine was told to stop and did not stop in time. It is never killed by force.",
    next: "Look at `fly logs --app <app>`: something in it may not end. Run the same command again when it has stopped.",
  },
  FLY_VOLUME_ID: {
    meaning: "This is no id of a volume.",
    next: "Write it as `<app>/<volume id>`, as `fly volumes list --app <app>` shows them.",
  },
  FLY_VOLUME_SHRINK: {
    meaning: "The volume is larger than what is declared. Fly can extend a volume, not shrink it.",
    next: "Declare `storage.volume.sizeGb` as large as the volume is; for a smaller one move the files to another backend and back (docs/backends.md).",
  },
  FLY_VOLUME_PROTECTED: {
    meaning: "A volume would be deleted, and with it the tenant's files, before its protection was lifted.",
    next: "Lift it in a step of its own first: `state: offboarding`, or `released` for a volume that is kept after a move.",
  },
  FLY_VOLUME_GONE: {
    meaning: "The volume that the state file knows is gone: destroyed outside tenantry.",
    next: "Look for it with `fly volumes list --all`: Fly keeps a destroyed volume for 24 hours, its snapshots for their retention. To start with an empty one, run `pulumi refresh` and then `up`.",
  },
  FLY_VOLUME_DOUBLE: {
    meaning: "An app has more than one volume of this name, so it is not clear which one holds the tenant's files.",
    next: "Look at them with `fly volumes list`, destroy what must not be, then run the same command again.",
  },
  FLY_VOLUME_ELSEWHERE: {
    meaning:
      "The tenant's volume exists already, but in another region or otherwise encrypted. Fly can change neither.",
    next: "Declare it as it is; to move the files, go by another backend (docs/backends.md).",
  },
  FLY_NO_CAPACITY: {
    meaning: "Fly has no room for this machine or volume in this region right now.",
    next: "Run the same command again later, or choose another region or a smaller machine.",
  },
  FLY_QUOTA: {
    meaning: "The Fly organisation may not have more: its quota of machines, memory or volumes is used up.",
    next: "Write to billing@fly.io for a larger quota, or choose a smaller machine or another region, then run the same command again.",
  },
  FLY_HOST_CLOSED: {
    meaning: "Fly takes no changes on the host of this machine or volume right now.",
    next: "Run the same command again later. If it lasts, look at Fly's status page.",
  },
  FLY_HOST_UNREACHABLE: {
    meaning: "The host of a machine does not answer, so Fly does not know the machine's config.",
    next: "Look at Fly's status page, wait until the host is back, then run the same command again.",
  },
  FLY_ANSWER: {
    meaning: "Fly answered something that tenantry does not understand.",
    next: "Look for a newer tenantry, or report the fields named above.",
  },
});
