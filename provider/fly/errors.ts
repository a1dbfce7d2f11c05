import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the resource types of Fly, by code. */
export const flyErrors = errorKinds({
  FLY_NAME_TAKEN: {
    meaning: "A Fly app of this name already exists and is not marked as this tenant's.",
    next: "Choose another prefix or tenant id; or, if the app is yours, import it with `pulumi import`.",
  },
  FLY_OTHER_NETWORK: {
    meaning: "The tenant's app already exists on another private network. Fly cannot move an app between networks.",
    next: "Declare its network, or delete the app in a separate step first.",
  },
  FLY_OTHER_APP: {
    meaning:
      "The tenant's app is gone, and another app has its name in another network or organisation. Nothing was written to it.",
    next: "Find out who replaced the tenant's app. Delete the other app, run `pulumi refresh` and then `up`, or choose another prefix or tenant id.",
  },
  FLY_APP_NOT_EMPTY: {
    meaning:
      "A Fly app still has machines or volumes that are not declared for deletion. Deleting the app would delete them.",
    next: "List them with `fly machine list` and `fly volumes list`, destroy those not needed, then run the same command again.",
  },
  FLY_STILL_THERE: {
    meaning: "Fly accepted a deletion, but the resource still exists.",
    next: "Run the same command again in a minute to continue.",
  },
  FLY_SECRETS_IMPORT: {
    meaning: "The secrets of a Fly app cannot be imported: Fly never shows a value again.",
    next: "Omit the secrets from the import. The next `up` writes all declared values and removes no others.",
  },
  FLY_MACHINE_ID: {
    meaning: "This is not a machine id.",
    next: "Write it as `<app>/<machine id>`, as `fly machine list --app <app>` shows them.",
  },
  FLY_MACHINE_GONE: {
    meaning: "The machine that the state file knows is gone: destroyed outside tenantry.",
    next: "Run `pulumi refresh` to accept that into the state; the next `up` then makes a new one.",
  },
  FLY_MACHINE_DOUBLE: {
    meaning: "A tenant has more than one machine with its mark. Two machines would write to one bucket.",
    next: "Compare both with `fly machine list`, destroy the wrong one, then run the same command again.",
  },
  FLY_MACHINE_NAME_TAKEN: {
    meaning:
      "A machine in the tenant's app has the expected name, but not the tenant's mark. Somebody changed its metadata.",
    next: "Check it with `fly machine list`, destroy or import it, then run the same command again.",
  },
  FLY_MACHINE_ELSEWHERE: {
    meaning: "The tenant's machine already exists in another region. Fly cannot move a machine.",
    next: "Declare its region, or import it, so that the plan replaces it.",
  },
  FLY_LEASE_HELD: {
    meaning: "Somebody else holds the lease of a machine: flyctl or another tool is changing it now.",
    next: "Wait until the lease ends, or ask its owner to release it, then run the same command again.",
  },
  FLY_CHANGED_MEANWHILE: {
    meaning: "Another change reached a machine during its update. It was not overwritten.",
    next: "Check the change with `npx tenantry drift --stack <stack>`, then run the same command again.",
  },
  FLY_UNHEALTHY: {
    meaning: "A machine has its new config, but does not run, or its health checks do not pass in time.",
    next: "Read the check's output above and `fly logs --app <app>`; fix the cause and run `up` again, which continues with this machine.",
  },
  FLY_TAKEN_BACK: {
    meaning:
      "A machine was not healthy with a rollout's change, and has its previous config again. Its tenant file still has the new value.",
    next: "`npx tenantry rollout back <name>` reverts the file too. Read the check's output above. Fix the image and write a new rollout for it.",
  },
  FLY_HALTED: {
    meaning:
      "As many machines failed their checks in this run as `tenantry:maxFailedMachines` allows (default 3). This machine was not changed, to protect it from the same fault.",
    next: "Fix the cause, for example the image in tenants/plans.yaml, and run `up` again, which continues with all of them.",
  },
  FLY_NOT_STOPPED: {
    meaning: "A machine did not stop in time. tenantry never kills it by force.",
    next: "Check `fly logs --app <app>` for a process that does not end. Run the same command again when the machine has stopped.",
  },
  FLY_VOLUME_ID: {
    meaning: "This is not a volume id.",
    next: "Write it as `<app>/<volume id>`, as `fly volumes list --app <app>` shows them.",
  },
  FLY_VOLUME_SHRINK: {
    meaning: "The volume is larger than declared. Fly can extend a volume but not shrink it.",
    next: "Set `storage.volume.sizeGb` to the size of the volume. For a smaller one, move the files to another backend and back (docs/backends.md).",
  },
  FLY_VOLUME_PROTECTED: {
    meaning: "A volume with the tenant's files would be deleted, but it is still protected.",
    next: "Remove the protection in a separate step first: `state: offboarding`, or `released` for a volume that is kept after a move.",
  },
  FLY_VOLUME_GONE: {
    meaning: "The volume that the state file knows is gone: destroyed outside tenantry.",
    next: "Look for it with `fly volumes list --all`: Fly keeps a destroyed volume for 24 hours, its snapshots for their retention. To start with an empty one, run `pulumi refresh` and then `up`.",
  },
  FLY_VOLUME_DOUBLE: {
    meaning: "An app has more than one volume of this name, so the one with the tenant's files is not clear.",
    next: "Check them with `fly volumes list`, destroy the wrong one, then run the same command again.",
  },
  FLY_VOLUME_ELSEWHERE: {
    meaning: "The tenant's volume already exists in another region or with another encryption. Fly can change neither.",
    next: "Declare it as it is. To move the files, use another backend in between (docs/backends.md).",
  },
  FLY_NO_CAPACITY: {
    meaning: "Fly has no capacity for this machine or volume in this region now.",
    next: "Run the same command again later, or choose another region or a smaller machine.",
  },
  FLY_QUOTA: {
    meaning: "The Fly organisation's quota of machines, memory or volumes is used up.",
    next: "Write to billing@fly.io for a larger quota, or choose a smaller machine or another region, then run the same command again.",
  },
  FLY_HOST_CLOSED: {
    meaning: "Fly accepts no changes on the host of this machine or volume now.",
    next: "Run the same command again later. If it lasts, check Fly's status page.",
  },
  FLY_HOST_UNREACHABLE: {
    meaning: "The host of a machine does not answer, so Fly cannot read the machine's config.",
    next: "Check Fly's status page, wait until the host is back, then run the same command again.",
  },
  FLY_ANSWER: {
    meaning: "tenantry does not understand an answer from Fly.",
    next: "Update tenantry, or report the fields named above.",
  },
});
