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
      ["tenantry new acme --owner ops@acme.example --region fra -s prod", "in Frankfurt, on the stack prod"],
    ],
  },
  fleet: {
    page: "docs/fleets.md",
    examples: [
      ["tenantry fleet plan -g prod --out plans", "what `up` would do on every stack of the group prod"],
      ["tenantry fleet up -g prod --plans plans", "applies those plans"],
      ["tenantry fleet move acme --to prod-01", "moves a tenant's file and state; touches no resource"],
    ],
  },
  validate: {
    page: "docs/tenant-file.md",
    examples: [
      ["tenantry validate", "all files of the stack local"],
      ["tenantry validate -s prod --json", "those of prod, for a program"],
    ],
  },
  "json-schema": {
    page: "docs/tenant-file.md",
    examples: [
      ["tenantry json-schema", "what an editor needs to check a tenant file"],
      ["tenantry json-schema > tenant.schema.json", "the same as a file"],
    ],
  },
  list: {
    page: "docs/adding-a-tenant.md",
    examples: [
      ["tenantry list", "all tenants of the stack local"],
      ["tenantry list acme globex --wide", "two of them, with every column"],
      ["tenantry list -s prod -j", "those of prod as JSON"],
    ],
  },
  show: {
    page: "docs/tenant-file.md",
    examples: [
      ["tenantry show acme", "every setting with its default, and what exists"],
      ["tenantry show acme -j", "the same as JSON"],
    ],
  },
  plan: {
    page: "docs/reviewing.md",
    examples: [
      ["tenantry plan", "everything that `up` would do"],
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
      ["tenantry rollout next agent-2", "asks the gates, writes the files of the next ring"],
      ["tenantry rollout back agent-2", "puts back the tenants that failed"],
    ],
  },
  schema: {
    page: "docs/schemas.md",
    examples: [
      ["tenantry schema status", "which version each database has, and which is declared"],
      ["tenantry schema plan --rehearse", "what would run where, tried on clones"],
      ["tenantry schema up acme", "brings acme's database forward, and nothing else of it"],
    ],
  },
  drift: {
    page: "docs/drift.md",
    examples: [
      ["tenantry drift", "what differs from what was applied"],
      ["tenantry drift acme", "only for this tenant"],
      ["tenantry drift --fix", "asks for each difference what to do about it"],
    ],
  },
  rotate: {
    page: "docs/going-live.md",
    examples: [
      ["tenantry rotate acme", "edits acme's file; applies nothing"],
      ["tenantry rotate acme --apply", "edits the file, shows the plan, asks, applies it"],
      ["tenantry rotate --due --apply --yes", "applies what is due by age, without a question"],
    ],
  },
  suspend: {
    page: "docs/suspending.md",
    examples: [
      ["tenantry suspend acme --reason 'invoice 4711 is open'", "edits acme's file; applies nothing"],
      ["tenantry suspend acme --apply", "edits the file, shows the plan, asks, applies it"],
      ["tenantry suspend --expired -s prod", "all of prod whose `expires` has come"],
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
      ["tenantry drop acme --dry-run", "looks whether it holds anything, and deletes nothing"],
      ["tenantry drop acme", "asks, then deletes all it has, and its file"],
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
      ["tenantry status acme", "one machine, with what its checks say"],
      ["tenantry status -s prod -j", "for a program, with exact times"],
    ],
  },
  logs: {
    page: "docs/machines.md",
    examples: [
      ["tenantry logs acme", "the last 100 lines"],
      ["tenantry logs acme -f", "and what comes, until Ctrl-C"],
      ["tenantry logs acme -n 1000", "the last 1000 lines"],
    ],
  },
  exec: {
    page: "docs/machines.md",
    examples: [
      ["tenantry exec acme -- df -h", "one command"],
      ["tenantry exec acme -it", "a shell, on the embedded cloud"],
      ["tenantry exec acme --stdin -- sh < script.sh", "a script of yours"],
    ],
  },
  access: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry access acme", "who has a key"],
      ["tenantry access acme --name alice-laptop --mode read-write", "adds one to acme's file"],
      ["tenantry access acme --name alice-laptop --as rclone --out rclone.conf", "writes it as a file"],
    ],
  },
  pull: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry pull acme ./acme", "adds and updates files in ./acme"],
      ["tenantry pull acme ./acme --dry-run", "only says what it would do"],
    ],
  },
  push: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry push acme ./acme", "adds and updates files at acme"],
      ["tenantry push acme ./acme --delete", "deletes what you deleted, after a question"],
    ],
  },
  live: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry live acme ./acme", "both ways, until Ctrl-C"],
      ["tenantry live acme ./acme --every 5s", "looks at the bucket every 5 seconds"],
    ],
  },
  mount: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry mount acme ./acme", "until `tenantry unmount ./acme`"],
      ["tenantry mount acme ./acme --read-only", "with a key that may only read"],
    ],
  },
  unmount: {
    page: "docs/files-from-a-laptop.md",
    examples: [
      ["tenantry unmount ./acme", "says whether everything is in the bucket"],
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
      ["tenantry snapshot acme", "files and rows of this instant"],
      ["tenantry snapshot acme --list", "what there is to bring back from"],
      ["tenantry snapshot --due --stack prod", "of each tenant whose file asks for one by now"],
    ],
  },
  restore: {
    page: "docs/restoring.md",
    examples: [
      ["tenantry restore acme --at 2026-11-26 --dry-run", "what has changed since, and nothing else"],
      ["tenantry restore acme --at 2026-11-26 --path notes/", "bring back files that are gone"],
      ["tenantry restore acme --at 2026-11-26 --switch", "all of it as it was, once it is suspended"],
    ],
  },
  clone: {
    page: "docs/restoring.md",
    examples: [
      ["tenantry clone acme acme-test --ttl 7d --scrub scrub.sql", "without what nobody may see"],
      ["tenantry clone acme acme-before --at 2026-11-26", "as it was"],
    ],
  },
  export: {
    page: "docs/handing-over.md",
    examples: [
      ["tenantry export acme ./acme-export", "everything, with a manifest of checksums"],
      ["tenantry export acme ./acme-export --verify", "whether every file is as it was written"],
      ["tenantry export acme --to s3://team-exports/acme", "streamed into a bucket of your team's own"],
    ],
  },
  offboard: {
    page: "docs/offboarding.md",
    examples: [
      ["tenantry offboard acme --reason 'contract ended'", "the first step: its file says suspended"],
      ["tenantry offboard acme --export ./acme-export --retain 30", "exports it and lifts its protections"],
      ["tenantry offboard acme", "purges it when its day has come; of a purged tenant: the certificate"],
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
      ["tenantry report --tenant acme --html acme.html", "one tenant, with its settings and its past"],
      ["tenantry report --markdown fleet.md --check-drift", "as Markdown, with what has drifted"],
    ],
  },
  verify: {
    page: "docs/isolation.md",
    examples: [
      ["tenantry verify", "every tenant of the stack local against every other"],
      ["tenantry verify -s prod", "on real accounts: says what it costs, and asks"],
      ["tenantry verify --restore acme -s prod", "whether acme's last snapshot can be restored, whole"],
    ],
  },
  bench: {
    page: "docs/benchmarks.md",
    examples: [
      ["tenantry bench --tenants 1,10 --rounds 1", "small fleets, a round: some minutes"],
      ["tenantry bench --into docs/benchmarks.json", "all of it: hours on a quiet computer"],
      [
        "tenantry bench --only plan add-one --peers terraform --into docs/benchmarks.json",
        "a piece: two tasks, beside one other",
      ],
    ],
  },
  gates: {
    page: "docs/gates.md",
    examples: [
      ["tenantry gates --html gates.html", "all gates, as one page too; 20 to 25 minutes"],
      ["tenantry gates --only load --minutes 2", "twenty tenants under load, for two minutes instead of ten"],
      ["tenantry gates --quick --network none", "a few minutes: shows that it works"],
    ],
  },
  emit: {
    page: "docs/machines.md",
    examples: [
      ["tenantry emit", "files of all tenants, below emitted/"],
      ["tenantry emit acme --out configs", "those of one tenant, below configs/"],
    ],
  },
  init: {
    page: "docs/own-project.md",
    examples: [
      ["tenantry init tenants", "a new project in the folder tenants"],
      ["tenantry init --owner ops@acme.example", "here; what is there already stays as it is"],
    ],
  },
  setup: {
    page: "docs/own-project.md",
    examples: [
      ["tenantry setup", "takes Pulumi from PATH where it is new enough, builds what is missing"],
      ["tenantry setup && tenantry doctor", "and lists what there is then"],
      ["tenantry setup --gates", "and Litestream, for the gates about it"],
    ],
  },
  cloud: {
    page: "docs/embedded-cloud.md",
    examples: [
      ["tenantry cloud up", "starts it in the background"],
      ["tenantry cloud env", "lines for a shell: flyctl, turso, aws and rclone then ask it"],
      ["tenantry cloud down --erase", "stops it and deletes all its data"],
    ],
  },
  demo: {
    page: "README.md",
    examples: [
      ["tenantry demo", "with the first tenant that has a bucket and a database"],
      ["tenantry demo --tenant acme", "with this one"],
    ],
  },
  destroy: {
    page: "docs/embedded-cloud.md",
    examples: [
      ["tenantry destroy", "asks, then deletes all of the stack local"],
      ["tenantry destroy -s local --yes", "without a question, for scripts"],
    ],
  },
  doctor: {
    page: "docs/going-live.md",
    examples: [
      ["tenantry doctor", "this computer and the stack local"],
      ["tenantry doctor -s prod", "credentials and accounts of prod, too"],
      ["tenantry doctor -s prod --canary", "ask the vendors, with a throw-away tenant, what no document tells"],
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
