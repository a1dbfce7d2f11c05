import type { Difference } from "../fidelity.ts";

/** Where the embedded Fly follows Fly's behaviour, which differs from its documents. */
export const fidelity: readonly Difference[] = [
  {
    id: "2",
    now: "An update of a machine that is not started leaves it stopped (`created` stays `created`); `/start` is refused (412) while it is replaced. `fly.updateEndsStopped`: an update during which autostop stops the machine also leaves it stopped.",
    tests: [
      {
        file: "provider/fly/machine-start.test.ts",
        title: "has it started with its new config after a %s by Fly's proxy",
      },
      {
        file: "provider/fly/machine-start.test.ts",
        title: "has it started when autostop stops it in the middle of the update",
      },
      {
        file: "provider/fly/machine-start.test.ts",
        title:
          "leaves one asleep that only gets new secrets after a %s by Fly's proxy, and whoever wakes it boots it with them",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
  {
    id: "4",
    now: "A `private_v6` address is in the organisation's default network unless the call names another, and shows its network. Only machines of that network reach the app by it. `fly.flycastNeedsOrganization`: the call needs `org_slug`. `fly.flycastWithinNetwork`: it reaches an app only if it is in the app's own network; only a real account can tell which is true. `machine.callers` names the network, `status` shows it.",
    tests: [
      {
        file: "local/fly/processes/networks.test.ts",
        title: "answers the machines of the organisation's default network, and of no other, not even the app's own",
      },
      {
        file: "local/fly/processes/networks.test.ts",
        title: "answers within the app's own network only, where Fly is as its guide to isolated networks says",
      },
      {
        file: "provider/fly/ip-assignment.test.ts",
        title: "that are private answer from the organisation's default network, also if Fly wants its slug: %p",
      },
      {
        file: "local/fly/processes/networks.test.ts",
        title: "that tenantry assigns is reached by whom `machine.callers` names, whichever way Fly reads a network",
      },
      {
        file: "cli/status.test.ts",
        title: "has in its status from which network its address answers, as it was applied",
      },
    ],
    commit: "Let a tenant file say whose machines reach a private app",
  },
  {
    id: "6",
    now: "`mounts` are returned with the volume's name, encryption and size.",
    tests: [
      {
        file: "local/fly/answers.test.ts",
        title: "with the name, encryption and size of a volume in the mounts of its machine",
      },
      { file: "provider/fly/machine.test.ts", title: "that uses every setting is read back as it was declared" },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "7",
    now: "`fly.appUnknownMs`, `fly.appUnknownToFlapsMs`, `fly.unknownAppStatus`: a new app is unknown for a while, for each service separately.",
    tests: [
      {
        file: "provider/fly/app.test.ts",
        title: "with a %s is waited for, by the service of apps and by that of machines",
      },
      { file: "provider/fly/app.test.ts", title: "is adopted when a run that was killed had just made it" },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "8",
    now: "A second machine with the same name is refused (409) with the id of the first. `fly.listLagMs`: lists lag, except for a client that sends back its cookie; `fly.affinity` turns this exception off. `fly.machineUnknownMs`: for a while a new machine is not known by its id either.",
    tests: [
      {
        file: "provider/fly/machine-name.test.ts",
        title:
          "keeps it from being made twice while Fly does not know it yet by its id, and a new machine is waited for",
      },
      {
        file: "provider/fly/migrator.test.ts",
        title: "is waited for while Fly does not know it yet, and asked again where an answer was cut short",
      },
      {
        file: "provider/fly/machine-name.test.ts",
        title: "keeps it from being made twice while Fly's lists do not show it yet",
      },
      {
        file: "provider/fly/machine-name.test.ts",
        title: "has the next run adopt what a killed one made, brought to what is declared, whatever the lists show",
      },
      {
        file: "provider/fly/machine-name.test.ts",
        title: "is in the lists at once when Fly knows its client by a cookie",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
  {
    id: "12",
    now: "`personal` is accepted as the organisation and reads back as its slug.",
    tests: [
      { file: "local/fly/answers.test.ts", title: "with the organisation's own slug to the alias personal" },
      {
        file: "stack/settings.test.ts",
        title: "do not take Fly's alias personal, which reads back as another slug and would replace every app",
      },
      {
        file: "cli/doctor.test.ts",
        title: "names the organisations that Fly's token reaches, when the stack's is none of them",
      },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "13",
    now: "Fault rules take a `body`: Fly's own messages for missing capacity, with their status.",
    tests: [
      {
        file: "provider/fly/refusals.test.ts",
        title: "with status %d and %j says what it is for a new machine, and is not tried again",
      },
      { file: "provider/fly/refusals.test.ts", title: "with status %d and %j says what it is for a new volume" },
      { file: "provider/fly/refusals.test.ts", title: "says what it is at %s" },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "15",
    now: "The proxy starts an app's only machine in spite of `autostart: false`.",
    tests: [
      {
        file: "local/fly/processes/life.test.ts",
        title: "starts a single machine in spite of autostart false, and none without services",
      },
      { file: "provider/fly/machine.test.ts", title: "is down, and has no services by which a request could start it" },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "16",
    now: "`fly.bootTakesMs`: a machine stays in `starting` or `replacing` for that long.",
    tests: [
      { file: "provider/fly/machine-start.test.ts", title: "waits while the image is pulled" },
      {
        file: "provider/fly/machine-start.test.ts",
        title: "is five minutes for a state that passes and for a boot, as Fly's documents say",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
  {
    id: "17",
    now: "Egress addresses are in the list of addresses, with `egress: true`.",
    tests: [
      { file: "provider/fly/ip-assignment.test.ts", title: "that are for egress are not part of an ingress, and stay" },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "18",
    now: "`fly.appListWithoutOrganization`: `GET /v1/apps` leaves out the organisation.",
    tests: [
      { file: "provider/fly/app.test.ts", title: "is read when Fly's list of apps does not name the organisation" },
    ],
    commit: "Give the embedded cloud switches for what its vendors leave open",
  },
  {
    id: "19",
    now: "`fly.replacedShownMs`: after an update a machine is shown as `replaced` for a while.",
    tests: [
      {
        file: "provider/fly/machine-start.test.ts",
        title: "gets along with a machine that is shown as replaced for %d ms",
      },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "21",
    now: "`fly.startOfCreatedRefusedMs`: a machine refuses to start right after its creation. `fly.destroyNeedsForce`: a machine that never ran is destroyed only with force.",
    tests: [
      {
        file: "provider/fly/machine-start.test.ts",
        title: "resumes a tenant that was suspended from birth, also while Fly refuses to start what is new",
      },
      {
        file: "provider/fly/machine-start.test.ts",
        title: "is destroyed, whether Fly wants force for that or not: %p",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
  {
    id: "25",
    now: "An update from another version is refused with 409; so can be an existing name (a fault rule).",
    tests: [
      { file: "local/fly/machines/machines.test.ts", title: "of an old version is refused and changes nothing" },
      { file: "provider/fly/app.test.ts", title: "is adopted under our own claim when Fly refuses it with a 409" },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "27",
    now: "A refresh of a lease after its release acquires it again.",
    tests: [
      {
        file: "provider/fly/machine-crashes.test.ts",
        title: "while the lease is being refreshed leaves no lease behind",
      },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "28",
    now: "`fly.listLagMs` also applies to the lists of an organisation.",
    tests: [
      {
        file: "local/fly/machines/open-questions.test.ts",
        title: "has lists show the machines and volumes of a while ago",
      },
      { file: "provider/fly/app.test.ts", title: "is deleted although Fly's lists still show them" },
      {
        file: "operations/drift/still-there.test.ts",
        title: "is read itself, and is not reported if it was just deleted",
      },
    ],
    commit: "Meet Fly as its clients do: its refusals, its new apps, its volumes in mounts",
  },
  {
    id: "F1",
    now: "An empty text in a new app counts as an omitted field.",
    tests: [{ file: "local/fly/answers.test.ts", title: "to fly-go, which sends what it leaves open as empty text" }],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "F2",
    now: "An empty text in a new address counts as an omitted field.",
    tests: [{ file: "local/fly/answers.test.ts", title: "to fly-go, which sends what it leaves open as empty text" }],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "F3",
    now: "`fly.waitStoppedNeedsVersion`: a wait for `stopped` without a version is refused.",
    tests: [
      {
        file: "local/fly/machines/open-questions.test.ts",
        title: "has a wait for stopped refused that names no version",
      },
    ],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "F4",
    now: "A wait accepts several states, repeated or separated by commas.",
    tests: [{ file: "local/fly/answers.test.ts", title: "to a wait for several states: %s" }],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "F5",
    now: "A signal may be a number.",
    tests: [{ file: "local/fly/answers.test.ts", title: "to a signal by its number, as fly machine kill sends it" }],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "F6",
    now: "Tokens are macaroons that flyctl can parse.",
    tests: [
      {
        file: "local/fly/answers.test.ts",
        title: "with tokens that flyctl can read: macaroons for Fly's own location, without caveats",
      },
    ],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "F7",
    now: "Names of JSON fields are case-insensitive.",
    tests: [
      {
        file: "local/fly/answers.test.ts",
        title: "to names of JSON fields in any case, and leaves names alone that are data",
      },
    ],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "F8",
    now: "The `cmd` of an exec is split as a shell splits it.",
    tests: [{ file: "local/fly/machines/words.test.ts", title: "%j is split as a shell splits it" }],
    commit: "Answer flyctl as Fly does: empty fields, wait, signals, quotes, tokens, names in any case",
  },
  {
    id: "M1",
    now: "In a machine only root may read `/root`, as at Fly: the example of docs/machines.md has an app's files elsewhere.",
    tests: [{ file: "docs/machines-example.test.ts", title: "shows files for the app's user where it may read them" }],
    commit: "Embedded Fly: run a machine from its image's own root file system",
  },
];
