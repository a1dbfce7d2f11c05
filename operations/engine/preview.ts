import { pulumiFailure, runPulumi } from "./pulumi.ts";
import type { StackContext } from "../../stack/context.ts";
import { parseDigest, type PreviewDigest } from "./preview-digest.ts";

/** Runs a preview command of `pulumi` and reads its digest. Errors of single resources are in the digest, not thrown. */
export async function previewDigest(
  context: StackContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<PreviewDigest> {
  // A preview writes no state, and yet would make its text at each step.
  const skipping = { PULUMI_SKIP_CHECKPOINTS: "true" };
  const finished = await runPulumi(context, [...args, "--json"], { env: { ...skipping, ...env } });
  const start = finished.stdout.indexOf("{");
  if (start < 0) throw pulumiFailure(context, args, finished);
  const digest = parseDigest(finished.stdout.slice(start));
  if (finished.code === 0 || digest.errors.length > 0) return digest;
  throw pulumiFailure(context, args, finished);
}
