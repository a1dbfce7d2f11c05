import { it } from "@jest/globals";

/**
 * `it` when the condition holds; else an `it` that skips and carries the reason at the end of its title, where
 * `make test` finds it: "mounts a bucket [skipped: there is no /dev/fuse]". A skip without a reason counts as a failure.
 */
export function itIf(
  condition: boolean,
  reason: string,
): (title: string, test: () => unknown, timeout?: number) => void {
  return (title, test, timeout) => {
    const run = async () => {
      await test();
    };
    if (condition) it(title, run, timeout);
    else it.skip(`${title} [skipped: ${reason}]`, run); // the condition does not hold; the title says why
  };
}
