/** What is done to a fleet, in the order in which a round does it; the last two to a fleet of their own. */
export const TASKS = {
  up: "`up`, all new",
  plan: "plan, nothing changed",
  preview: "look at all, nothing changed",
  "fresh-preview": "look at all, nothing changed, the vendors asked",
  "plan-one": "plan, one tenant added",
  "add-one": "`up`, one tenant added",
  "add-all": "`up`, one tenant added, look at all",
  drift: "drift",
  rotate: "new keys and tokens for all",
  destroy: "delete all",
  "far-up": "`up`, all new, vendors in the same region",
  "far-drift": "drift, vendors in the same region",
} as const;
export type Task = keyof typeof TASKS;
export const TASK_IDS = Object.keys(TASKS) as Task[];

/** Whether a task has a fleet of its own, at vendors that answer as if they were in the same region and not on this computer. Pure. */
export function isFar(task: Task): boolean {
  return task === "far-up" || task === "far-drift";
}

/** Who does it. */
export const SIDES = {
  tenantry: "tenantry",
  idle: "tenantry, its provider does nothing",
  pulumi: "plain `pulumi` of the same project",
  dynamic: "Pulumi's dynamic providers, one file",
  script: "a script that makes the same calls",
  terraform: "Terraform's bare engine",
} as const;
export type SideId = keyof typeof SIDES;
export const SIDE_IDS = Object.keys(SIDES) as SideId[];

/** The tasks that are done where these are asked for, in order: all else needs a fleet, and who plans one more adds it. Pure. */
export function withNeeded(asked: readonly Task[]): Task[] {
  const needed = new Set(asked);
  if (asked.includes("plan-one")) needed.add("add-one");
  if (asked.some((task) => !isFar(task))) needed.add("up");
  if (asked.includes("far-drift")) needed.add("far-up");
  return TASK_IDS.filter((task) => needed.has(task));
}
