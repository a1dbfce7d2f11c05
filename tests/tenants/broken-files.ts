/** Tenant files that must be refused. A fault reads "line:column path code (hint)". */
export interface BrokenFile {
  readonly name: string;
  readonly text: string;
  readonly faults: readonly string[];
  /** Whether the JSON Schema alone refuses it too, so that an editor marks it. */
  readonly inSchema?: boolean;
}

const OWNER = "owner: a@b.example\n";

export const BROKEN_FILES: readonly BrokenFile[] = [
  {
    name: "an empty file",
    text: "",
    faults: ["1:1 wrong-type (the smallest one is: owner: team@example.com)"],
  },
  {
    name: "nothing but a comment",
    text: "# to be written\n",
    faults: ["1:1 wrong-type (the smallest one is: owner: team@example.com)"],
  },
  {
    name: "a list instead of a map",
    text: "- owner: a@b.example\n",
    faults: ["1:1 wrong-type (the smallest one is: owner: team@example.com)"],
  },
  {
    name: "a single word",
    text: "hello\n",
    faults: ["1:1 wrong-type (the smallest one is: owner: team@example.com)"],
  },
  { name: "no owner", text: "region: iad\n", faults: ["1:1 owner missing"], inSchema: true },
  {
    name: "an owner without a value",
    text: "owner:\n",
    faults: ["1:7 owner wrong-type (it has no value: give it one, or remove the key)"],
    inSchema: true,
  },
  { name: "an owner that is no e-mail address", text: "owner: nobody\n", faults: ["1:8 owner format"], inSchema: true },
  {
    name: "a misspelt key",
    text: "ownr: a@b.example\n",
    faults: ["1:1 owner missing", "1:1 ownr unknown-key (did you mean owner?)"],
    inSchema: true,
  },
  {
    name: "a key of another map",
    text: OWNER + "memoryMb: 512\n",
    faults: ["2:1 memoryMb unknown-key (did you mean machine.memoryMb?)"],
    inSchema: true,
  },
  {
    name: "a map of another map",
    text: OWNER + "env:\n  LOG_LEVEL: info\n",
    faults: ["2:1 env unknown-key (did you mean machine.env?)"],
    inSchema: true,
  },
  {
    name: "a key in another spelling",
    text: OWNER + "database:\n  size_limit: 1gb\n",
    faults: ["3:3 database.size_limit unknown-key (did you mean sizeLimit?)"],
    inSchema: true,
  },
  {
    name: "a key cut short",
    text: OWNER + "machine:\n  memory: 512\n",
    faults: ["3:3 machine.memory unknown-key (did you mean memoryMb?)"],
    inSchema: true,
  },
  {
    name: "a key with a word too many",
    text: OWNER + "owner_email: a@b.example\n",
    faults: ["2:1 owner_email unknown-key (did you mean owner?)"],
    inSchema: true,
  },
  {
    name: "a key like nothing known",
    text: OWNER + "colour: green\n",
    faults: ["2:1 colour unknown-key"],
    inSchema: true,
  },
  {
    name: "a key that looks like a secret",
    text: OWNER + "tsec_Zk3JkQpQp29sLx: 1\n",
    faults: ["2:1 (not shown) unknown-key"],
    inSchema: true,
  },
  {
    name: "a key that would steer a terminal",
    text: OWNER + '"a\\e[31mb": 1\n',
    faults: ['2:1 "a\\u001b[31mb" unknown-key'],
    inSchema: true,
  },
  {
    name: "a misspelt state",
    text: OWNER + "state: actve\n",
    faults: ["2:8 state not-one-of (did you mean active?)"],
    inSchema: true,
  },
  { name: "an unknown region", text: OWNER + "region: virginia\n", faults: ["2:9 region not-one-of"], inSchema: true },
  {
    name: "an unknown plan",
    text: OWNER + "plan: standart\n",
    faults: ["2:7 plan not-one-of (did you mean standard?)"],
  },
  {
    name: "a plan that is no name",
    text: OWNER + "plan: Big Plan\n",
    faults: ["2:7 plan format (did you mean big-plan?)"],
    inSchema: true,
  },
  {
    name: "a map without a value",
    text: OWNER + "storage:\n",
    faults: ["2:9 storage wrong-type (it has no value: give it one, or remove the key)"],
    inSchema: true,
  },
  {
    name: "a word where a map belongs",
    text: OWNER + "storage: tigris\n",
    faults: ["2:10 storage wrong-type"],
    inSchema: true,
  },
  {
    name: "an unknown location",
    text: OWNER + "storage:\n  locations: us\n",
    faults: ["3:14 storage.locations not-one-of (did you mean usa?)"],
    inSchema: true,
  },
  {
    name: "a continent in a list of regions",
    text: OWNER + "storage:\n  locations: [iad, usa]\n",
    faults: ["3:20 storage.locations[1] not-one-of"],
    inSchema: true,
  },
  {
    name: "the same region twice",
    text: OWNER + "storage:\n  locations: [iad, iad]\n",
    faults: ["3:14 storage.locations combination"],
    inSchema: true,
  },
  {
    name: "three regions",
    text: OWNER + "storage:\n  locations: [iad, fra, lhr]\n",
    faults: ["3:14 storage.locations out-of-range"],
    inSchema: true,
  },
  {
    name: "no region at all",
    text: OWNER + "storage:\n  locations: []\n",
    faults: ["3:14 storage.locations out-of-range"],
    inSchema: true,
  },
  {
    name: "a map of locations",
    text: OWNER + "storage:\n  locations: { a: iad }\n",
    faults: ["3:14 storage.locations wrong-type"],
    inSchema: true,
  },
  {
    name: "yes instead of true",
    text: OWNER + "storage:\n  snapshots: yes\n",
    faults: ["3:14 storage.snapshots wrong-type (did you mean true?)"],
    inSchema: true,
  },
  {
    name: "too short a soft delete",
    text: OWNER + "storage:\n  softDeleteDays: 3\n",
    faults: ["3:19 storage.softDeleteDays out-of-range"],
    inSchema: true,
  },
  {
    name: "soft delete on a volume",
    text: OWNER + "storage:\n  backend: fly-volume\n  softDeleteDays: 7\n",
    faults: ["4:3 storage.softDeleteDays combination"],
  },
  {
    name: "a volume's size on a bucket",
    text: OWNER + "storage:\n  volume:\n    sizeGb: 5\n",
    faults: ["3:3 storage.volume combination"],
  },
  {
    name: "TigrisFS options on a volume",
    text: OWNER + "storage: { backend: fly-volume }\nmount:\n  durability: write-back\n  memoryLimitMb: 64\n",
    faults: ["4:3 mount.durability combination", "5:3 mount.memoryLimitMb combination"],
  },
  {
    name: "keys to a volume",
    text: OWNER + "storage: { backend: fly-volume }\naccess: [{ name: alice }]\n",
    faults: ["3:1 access combination"],
  },
  {
    name: "an option of Tigris on a volume, although S3 is kept",
    text: OWNER + "storage:\n  backend: fly-volume\n  kept: { aws-s3: protected }\n  snapshots: true\n",
    faults: ["5:3 storage.snapshots combination"],
  },
  {
    name: "the backend in use among those that are kept",
    text: OWNER + "storage:\n  kept: { tigris: protected }\n",
    faults: ["3:11 storage.kept.tigris combination"],
  },
  {
    name: "a backend kept in an unknown way",
    text: OWNER + "storage:\n  backend: fly-volume\n  kept: { tigris: forever }\n",
    faults: ["4:19 storage.kept.tigris not-one-of"],
    inSchema: true,
  },
  {
    name: "a size in capitals",
    text: OWNER + "database:\n  sizeLimit: 1GB\n",
    faults: ["3:14 database.sizeLimit format (did you mean 1gb?)"],
    inSchema: true,
  },
  {
    name: "a size with a space",
    text: OWNER + "database:\n  sizeLimit: 256 MB\n",
    faults: ["3:14 database.sizeLimit format (did you mean 256mb?)"],
    inSchema: true,
  },
  {
    name: "a binary size",
    text: OWNER + "database:\n  sizeLimit: 1gib\n",
    faults: ["3:14 database.sizeLimit format (did you mean 1gb?)"],
    inSchema: true,
  },
  {
    name: "a size without a unit",
    text: OWNER + "database:\n  sizeLimit: 256\n",
    faults: ["3:14 database.sizeLimit wrong-type"],
    inSchema: true,
  },
  {
    name: "too great a size",
    text: OWNER + "database:\n  sizeLimit: 5000gb\n",
    faults: ["3:14 database.sizeLimit out-of-range"],
  },
  {
    name: "a limit on no database",
    text: OWNER + "database: { engine: none, sizeLimit: 1gb }\n",
    faults: ["2:27 database.sizeLimit combination"],
  },
  {
    name: "a location without its cloud",
    text: OWNER + "database:\n  location: us-east-1\n",
    faults: ["3:13 database.location not-one-of (did you mean aws-us-east-1?)"],
    inSchema: true,
  },
  {
    name: "memory between the steps",
    text: OWNER + "machine:\n  memoryMb: 1000\n",
    faults: ["3:13 machine.memoryMb out-of-range (did you mean 1024?)"],
    inSchema: true,
  },
  {
    name: "memory with a unit",
    text: OWNER + "machine:\n  memoryMb: 512mb\n",
    faults: ["3:13 machine.memoryMb wrong-type (did you mean 512?)"],
    inSchema: true,
  },
  {
    name: "memory in quotes",
    text: OWNER + 'machine:\n  memoryMb: "1024"\n',
    faults: ["3:13 machine.memoryMb wrong-type (did you mean 1024?)"],
    inSchema: true,
  },
  {
    name: "more memory than a CPU takes",
    text: OWNER + "machine:\n  memoryMb: 4096\n",
    faults: ["3:13 machine.memoryMb combination"],
  },
  {
    name: "less memory than six CPUs need",
    text: OWNER + "machine:\n  cpus: 6\n",
    faults: ["3:9 machine.memoryMb combination"],
  },
  { name: "three CPUs", text: OWNER + "machine:\n  cpus: 3\n", faults: ["3:9 machine.cpus combination"] },
  {
    name: "one and a half CPUs",
    text: OWNER + "machine:\n  cpus: 1.5\n",
    faults: ["3:9 machine.cpus wrong-type (did you mean 2?)"],
    inSchema: true,
  },
  {
    name: "a performance CPU with little memory",
    text: OWNER + "machine:\n  cpuKind: performance\n",
    faults: ["3:12 machine.memoryMb combination"],
  },
  {
    name: "a port beyond all ports",
    text: OWNER + "machine:\n  port: 70000\n",
    faults: ["3:9 machine.port out-of-range"],
    inSchema: true,
  },
  {
    name: "an unknown ingress",
    text: OWNER + "machine:\n  ingress: privat\n",
    faults: ["3:12 machine.ingress not-one-of (did you mean private?)"],
    inSchema: true,
  },
  {
    name: "suspend with a mounted bucket",
    text: OWNER + "machine:\n  autostop: suspend\n",
    faults: ["3:13 machine.autostop combination"],
  },
  {
    name: "suspend with too much memory",
    text: OWNER + "storage: { backend: fly-volume }\nmachine: { cpus: 2, memoryMb: 4096, autostop: suspend }\n",
    faults: ["3:47 machine.autostop combination"],
  },
  {
    name: "false instead of off",
    text: OWNER + "machine:\n  autostop: false\n",
    faults: ["3:13 machine.autostop wrong-type (did you mean off?)"],
    inSchema: true,
  },
  {
    name: "an image without a tag",
    text: OWNER + "machine:\n  image: ghcr.io/acme/agent\n",
    faults: ["3:10 machine.image format"],
    inSchema: true,
  },
  {
    name: "the image of the day",
    text: OWNER + "machine:\n  image: ghcr.io/acme/agent:latest\n",
    faults: ["3:10 machine.image format"],
    inSchema: true,
  },
  {
    name: "an image in capitals",
    text: OWNER + "machine:\n  image: ghcr.io/Acme/Agent:1\n",
    faults: ["3:10 machine.image format (did you mean ghcr.io/acme/agent:1?)"],
    inSchema: true,
  },
  {
    name: "variables of the machine's contract",
    text: OWNER + "machine:\n  env:\n    AWS_REGION: auto\n    LIBSQL_URL: libsql://x\n    TENANT: me\n",
    faults: ["4:5 machine.env.AWS_REGION format", "5:5 machine.env.LIBSQL_URL format", "6:5 machine.env.TENANT format"],
    inSchema: true,
  },
  {
    name: "variables of the entrypoint's contract",
    text:
      OWNER +
      'machine:\n  env:\n    STATE_DIR: /app/data\n    STOP_FLUSH_SECONDS: abc\n    APP_USER: root\n    PORT: "1"\n',
    faults: ["STATE_DIR", "STOP_FLUSH_SECONDS", "APP_USER", "PORT"].map(
      (name, at) => `${at + 4}:5 machine.env.${name} format`,
    ),
    inSchema: true,
  },
  {
    name: "a variable in small letters",
    text: OWNER + "machine:\n  env:\n    log-level: info\n",
    faults: ["4:5 machine.env.log-level format (did you mean LOG_LEVEL?)"],
    inSchema: true,
  },
  {
    name: "a variable that is no text",
    text: OWNER + "machine:\n  env:\n    DEBUG: true\n    WORKERS: 4\n",
    faults: ["4:12 machine.env.DEBUG wrong-type", "5:14 machine.env.WORKERS wrong-type"],
    inSchema: true,
  },
  {
    name: "a variable named like a secret",
    text: OWNER + "machine:\n  env:\n    STRIPE_API_KEY: x\n",
    faults: ["4:5 machine.env.STRIPE_API_KEY format"],
    inSchema: true,
  },
  {
    name: "secrets as values",
    text: OWNER + "machine:\n  env:\n    A: tsec_AbCdEf\n    B: https://me:pw@host/\n    C: Zk3JkQpQp29sLxVb7Rt1WqYs\n",
    faults: ["4:8 machine.env.A secret", "5:8 machine.env.B secret", "6:8 machine.env.C secret"],
  },
  {
    name: "a mount path without its slash",
    text: OWNER + "mount:\n  path: app/data\n",
    faults: ["3:9 mount.path format (did you mean /app/data?)"],
    inSchema: true,
  },
  {
    name: "a mount over the system",
    text: OWNER + "mount:\n  path: /etc/app\n",
    faults: ["3:9 mount.path format"],
    inSchema: true,
  },
  {
    name: "a mount path that climbs",
    text: OWNER + "mount:\n  path: /app/../etc\n",
    faults: ["3:9 mount.path format"],
    inSchema: true,
  },
  {
    name: "more cache than memory",
    text: OWNER + "mount:\n  memoryLimitMb: 900\n",
    faults: [
      "3:18 mount.memoryLimitMb combination (TigrisFS takes 1.3 times its limit and up to 130 MiB more; 64 MiB stay free)",
    ],
  },
  {
    name: "a time without a unit",
    text: OWNER + "mount:\n  statCacheTtl: 5\n",
    faults: ["3:17 mount.statCacheTtl wrong-type"],
    inSchema: true,
  },
  {
    name: "a time in words",
    text: OWNER + "rotation:\n  keys: 90 days\n",
    faults: ["3:9 rotation.keys format (did you mean 90d?)"],
    inSchema: true,
  },
  {
    name: "keys that change by the hour",
    text: OWNER + "rotation:\n  keys: 12h\n",
    faults: ["3:9 rotation.keys out-of-range"],
  },
  {
    name: "epoch zero",
    text: OWNER + "rotation:\n  epoch: 0\n",
    faults: ["3:10 rotation.epoch out-of-range"],
    inSchema: true,
  },
  {
    name: "snapshots by schedule of a bucket that keeps none",
    text: OWNER + "snapshots: { every: 1d }\n",
    faults: ["2:1 snapshots combination"],
  },
  {
    name: "snapshots that are listed for a shorter time than the next takes",
    text: OWNER + "storage: { snapshots: true }\nsnapshots: { every: 2d, keep: 24h }\n",
    faults: ["3:31 snapshots.keep combination"],
  },
  {
    name: "snapshots every minute",
    text: OWNER + "storage: { snapshots: true }\nsnapshots: { every: 1m }\n",
    faults: ["3:21 snapshots.every out-of-range"],
  },
  {
    name: "access as a map",
    text: OWNER + "access:\n  name: alice\n",
    faults: ["3:3 access wrong-type (start each entry with a dash)"],
    inSchema: true,
  },
  {
    name: "two computers with one name",
    text: OWNER + "access:\n  - name: alice\n  - name: bob\n  - name: alice\n",
    faults: ["5:11 access[2].name combination"],
  },
  {
    name: "a person's name as it is spoken",
    text: OWNER + "access:\n  - name: Alice Laptop\n    mode: readonly\n",
    faults: [
      "3:11 access[0].name format (did you mean alice-laptop?)",
      "4:11 access[0].mode not-one-of (did you mean read-only?)",
    ],
    inSchema: true,
  },
  {
    name: "an entry without a name",
    text: OWNER + "access:\n  - mode: read-only\n",
    faults: ["3:5 access[0].name missing"],
    inSchema: true,
  },
  {
    name: "purged without a manifest",
    text: OWNER + "state: purged\n",
    faults: [
      "2:8 manifest missing (`tenantry offboard --export` writes it while the state is suspended or offboarding)",
    ],
  },
  {
    name: "a reason of a tenant that is active",
    text: OWNER + "reason: invoice 4711 is open\n",
    faults: ["2:1 reason combination"],
  },
  {
    name: "a reason on two lines",
    text: OWNER + 'state: suspended\nreason: "a\\nb"\n',
    faults: ["3:9 reason format"],
    inSchema: true,
  },
  {
    name: "an end that is no day",
    text: OWNER + "expires: 2027-02-30\n",
    faults: ["2:10 expires format"],
    inSchema: true,
  },
  ...["offboarding", "purged"].map((state) => ({
    name: `${state} although it is on hold`,
    text: `${OWNER}hold: case 12\nstate: ${state}\nmanifest: { path: a.json, sha256: ${"a1".repeat(32)} }\n`,
    faults: ["3:8 state combination (remove `hold` when its data may be deleted)"],
  })),
  {
    name: "a manifest of the living",
    text:
      OWNER +
      "manifest:\n  path: exports/acme.json\n  sha256: a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\n",
    faults: ["2:1 manifest combination"],
  },
  {
    name: "a day to purge the living on",
    text: OWNER + "purgeAfter: 2027-01-31\n",
    faults: ["2:1 purgeAfter combination"],
  },
  {
    name: "a manifest without its checksum, somewhere else",
    text: OWNER + "state: purged\nmanifest:\n  path: /exports/acme.json\n",
    faults: ["3:1 manifest.sha256 missing", "4:9 manifest.path format (did you mean exports/acme.json?)"],
    inSchema: true,
  },
  { name: "a tab", text: OWNER + "machine:\n\tcpus: 1\n", faults: ["3:1 syntax (use spaces)"] },
  { name: "a key twice", text: OWNER + "region: iad\nregion: fra\n", faults: ["3:1 duplicate-key (keep one)"] },
  {
    name: "an anchor and its alias",
    text: OWNER + "machine: &m\n  cpus: 1\nmount: *m\n",
    faults: ["3:3 syntax (put a value that starts with & in quotes)", "4:8 syntax (write the value out)"],
  },
  {
    name: "laughs by the billion",
    text: "a: &a [x, x]\nb: &b [*a, *a]\nowner: *b\n",
    faults: [
      "1:7 syntax (put a value that starts with & in quotes)",
      "2:7 syntax (put a value that starts with & in quotes)",
      "2:8 syntax (write the value out)",
      "2:12 syntax (write the value out)",
      "3:8 syntax (write the value out)",
    ],
  },
  {
    name: "a merge key",
    text: OWNER + "<<: { region: iad }\n",
    faults: ["2:1 syntax (numbers, true, null, <<, lists and maps are none)"],
  },
  {
    name: "a tag",
    text: OWNER + "region: !!str iad\n",
    faults: ["2:15 syntax (put a value that starts with ! in quotes)"],
  },
  { name: "a directive", text: "%YAML 1.1\n---\nowner: a@b.example\n", faults: ["1:1 syntax (remove the line)"] },
  {
    name: "two documents",
    text: OWNER + "---\nowner: a@b.example\n",
    faults: ["2:1 syntax (one tenant per file: remove the line ---)"],
  },
  {
    name: "a number as key",
    text: OWNER + "1: one\n",
    faults: ["2:1 syntax (numbers, true, null, <<, lists and maps are none)"],
  },
  {
    name: "a list as key",
    text: OWNER + "? [a]\n: b\n",
    faults: ["2:3 syntax (numbers, true, null, <<, lists and maps are none)"],
  },
  {
    name: "a key that is no data",
    text: OWNER + "__proto__: { owner: x }\n",
    faults: ["2:1 syntax (numbers, true, null, <<, lists and maps are none)"],
  },
  { name: "a quote left open", text: OWNER + 'region: "iad\n', faults: ["3:1 syntax (look for a quote, }, ] or :)"] },
  {
    name: "a bracket left open",
    text: OWNER + "storage:\n  locations: [iad\n",
    faults: ["4:1 syntax (line it up with its neighbours)"],
  },
  {
    name: "a second colon",
    text: OWNER + "region: iad: fra\n",
    faults: ['2:9 syntax (put a value that contains ": " in quotes)'],
  },
  { name: "a reserved character", text: OWNER + "region: @iad\n", faults: ["2:9 syntax (put the value in quotes)"] },
  {
    name: "steps of different width",
    text: OWNER + "machine:\n    cpus: 1\n  port: 80\n",
    faults: ["4:1 syntax (line it up with its neighbours)"],
  },
  {
    name: "a NUL",
    text: OWNER + "region: i\u0000ad\n",
    faults: ["2:10 syntax (it can't be seen: delete it and type the line again)"],
  },
  {
    name: "a zero-width space",
    text: OWNER + "region: i\u200bad\n",
    faults: ["2:10 syntax (it can't be seen: delete it and type the line again)"],
  },
  {
    name: "a mark that reorders text",
    text: OWNER + "# \u202e\nregion: iad\n",
    faults: ["2:3 syntax (it can't be seen: delete it and type the line again)"],
  },
  {
    name: "a lone carriage return",
    text: "owner: a@b.example\rregion: iad\n",
    faults: ["1:19 syntax (it can't be seen: delete it and type the line again)"],
  },
  { name: "nesting without an end", text: "[".repeat(9000), faults: ["1:1 syntax (tenant files need three levels)"] },
  {
    name: "nesting that a parser survives",
    text: OWNER + "a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
    faults: ["2:20 syntax (tenant files need three levels)"],
  },
  { name: "a file far too long", text: `${OWNER}# ${"x".repeat(70_000)}\n`, faults: ["1:1 file"] },
  {
    name: "a fault after a byte order mark",
    text: "\uFEFFsate: active\nowner: a@b.example\n",
    faults: ["1:1 sate unknown-key (did you mean state?)"],
    inSchema: true,
  },
  {
    name: "faults on lines that end as on Windows",
    text: "owner: a@b.example\r\nsate: active\r\nregion: xyz\r\n",
    faults: ["2:1 sate unknown-key (did you mean state?)", "3:9 region not-one-of"],
    inSchema: true,
  },
  {
    name: "faults after letters beyond ASCII",
    text: OWNER + 'machine: { env: { CITY: "Zürich 🏔" }, port: 0 }\n',
    faults: ["2:46 machine.port out-of-range"],
    inSchema: true,
  },
  {
    name: "one fault of each kind, all at once",
    text: "owner: nobody\nsate: active\nregion: fre\nplan: compact\nmachine:\n  cpus: 3\n  memoryMb: 512mb\nmount:\n  memoryLimitMb: 600\naccess: [{ name: a }, { name: a }]\nrotation: { epoch: 0 }\nregion: fra\n",
    faults: [
      "1:8 owner format",
      "2:1 sate unknown-key (did you mean state?)",
      "6:9 machine.cpus combination",
      "7:13 machine.memoryMb wrong-type (did you mean 512?)",
      "10:31 access[1].name combination",
      "11:20 rotation.epoch out-of-range",
      "12:1 duplicate-key (keep one)",
    ],
    inSchema: true,
  },
  {
    name: "a broken field, of which nothing else is deduced",
    text: OWNER + "machine: { cpus: x, memoryMb: 4096 }\nmount: { memoryLimitMb: 3500 }\n",
    faults: [
      "2:18 machine.cpus wrong-type",
      "3:25 mount.memoryLimitMb combination (TigrisFS takes 1.3 times its limit and up to 130 MiB more; 64 MiB stay free)",
    ],
    inSchema: true,
  },
  ...driftRules(
    ["machin.config.env.A", "not-one-of (did you mean machine.config.env.A?)"],
    ["bucket.location", "not-one-of (did you mean bucket.locations?)"],
    ["bucket.access.acl", "not-one-of (did you mean bucket.access?)"],
    ["database/x.sizeLimit", "not-one-of (did you mean database.sizeLimit?)"],
    ["unmanaged.buckets.x", "not-one-of (did you mean unmanaged.bucket.x?)"],
    ["unmanaged.bucket", "not-one-of"],
  ),
  {
    name: "an end of an ignored difference that lies years ahead",
    text: OWNER + driftRule("machine.region", "2999-01-31"),
    faults: ["5:14 drift.ignore[0].until out-of-range"],
  },
  {
    name: "an ignored difference without a reason, and with an end that is no date",
    text: OWNER + "drift:\n  ignore:\n    - { what: machine.region, until: soon }\n",
    faults: ["4:7 drift.ignore[0].reason missing", "4:38 drift.ignore[0].until format"],
    inSchema: true,
  },
];

function driftRule(what: string, until: string): string {
  return `drift:\n  ignore:\n    - what: ${what}\n      until: ${until}\n      reason: as agreed with ops\n`;
}

/** Aspects that no resource has. */
function driftRules(...rules: readonly [what: string, fault: string][]): BrokenFile[] {
  return rules.map(([what, fault]) => ({
    name: `an ignored difference of ${what}, which there is not`,
    text: OWNER + driftRule(what, "2026-01-31"),
    faults: [`4:13 drift.ignore[0].what ${fault}`],
  }));
}
