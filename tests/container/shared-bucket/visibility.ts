import type { Machine } from "../machine.ts";
import type { Tenant } from "../tenants.ts";

/** Seconds from the end of fsync on one machine until another has seen it. */
export interface Visibility {
  readonly created: number;
  readonly changed: number;
  readonly removed: number;
}

const WRITER = `
  cd "$MOUNT_PATH"; echo 1 >changed; echo 1 >removed; sync changed removed; echo ready
  while [ ! -e "$STATE_DIR/go" ]; do sleep 0.05; done
  echo 1 >created; sync created; echo "did created at $(date +%s%N)"
  echo 2 >changed; sync changed; echo "did changed at $(date +%s%N)"
  rm removed; sync .; echo "did removed at $(date +%s%N)"; cd /; while :; do sleep 0.1; done`;
/** Looks at all three all the time, which is what keeps old answers in the caches. */
const READER = `
  cd "$MOUNT_PATH"; while [ "$(cat changed removed)" != "1
1" ]; do sleep 0.05; done; ls >/dev/null; echo ready
  saw() { case " $seen " in *" $1 "*) ;; *) seen="$seen $1"; echo "saw $1 at $(date +%s%N)" ;; esac; }
  while :; do
    [ ! -e created ] || saw created
    [ "$(cat changed)" != 2 ] || saw changed
    [ -e removed ] || saw removed
    sleep 0.02
  done`;

/** Has one machine create, change and remove a file that another of the same tenant is looking at. */
export async function visibility(one: Tenant, statCacheTtl: string): Promise<Visibility> {
  const env = { TIGRISFS_STAT_CACHE_TTL: statCacheTtl };
  const writer = one.machine(["sh", "-c", WRITER], env);
  await writer.says(/^ready$/m);
  const reader = one.machine(["sh", "-c", READER], env);
  await reader.says(/^ready$/m);
  writer.write("go");
  for (const what of ["created", "changed", "removed"]) await reader.says(`saw ${what} at`);
  const seconds = (what: string) => (timeOf(reader, `saw ${what}`) - timeOf(writer, `did ${what}`)) / 1e9;
  return { created: seconds("created"), changed: seconds("changed"), removed: seconds("removed") };
}

function timeOf(machine: Machine, words: string): number {
  const time = new RegExp(`^${words} at (\\d+)$`, "m").exec(machine.log())?.[1];
  if (time === undefined) throw new Error(`never "${words}": ${machine.log()}`);
  return Number(time);
}
