import { TenantryError } from "../errors/tenantry-error.ts";
import { tenantsToTest, withRestoreTests } from "../operations/snapshots/test-tenants.ts";
import { faultLine, type RestoreTest } from "../operations/snapshots/tested.ts";
import { byteSize } from "../output/byte-size.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { keepHeapSmall } from "../processes/small-heap.ts";
import type { StackContext } from "../stack/context.ts";
import { interruptible } from "./interruptible.ts";
import { counted } from "../output/counted.ts";

/** `tenantry verify --restore TENANT`: one snapshot of one tenant, tried. */
export async function tryRestore(
  context: StackContext,
  id: string,
  { at, json }: { readonly at: Date | undefined; readonly json: boolean },
): Promise<void> {
  keepHeapSmall();
  const found = await during(`restore of ${id} for a test`, (tell) =>
    interruptible((signal) => withRestoreTests(context, [id], { tell, signal }, (test) => test(id, at))),
  );
  if (json) printJson(found);
  else for (const line of testLines(id, found)) printLine(line);
  if (found.faults.length > 0) process.exitCode = EXIT.changes;
}

/**
 * `tenantry verify --restore --all|--due SPAN`: the last snapshot of each tenant, one after the other. One that cannot be restored
 * holds up no other; that a snapshot is not whole weighs more than that.
 */
export async function tryRestores(
  context: StackContext,
  { span, json }: { readonly span: string | undefined; readonly json: boolean },
): Promise<void> {
  keepHeapSmall();
  const tested: ({ tenant: string } & RestoreTest)[] = [];
  const failed: { tenant: string; code: string; error: string }[] = [];
  await during(`restores of ${context.stack} for a test`, (tell) =>
    interruptible(async (signal) => {
      const ids = await tenantsToTest(context, span);
      if (ids.length === 0) return;
      const restoring = {
        tell: (what: string) => tell(`${tested.length + failed.length} of ${ids.length} tenants; ${what}`),
        signal,
      };
      await withRestoreTests(context, ids, restoring, async (test) => {
        for (const tenant of ids) {
          signal.throwIfAborted();
          try {
            tested.push({ tenant, ...(await test(tenant)) });
          } catch (error) {
            if (signal.aborted || !(error instanceof TenantryError)) throw error;
            failed.push({ tenant, code: error.code, error: error.message });
          }
        }
      });
    }),
  );
  if (json) printJson({ tested, failed });
  else {
    for (const { tenant, ...found } of tested) for (const line of testLines(tenant, found)) printLine(line);
    if (tested.length + failed.length === 0) printLine(`no snapshot is to be tested in ${context.stack}`);
  }
  for (const { tenant, error } of failed) note(`${tenant}: ${error}`);
  if (tested.some(({ faults }) => faults.length > 0)) process.exitCode = EXIT.changes;
  else if (failed.length > 0) process.exitCode = EXIT.error;
}

/** How the test of a restore has ended, for people. Pure. */
export function testLines(
  id: string,
  { cut, files, bytes, bySizeOnly, rows, isCounted, faults }: RestoreTest,
): string[] {
  const tables = Object.values(rows ?? {});
  const all = tables.reduce((sum, count) => sum + count, 0);
  const database = `${counted(all, "row")} in ${counted(tables.length, "table")}${isCounted ? "" : ", which nobody counted when it was taken"}`;
  return [
    `${id} as of ${cut.at}, restored beside it, checked and removed`,
    `  files: ${files} of ${byteSize(bytes)} read to the end${bySizeOnly > 0 ? `, ${bySizeOnly} checked by size only` : ""}`,
    `  database: ${rows === null ? "none" : database}`,
    ...faults.slice(0, MOST_NAMED).map((fault) => `  ${faultLine(fault)}`),
    ...(faults.length > MOST_NAMED ? ["  and more: --json names all"] : []),
    faults.length === 0
      ? "nothing is missing or damaged"
      : `${counted(faults.length, "thing is", "things are")} missing or damaged`,
  ];
}

const MOST_NAMED = 20;
