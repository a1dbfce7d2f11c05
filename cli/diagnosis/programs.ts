import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { atLeast } from "../../tools/at-least.ts";
import { minimumPulumi } from "../../tools/environment.ts";
import type { DoctorFinding } from "./finding.ts";
import { answerOf, findProgram, type Program, type Site } from "./site.ts";

const install = "npx tenantry setup";
const installForTests = "tools/install.sh test";

interface Pinned {
  readonly name: string;
  readonly absent: DoctorFinding["state"];
  readonly without: string;
  readonly fix: string;
}

/** Programs with a folder in tools/, and what it means when one is absent. */
const pinned: readonly Pinned[] = [
  { name: "pulumi", absent: "missing", without: "no stack can be planned or brought up", fix: install },
  { name: "pulumi-language-nodejs", absent: "missing", without: "pulumi can't run the program", fix: install },
  { name: "versitygw", absent: "missing", without: "the embedded cloud can't start", fix: install },
  { name: "tigrisfs", absent: "attention", without: "no bucket can be mounted on this machine", fix: install },
  { name: "mount-watch", absent: "attention", without: "machines see late what is changed elsewhere", fix: install },
  // Nobody misses it who does not ask for its gates.
  {
    name: "litestream",
    absent: "ok",
    without: "`tenantry gates` does not measure it; `npx tenantry setup --gates`",
    fix: "",
  },
  { name: "actionlint", absent: "attention", without: "`make test` skips this check", fix: installForTests },
  { name: "hadolint", absent: "attention", without: "`make test` skips its tests", fix: installForTests },
];

/** Every program of tools/, and Go, which is only needed to build them. */
export async function pinnedPrograms(site: Site): Promise<DoctorFinding[]> {
  // A package has none of those that only `make test` needs.
  const here = pinned.filter(({ name }) => existsSync(join(site.toolsDir, name)));
  const names = here.map(({ name }) => name);
  const [paths, versions, go] = await Promise.all([
    pins(site, "path", names),
    pins(site, "version", names),
    goVersion(site),
  ]);
  const findings = await Promise.all(
    here.map((program, place) => pinnedProgram(site, program, { path: paths[place], version: versions[place] })),
  );
  return [
    ...findings,
    goFinding(
      site,
      go,
      findings.filter(({ state }) => state === "missing"),
    ),
  ];
}

interface Pin {
  /** Where tools/install.sh keeps the pinned version on this machine. */
  readonly path: string | undefined;
  readonly version: string | undefined;
}

async function pinnedProgram(site: Site, { name, absent, without, fix }: Pinned, pin: Pin): Promise<DoctorFinding> {
  const found = findProgram(site, name);
  if (found === undefined) return { subject: name, state: absent, detail: `not found: ${without}`, fix };
  if (found.file === pin.path) {
    return { subject: name, state: "ok", version: pin.version, source: "built by tools/install.sh" };
  }
  const version = name === "pulumi" ? await answerOf(site, found.file, ["version"]) : undefined;
  const foreign = { subject: name, version, source: found.path };
  if (name === "pulumi" && !atLeast(minimumPulumi, version ?? "")) {
    return { ...foreign, state: absent, detail: `older than ${minimumPulumi}`, fix };
  }
  if (isOurs(found, name)) return { ...foreign, state: "attention", detail: "not the version that is pinned now", fix };
  return { ...foreign, state: "ok" };
}

/** Whether tools/install.sh once made this program, from other sources than today's. */
function isOurs({ file }: Program, name: string): boolean {
  return new RegExp(`/tenantry/tools/[a-z-]+-[0-9a-f]+/${name}$`).test(file);
}

async function pins(site: Site, verb: "path" | "version", names: readonly string[]): Promise<string[]> {
  // The script needs the usual programs of a Unix, also where the PATH that is examined lacks them.
  const env = { ...site.env, PATH: [site.env["PATH"], "/usr/bin", "/bin"].join(delimiter) };
  const script = join(site.toolsDir, "programs.sh");
  return (await answerOf({ ...site, env }, script, [verb, ...names]))?.split("\n") ?? [];
}

function goVersion(site: Site): Promise<string | undefined> {
  return answerOf(site, "go", ["env", "GOVERSION"]);
}

function goFinding(site: Site, version: string | undefined, toBuild: readonly DoctorFinding[]): DoctorFinding {
  if (version !== undefined) return { subject: "go", state: "ok", version, source: findProgram(site, "go")?.path };
  if (toBuild.length === 0) return { subject: "go", state: "ok", detail: "not found, and nothing has to be built" };
  const names = toBuild.map(({ subject }) => subject).join(", ");
  return {
    subject: "go",
    state: "missing",
    detail: `not found; needed to build ${names}`,
    fix: "install Go 1.21 or newer",
  };
}

/** Programs that come with npm or with the system. */
export async function otherPrograms(site: Site): Promise<DoctorFinding[]> {
  return await Promise.all([
    systemProgram(site, { name: "git", absent: "missing", fix: debian("git"), args: ["--version"] }),
    systemProgram(site, { name: "sqld", absent: "missing", fix: install, args: ["--version"] }),
    systemProgram(site, { name: "shellcheck", absent: "attention", fix: debian("shellcheck"), args: ["--version"] }),
    fuse(site),
  ]);
}

function debian(packageName: string): string {
  return `apt-get install ${packageName}`;
}

async function systemProgram(
  site: Site,
  { name, absent, fix, args }: { name: string; absent: "missing" | "attention"; fix: string; args: readonly string[] },
): Promise<DoctorFinding> {
  const found = findProgram(site, name);
  if (found === undefined) return { subject: name, state: absent, detail: "not found", fix };
  const answer = await answerOf(site, found.file, args);
  if (answer === undefined) return { subject: name, state: absent, source: found.path, detail: "does not run", fix };
  return { subject: name, state: "ok", version: /\d+(\.\d+)+/.exec(answer)?.[0], source: found.path };
}

async function fuse(site: Site): Promise<DoctorFinding> {
  const program = await systemProgram(site, {
    name: "fusermount3",
    absent: "attention",
    fix: debian("fuse3"),
    args: ["--version"],
  });
  if (program.state === "ok" && !existsSync("/dev/fuse")) {
    return { ...program, subject: "fuse3", state: "attention", detail: "there is no /dev/fuse", fix: "modprobe fuse" };
  }
  return { ...program, subject: "fuse3" };
}
