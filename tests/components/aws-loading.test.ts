import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { expect, it } from "@jest/globals";

const SCRIPT = `
  import { createRequire } from "node:module";
  const { cache } = createRequire(process.cwd() + "/index.ts");
  const loaded = () => Object.keys(cache).filter((file) => file.includes("/@pulumi/aws/")).length;
  await import("./components/tenant.ts");
  const { loadAws } = await import("./components/resources/aws.ts");
  const without = loaded();
  await loadAws();
  console.log(JSON.stringify({ without, withAws: loaded() }));
`;

it("a program without a tenant at AWS loads nothing of the AWS package, one with such a tenant a few files", () => {
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", SCRIPT];
  const cwd = join(import.meta.dirname, "../..");
  const { without, withAws } = JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: "utf8" })) as {
    without: number;
    withAws: number;
  };
  expect(without).toBe(0);
  // Of more than ten thousand.
  expect(withAws).toBeGreaterThan(6);
  expect(withAws).toBeLessThan(20);
});
