import { SIGNATURE_KEY } from "../../resource-kinds/pulumi-marks.ts";
import * as z from "zod";

import { SECRET, shownLines } from "../../output/shown.ts";

/** One resource of a preview, as `pulumi preview --json` and `pulumi refresh --preview-only --json` print it. */
const stateSchema = z
  .object({
    type: z.string(),
    id: z.string().optional(),
    inputs: z.record(z.string(), z.unknown()).optional(),
    outputs: z.record(z.string(), z.unknown()).optional(),
    protect: z.boolean().optional(),
  })
  .loose();

const stepSchema = z
  .object({
    op: z.string(),
    urn: z.string(),
    oldState: stateSchema.optional(),
    newState: stateSchema.optional(),
    detailedDiff: z.record(z.string(), z.object({ kind: z.string(), inputDiff: z.boolean().optional() })).nullish(),
    replaceReasons: z.array(z.string()).nullish(),
  })
  .loose();

const digestSchema = z
  .object({
    steps: z.array(stepSchema).nullish(),
    diagnostics: z
      .array(z.object({ urn: z.string().optional(), message: z.string().optional(), severity: z.string().optional() }))
      .nullish(),
  })
  .loose();

export type PreviewStep = z.infer<typeof stepSchema>;

export interface PreviewDigest {
  readonly steps: readonly PreviewStep[];
  /** What the engine or the provider complained about: errors stop the preview. */
  readonly errors: readonly Complaint[];
  /** What the provider warned of, resource by resource. */
  readonly warnings: readonly Complaint[];
}

export interface Complaint {
  readonly urn: string;
  readonly message: string;
}

/** Parses the one JSON document a preview prints. Secrets are in it as `[secret]` already. */
export function parseDigest(text: string): PreviewDigest {
  const { steps, diagnostics } = digestSchema.parse(JSON.parse(text, withoutSecrets));
  const said = (wanted: string): Complaint[] =>
    (diagnostics ?? [])
      .filter(({ severity }) => severity === wanted)
      .map(({ urn = "", message = "" }) => ({ urn, message: shownLines(bare(message)) }));
  const errors = said("error");
  const meaningful = errors.filter(({ message }) => message !== "");
  return {
    steps: steps ?? [],
    warnings: said("warning").filter(({ urn, message }) => urn !== "" && message !== ""),
    errors: meaningful.length > 0 || errors.length === 0 ? meaningful : [{ urn: "", message: "the preview failed" }],
  };
}

/** Pulumi prints `[secret]` itself; should it ever let one through with its mark, it ends here. */
function withoutSecrets(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && SIGNATURE_KEY in value ? SECRET : value;
}

/** A message without the engine's "error: Preview failed: " in front of it; empty when it says nothing else. */
function bare(message: string): string {
  return message.trim().replace(/^(?:error: )?(?:preview failed(?:: |$))?/i, "");
}
