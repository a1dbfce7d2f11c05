import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { readDescriptor } from "../../stack/accounts.ts";
import { openStack } from "../../stack/context.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-stack-"));
  writeFileSync(join(dir, "Pulumi.yaml"), "");
  copyFileSync("Pulumi.local.yaml", join(dir, "Pulumi.local.yaml"));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe("a stack's name", () => {
  it.each(["../../../x", "a/b", "..", ".hidden", "-x", "", "a\nb", "a b", "ä", "x".repeat(101)])(
    "becomes part of no path unless it is one: %j is refused",
    (stack) => {
      expect(() => openStack(stack, dir)).toThrow("STACK_NAME_INVALID");
    },
  );

  it("is taken when its file exists", () => {
    expect(openStack("local", dir).stack).toBe("local");
    expect(() => openStack("prod-00", dir)).toThrow("NO_STACK_FILE");
  });
});

describe("the settings of a stack", () => {
  it("are a file of its own, no link to another stack's", () => {
    symlinkSync("Pulumi.local.yaml", join(dir, "Pulumi.prod.yaml"));
    expect(() => openStack("prod", dir)).toThrow("STACK_FILE_IS_LINK");
  });

  it.each(["config: [1]\n", "config: x\n", "just text", "config: {a: 1\n", "- 1\n", "\u0000"])(
    "are said to be unreadable when they are: %j",
    (text) => {
      writeFileSync(join(dir, "Pulumi.local.yaml"), text);
      expect(() => openStack("local", dir)).toThrow("STACK_SETTINGS");
    },
  );

  it("are said to be missing when there are none", () => {
    for (const text of ["", "config:\n", "encryptionsalt: x\n"]) {
      writeFileSync(join(dir, "Pulumi.local.yaml"), text);
      expect(() => openStack("local", dir)).toThrow("STACK_SETTINGS");
    }
  });
});

describe("the embedded cloud's own file", () => {
  const secret = "not-to-be-quoted-anywhere";

  it.each(["", "{", "{}", "null", `{"tigris": {"secretAccessKey": "${secret}"}}`, `{"token": "${secret}" "`])(
    "is said to be damaged when it is, and not quoted: %j",
    (text) => {
      mkdirSync(join(dir, "cloud"));
      writeFileSync(join(dir, "cloud", "cloud.json"), text);
      const read = () => readDescriptor(dir);
      expect(read).toThrow("CLOUD_FILE_DAMAGED");
      expect(read).not.toThrow(secret);
    },
  );

  it("is said to be missing when there is none", () => {
    expect(() => readDescriptor(dir)).toThrow("CLOUD_NOT_UP");
  });
});
