import { startCloud, type TestCloud } from "./cloud.ts";
import { type Ran, scratchProject, type ScratchProject } from "./scratch-project.ts";

type OfCloud = NonNullable<Parameters<typeof startCloud>[0]>;
type OfProject = NonNullable<Parameters<typeof scratchProject>[1]>;

/** An embedded cloud of a test file's own, and a project whose stack `local` is on it. */
export interface Fleet {
  readonly cloud: TestCloud;
  readonly project: ScratchProject;
}

/** Starts both, without a tenant. Its verbs are warm unless said otherwise. */
export async function startFleet({ verbs = "warm", secrets, ...ofCloud }: OfCloud & OfProject = {}): Promise<Fleet> {
  const cloud = await startCloud(ofCloud);
  return { cloud, project: scratchProject(cloud.home, { verbs, ...(secrets === undefined ? {} : { secrets }) }) };
}

/** Call it in afterAll. */
export async function endFleet({ cloud, project }: Fleet): Promise<void> {
  project.dispose();
  await cloud.dispose();
}

/** An `up` that has to end well: throws what it said when it does not. */
export async function up({ tenantry }: Pick<ScratchProject, "tenantry">, ...options: string[]): Promise<Ran> {
  const ran = await tenantry("up", ...options);
  if (ran.code !== 0) throw new Error(`up ended with ${String(ran.code)}: ${ran.stdout}${ran.stderr}`);
  return ran;
}
