// `node docs/examples/canary.ts` writes the answers of a canary on the embedded cloud: with every switch at its default, and with
// every switch at its awkward value. tests/operations/canary fails if one of the two lacks a question.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { canaryAsText } from "../../cli/diagnosis/canary.ts";
import { canary } from "../../operations/canary/canary.ts";
import { startCloud, type TestCloud } from "../../tests/support/cloud.ts";
import { embeddedSettings } from "../../tests/support/embedded-settings.ts";
import "../../tests/support/localhost-names.js";

async function answers({ home, descriptor }: TestCloud): Promise<string> {
  const { tigris, turso, fly } = descriptor;
  const settings = embeddedSettings(descriptor);
  const report = await canary({
    context: { projectDir: process.cwd(), home, stack: "local", settings },
    accounts: { tigris: { ...tigris, machineEndpoint: tigris.endpoint }, turso, fly },
    signal: new AbortController().signal,
    urlOf: () => Promise.resolve(undefined),
    now: () => new Date(),
  });
  return `${canaryAsText(report)}\n`;
}

const cloud = await startCloud({ storage: "by-name" });
try {
  writeFileSync(join(import.meta.dirname, "canary-off.txt"), await answers(cloud));
  await cloud.allSwitches();
  await cloud.switches({ "tigris.pathStyleRefused": true });
  writeFileSync(join(import.meta.dirname, "canary-on.txt"), await answers(cloud));
} finally {
  await cloud.dispose();
}
