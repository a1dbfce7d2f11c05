/** What a verb's `--help` and docs/cli.md show beside its options. */
export interface VerbGuide {
  /** Command lines without `npx`, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** The page to read on, from the project's folder. */
  readonly page: string;
}

/** The guide of every verb, by its name. */
export const GUIDES: Readonly<Record<string, VerbGuide>> = {
  new: {
    page: "docs/adding-a-tenant.md",
    examples: [
      ["tenantry new acme --owner ops@acme.example", "writes tenants/local/acme.yaml"],
      ["tenantry new acme --owner ops@acme.example --region fra -s prod", "creates it in Frankfurt, on the stack prod"],
    ],
  },
  fleet: {
    page: "docs/fleets.md",
    examples: [
      ["tenantry fleet plan -g prod --out plans", "writes what `up` would do on every stack of the group prod"],
      ["tenantry fleet up -g prod --plans plans", "applies those plans"],
      ["tenantry fleet move acme --to prod-01", "moves a tenant's file and state; touches no resource"],
    ],
  },
  validate: {
    page: "docs/tenant-file.md",
    examples: [
      ["tenantry validate", "all files of the stack local"],
      ["tenantry validate -s prod --json", "files of the stack prod, as JSON"],
    ],
  },
  "json-schema": {
    page: "docs/tenant-file.md",
    examples: [
      ["tenantry json-schema", "prints the schema that an editor needs to check a tenant file"],
      ["tenantry json-schema > tenant.schema.json", "writes it to a file"],
    ],
  },
  list: {
    page: "docs/adding-a-tenant.md",
    examples: [
      ["tenantry list", "all tenants of the stack local"],
      ["tenantry list acme globex --wide", "two of them, with every column"],
      ["tenantry list -s prod -j", "tenants of the stack prod, as JSON"],
    ],
  },
  show: {
    page: "docs/tenant-file.md",
    examples: [
      ["tenantry show acme", "every setting with its default, and the resources"],
      ["tenantry show acme -j", "the same as JSON"],
    ],
  },
  plan: {
    page: "docs/reviewing.md",
    examples: [
      ["tenantry plan", "all changes that `up` would make"],
      ["tenantry plan acme globex", "only for these two tenants"],
      ["tenantry plan -s prod --out plan.json", "a plan to review, then `tenantry up --plan plan.json`"],
    ],
  },
  up: {
    page: "docs/adding-a-tenant.md",
    examples: [
      ["tenantry up", "shows the plan, asks, applies it"],
      ["tenantry up acme", "only this tenant"],
      ["tenantry up -s prod --yes", "without a question, for scripts and CI"],
    ],
  },
  rollout: {
    page: "docs/rollouts.md",
    examples: [
      ["tenantry rollout start agent-2", "writes the files of its first ring"],
      ["tenantry rollout next agent-2", "checks the gates, writes the files of the next ring"],
      ["tenantry rollout back agent-2", "reverts the tenants that failed"],
    ],
  },
  schema: {
    page: "docs/schemas.md",
    examples: [
      ["tenantry schema status", "the version of each database, and the declared one"],
      ["tenantry schema plan --rehearse", "which migrations would run, tested on clones"],
      ["tenantry schema up acme", "migrates acme's database only"],
    ],
  },
  drift: {
    page: "docs/drift.md",
    examples: [
      ["tenantry drift", "differences from the last applied state"],
      ["tenantry drift acme", "only for this tenant"],
      ["tenantry drift --fix", "asks for each difference how to fix it"],
    ],
  },
  rotate: {
    page: "docs/going-live.md",
    examples: [
      ["tenantry rotate acme", "edits acme's file; applies nothing"],
      ["tenantry rotate acme --apply", "edits the file, shows the plan, asks, applies it"],
      ["tenantry rotate --due --apply --yes", "replaces credentials due by age, without a question"],
    ],
  },
  suspend: {
    page: "docs/suspending.md",
    examples: [
      ["tenantry suspend acme --reason 'invoice 4711 is open'", "edits acme's file; applies nothing"],
      ["tenantry suspend acme --apply", "edits the file, shows the plan, asks, applies it"],
      ["tenantry suspend --expired -s prod", "all tenants of prod whose `expires` date is reached"],
    ],
  },
  resume: {
    page: "docs/suspending.md",
    examples: [
      ["tenantry resume acme", "edits acme's file; applies nothing"],
      ["tenantry resume acme --apply --yes", "applies it, without a question"],
    ],
  },
  drop: {
    page: "docs/adding-a-tenant.md",
    examples: [
      ["tenantry drop acme --dry-run", "checks whether it holds data, and deletes nothing"],
      ["tenantry drop acme", "asks, then deletes its resources and its file"],
      ["tenantry drop acme -s prod --yes", "without a question, for scripts"],
    ],
  },
  history: {
    page: "docs/history.md",
    examples: [
      ["tenantry history acme --since 7d", "what happened to acme in the last week"],
      ["tenantry history --check", "whether the log is complete"],
    ],
  },
  status: {
    page: "docs/machines.md",
    examples: [
      ["tenantry status", "all machines of the stack local"],
      ["tenantry status acme", "one machine, with the output of its checks"],
      ["tenantry status -s prod -j", "as JSON, with exact times"],
    ],
  },
  logs: {
    page: "docs/machines.md",
    examples: [
      ["tenantry logs acme", "the last 100 lines"],
      ["tenantry logs acme -f", "the last 100 lines and new ones, until Ctrl-C"],
      ["tenantry logs acme -n 1000", "the last 1000 lines"],
    ],
  },
  exec: {
    page: "docs/machines.md",
    examples: [
      ["tenantry exec acme -- df -h", "one command"],
      ["tenantry exec acme -it", "a shell, on the embedded cloud"],
      ["tenantry exec acme --stdin -- sh < script.sh", "runs your script"],
    ],
  },
  access: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry access acme", "who has a key"],
      ["tenantry access acme --name alice-laptop --mode read-write", "adds a key to acme's file"],
      ["tenantry access acme --name alice-laptop --as rclone --out rclone.conf", "writes the key to a file"],
    ],
  },
  pull: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry pull acme ./acme", "adds and updates files in ./acme"],
      ["tenantry pull acme ./acme --dry-run", "only shows what it would do"],
    ],
  },
  push: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry push acme ./acme", "adds and updates files at acme"],
      ["tenantry push acme ./acme --delete", "also deletes what you deleted here, after a question"],
    ],
  },
  live: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry live acme ./acme", "syncs both directions until Ctrl-C"],
      ["tenantry live acme ./acme --every 5s", "checks the bucket every 5 seconds"],
    ],
  },
  mount: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry mount acme ./acme", "mounts until `tenantry unmount ./acme`"],
      ["tenantry mount acme ./acme --read-only", "mounts read-only"],
    ],
  },
  unmount: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry unmount ./acme", "unmounts, and says whether everything is in the bucket"],
      ["tenantry unmount ~/acme", "a folder anywhere"],
    ],
  },
  env: {
    page: "docs/machines.md",
    examples: [
      ["tenantry env acme", "names and addresses, no secret"],
      ["tenantry env acme -j", "the same as JSON"],
    ],
  },
  snapshot: {
    page: "docs/restoring.md",
    examples: [
      ["tenantry snapshot acme", "takes a snapshot now"],
      ["tenantry snapshot acme --list", "lists the snapshots"],
      ["tenantry snapshot --due --stack prod", "takes the snapshots that are due"],
    ],
  },
  restore: {
    page: "docs/restoring.md",
    examples: [
      ["tenantry restore acme --at 2026-11-26 --dry-run", "only shows what changed since"],
      ["tenantry restore acme --at 2026-11-26 --path notes/", "restores missing files"],
      ["tenantry restore acme --at 2026-11-26 --switch", "restores all of a suspended tenant"],
    ],
  },
  clone: {
    page: "docs/restoring.md",
    examples: [
      ["tenantry clone acme acme-test --ttl 7d --scrub scrub.sql", "a copy without confidential data"],
      ["tenantry clone acme acme-before --at 2026-11-26", "a copy of that day"],
    ],
  },
  export: {
    page: "docs/handing-over.md",
    examples: [
      ["tenantry export acme ./acme-export", "everything, with a manifest of checksums"],
      ["tenantry export acme ./acme-export --verify", "checks every file against the manifest"],
      ["tenantry export acme --to s3://team-exports/acme", "streams it to a bucket of your team"],
    ],
  },
  offboard: {
    page: "docs/offboarding.md",
    examples: [
      ["tenantry offboard acme --reason 'contract ended'", "first step: suspends it"],
      ["tenantry offboard acme --export ./acme-export --retain 30", "exports it and lifts its protections"],
      ["tenantry offboard acme", "purges it after the retention; for a purged tenant: prints the certificate"],
    ],
  },
  import: {
    page: "docs/handing-over.md",
    examples: [
      ["tenantry import acme-2 ./acme-export", "into a tenant without data"],
      ["tenantry import acme ./acme-export -s prod", "into another stack"],
    ],
  },
  cost: {
    page: "docs/cost.md",
    examples: [
      ["tenantry cost", "all tenants, with the vendors' own figures"],
      ["tenantry cost acme globex", "two tenants"],
      ["tenantry cost --no-measure --gb-per-tenant 20", "an estimate without asking a vendor"],
    ],
  },
  report: {
    page: "docs/report.md",
    examples: [
      ["tenantry report --html fleet.html", "one page to open in a browser"],
      ["tenantry report --tenant acme --html acme.html", "one tenant, with settings and history"],
      ["tenantry report --markdown fleet.md --check-drift", "as Markdown, with drift"],
    ],
  },
  verify: {
    page: "docs/isolation.md",
    examples: [
      ["tenantry verify", "every tenant of the stack local against every other"],
      ["tenantry verify -s prod", "on real accounts: shows the cost and asks first"],
      ["tenantry verify --restore acme -s prod", "tests whether acme's last snapshot can be restored"],
    ],
  },
  bench: {
    page: "docs/benchmarks.md",
    examples: [
      ["tenantry bench --tenants 1,10 --rounds 1", "small fleets, one round: some minutes"],
      ["tenantry bench --into docs/benchmarks.json", "everything: hours on a quiet computer"],
      [
        "tenantry bench --only plan add-one --peers terraform --into docs/benchmarks.json",
        "two tasks, compared with one tool",
      ],
    ],
  },
  gates: {
    page: "docs/gates.md",
    examples: [
      ["tenantry gates --html gates.html", "all gates, also as one page; 40 minutes"],
      ["tenantry gates --only load --minutes 2", "twenty tenants under load, for two minutes instead of ten"],
      ["tenantry gates --quick --network none", "a few minutes: shows that it works"],
    ],
  },
  emit: {
    page: "docs/machines.md",
    examples: [
      ["tenantry emit", "files of all tenants, below emitted/"],
      ["tenantry emit acme --out configs", "files of one tenant, below configs/"],
    ],
  },
  init: {
    page: "docs/own-project.md",
    examples: [
      ["tenantry init tenants", "a new project in the folder tenants"],
      ["tenantry init --owner ops@acme.example", "in the current folder; existing files stay"],
    ],
  },
  setup: {
    page: "docs/own-project.md",
    examples: [
      ["tenantry setup", "uses Pulumi from PATH if new enough, installs what is missing"],
      ["tenantry setup && tenantry doctor", "then lists the tools"],
      ["tenantry setup --gates", "also installs Litestream, for its gates"],
    ],
  },
  cloud: {
    page: "docs/embedded-cloud.md",
    examples: [
      ["tenantry cloud up", "starts it in the background"],
      ["tenantry cloud env", "shell lines that point flyctl, turso, aws and rclone at it"],
      ["tenantry cloud down --erase", "stops it and deletes all its data"],
    ],
  },
  demo: {
    page: "README.md",
    examples: [
      ["tenantry demo", "uses the first tenant with a bucket and a database"],
      ["tenantry demo --tenant acme", "uses this tenant"],
    ],
  },
  destroy: {
    page: "docs/embedded-cloud.md",
    examples: [
      ["tenantry destroy", "asks, then deletes all resources of the stack local"],
      ["tenantry destroy -s local --yes", "without a question, for scripts"],
    ],
  },
  doctor: {
    page: "docs/going-live.md",
    examples: [
      ["tenantry doctor", "this computer and the stack local"],
      ["tenantry doctor -s prod", "also credentials and accounts of prod"],
      ["tenantry doctor -s prod --canary", "tests the vendors with a temporary tenant"],
    ],
  },
  completion: {
    page: "docs/cli.md",
    examples: [
      ['eval "$(tenantry completion bash)"', "in ~/.bashrc"],
      ["source <(tenantry completion zsh)", "in ~/.zshrc"],
      ["tenantry completion fish | source", "in ~/.config/fish/config.fish"],
    ],
  },
};
