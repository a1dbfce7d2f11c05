import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import type { StackContext } from "../../stack/context.ts";
import { pulumiOutput } from "./pulumi.ts";

/**
 * Creates the stack in its state's backend; does nothing if it exists. Its settings file decides how secrets are encrypted;
 * the default is a passphrase. Throws STATE_LOGIN, PULUMI_FAILED.
 */
export async function makeStack(context: StackContext): Promise<void> {
  // Pulumi reads the file, but still uses a passphrase unless the option says otherwise.
  const provider = secretsProviderOf(context);
  const told = provider === undefined ? [] : ["--secrets-provider", provider];
  await pulumiOutput(context, ["stack", "select", "--create", ...told]);
}

const fileSchema = z.object({ secretsprovider: z.string().optional() }).nullish();

function secretsProviderOf({ projectDir, stack }: StackContext): string | undefined {
  const text = readFileSync(join(projectDir, `Pulumi.${stack}.yaml`), "utf8");
  return fileSchema.safeParse(parse(text)).data?.secretsprovider;
}
