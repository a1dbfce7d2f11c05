/** What became of one suite. */
export interface Result {
  readonly name: string;
  readonly versions: string;
  readonly passed: readonly string[];
  /** Name and why. */
  readonly failed: readonly string[];
  /** Why it did not run at all; undefined when it did. */
  readonly skipped?: string;
}

/** Under what conditions the suites ran. */
export interface Conditions {
  readonly date: string;
  readonly commit: string;
  readonly computer: string;
}

/** What a suite's lines say: `ok NAME`, `not ok NAME: why`. A suite that says nothing, or breaks off, has failed. Pure. */
export function resultOf(name: string, versions: string, said: string, exitCode: number | null): Result {
  const lines = said.split("\n");
  const of = (mark: string) => lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  const [passed, failed] = [of("ok "), of("not ok ")];
  const broken = exitCode !== 0 || passed.length + failed.length === 0;
  return { name, versions, passed, failed: broken ? [...failed, `the suite itself: exit code ${exitCode}`] : failed };
}

/** Failures that are known: by suite, the check, and the row of docs/embedded-cloud.md or the reason. */
export const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  boto3: { metadata_goes: "row S2: the storage engine keeps the old metadata" },
  // tests/local/fly/deviations.ts, where the contract tests know it.
  schemathesis: Object.fromEntries(
    [
      "GET /apps/{app_name}/volumes",
      "GET /apps/{app_name}/volumes/{volume_id}",
      "PUT /apps/{app_name}/volumes/{volume_id}",
      "GET /orgs/{org_slug}/volumes",
    ].map((operation) => [
      `fly ${operation}`,
      "Fly's documents show null where nothing is attached; its OpenAPI file does not",
    ]),
  ),
};

/** What failed and is not known to. Pure. */
export function surprises({ name, failed }: Result): string[] {
  return failed.filter((line) => KNOWN[name]?.[line.split(":", 1)[0] ?? ""] === undefined);
}

/** The table of counts. Pure. */
export function asMarkdown(results: readonly Result[], { date, commit, computer }: Conditions): string {
  const rows = results.map(({ name, versions, passed, failed, skipped }) =>
    skipped === undefined
      ? `| ${name} | ${versions} | ${passed.length} | ${failed.length} |`
      : `| ${name} | ${versions} | skipped | ${skipped} |`,
  );
  const failures = results.flatMap(({ name, failed }) =>
    failed.map((line) => {
      const known = KNOWN[name]?.[line.split(":", 1)[0] ?? ""];
      return `- ${name}: ${line}${known === undefined ? "" : ` (${known})`}`;
    }),
  );
  return [
    "# Strangers' clients against the embedded cloud",
    `\`make test-strangers\`, ${date}, commit ${commit}, ${computer}. Each client comes from its registry, in exactly this version.`,
    ["| suite | clients | passed | failed |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    failures.length === 0 ? "Nothing failed." : ["What failed:", "", ...failures].join("\n"),
  ].join("\n\n");
}
