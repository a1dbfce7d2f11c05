import { TenantryError } from "../../errors/tenantry-error.ts";
import { cliErrors } from "../errors.ts";
import { runPulumi } from "../pulumi.ts";
import type { StackContext } from "../stack-context.ts";
import { parseDigest, type PreviewDigest } from "./preview-digest.ts";

/** Runs a preview command of `pulumi` and reads its digest. Errors of single resources are in the digest, not thrown. */
export async function previewDigest(context: StackContext, args: readonly string[]): Promise<PreviewDigest> {
  const { code, stdout, stderr } = await runPulumi(context, [...args, "--json"]);
  const start = stdout.indexOf("{");
  if (start < 0) throw new TenantryError(cliErrors.PULUMI_FAILED, `pulumi ${args.join(" ")}: ${stderr.trim()}`);
  const digest = parseDigest(stdout.slice(start));
  if (code === 0 || digest.errors.length > 0) return digest;
  throw new TenantryError(cliErrors.PULUMI_FAILED, `pulumi ${args.join(" ")} ended with ${code}: ${stderr.trim()}`);
}
