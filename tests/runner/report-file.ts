import { writeFileSync } from "node:fs";

import type TestSequencer from "@jest/test-sequencer";

import type { JestReport } from "./jest-report.ts";

type Results = Parameters<TestSequencer.default["cacheResults"]>[1];

/**
 * Has jest write what the runner reads of it into the file that JEST_REPORT names. Jest's own `--json` writes nothing at all where
 * an error holds itself.
 */
export default class ReportFile {
  onRunComplete(_: unknown, { testResults }: Results): void {
    const report: JestReport = {
      testResults: testResults.map(
        ({ testFilePath, testExecError, failureMessage, numFailingTests, testResults: tests }) => ({
          name: testFilePath,
          status: testExecError !== undefined || numFailingTests > 0 ? "failed" : "passed",
          message: failureMessage ?? testExecError?.message ?? "",
          assertionResults: tests.map(({ fullName, title, ancestorTitles, status, failureMessages }) => ({
            ...{ fullName, title, ancestorTitles, status, failureMessages },
          })),
        }),
      ),
    };
    writeFileSync(process.env["JEST_REPORT"] ?? "", JSON.stringify(report));
  }
}
