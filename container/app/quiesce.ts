// `node quiesce.ts begin|end`: tenantry's `snapshots.quiesce`, run in the machine before and after a snapshot. Asks the notes
// service to hold writes back, and to go on. Exits with 0 if it does, and if it did so all the time.
const METHODS: Readonly<Record<string, string>> = { begin: "POST", end: "DELETE" };
const [word = ""] = process.argv.slice(2);
const method = METHODS[word];
const { PORT: port = "8080" } = process.env;

if (method === undefined) {
  process.stderr.write("quiesce.ts: say begin or end\n");
  process.exitCode = 64;
} else {
  const { ok, status } = await fetch(`http://127.0.0.1:${port}/quiesce`, { method });
  if (!ok) process.stderr.write(`quiesce.ts: ${word} was answered with ${status}\n`);
  process.exitCode = ok ? 0 : 1;
}
