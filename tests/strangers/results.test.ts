import { describe, expect, it } from "@jest/globals";

import { asMarkdown, resultOf, surprises } from "./results.ts";

const conditions = { date: "2026-11-27", commit: "abc", computer: "2 cores" };

describe("the result of a stranger's suite", () => {
  it("is what its lines say, whatever else it prints", () => {
    const result = resultOf("boto3", "boto3 1", "noise\nok one\nnot ok two: why: so\nok three\n", 0);
    expect(result).toMatchObject({ passed: ["one", "three"], failed: ["two: why: so"] });
    expect(surprises(result)).toEqual(["two: why: so"]);
  });

  it.each([
    ["breaks off", "ok one\n", 1],
    ["is killed", "ok one\n", null],
    ["says nothing", "", 0],
  ])("is a failure when it %s", (_, said, exitCode) => {
    expect(surprises(resultOf("npm", "", said, exitCode))).toEqual([`the suite itself: exit code ${exitCode}`]);
  });

  it("does not count what is known, and names its reason", () => {
    const result = resultOf("boto3", "boto3 1", "not ok metadata_goes: stays\n", 0);
    expect(surprises(result)).toEqual([]);
    expect(asMarkdown([result], conditions)).toContain("- boto3: metadata_goes: stays (row S2:");
  });

  it("is skipped in words, in the table too", () => {
    const result = { name: "rclone", versions: "", passed: [], failed: [], skipped: "rclone is not installed" };
    expect(surprises(result)).toEqual([]);
    expect(asMarkdown([result], conditions)).toContain("| rclone |  | skipped | rclone is not installed |");
  });
});
