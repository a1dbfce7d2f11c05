import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/** How a process ended, and what it had said by then. */
export interface OutputsAtExit {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Waits until a process ends, and answers all that it has said to either output by then. What it leaves in the background may
 * hold the outputs open, and is not waited for.
 *
 * @param most bytes of either output; `onTooMuch` is told as soon as there are more, to end it
 */
export async function outputsAtExit(
  child: ChildProcessByStdio<Writable | null, Readable, Readable>,
  most: number,
  onTooMuch: () => void,
): Promise<OutputsAtExit | "too much"> {
  const outputs = [child.stdout, child.stderr].map((stream) => collect(stream, most, onTooMuch));
  const [code] = (await once(child, "exit")) as [number | null];
  const size = () => outputs.reduce((sum, output) => sum + output.size(), 0);
  const isTooMuch = () => outputs.some((output) => output.size() > most);
  // Its output is in the pipes by now. When a read finds nothing more, the output is complete.
  for (let before = -1; before !== size() && !isTooMuch();) {
    before = size();
    await lookIntoPipes();
  }
  if (isTooMuch()) return "too much";
  const [stdout = "", stderr = ""] = outputs.map(({ text }) => text());
  return { exitCode: code ?? undefined, stdout, stderr };
}

interface Output {
  size(): number;
  text(): string;
}

/** All that a stream says. It is read on and forgotten beyond what is kept: what runs in the background must not stand still. */
function collect(stream: Readable, most: number, onTooMuch: () => void): Output {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
    else onTooMuch();
  });
  return { size: () => size, text: () => Buffer.concat(chunks).toString("utf8") };
}

/**
 * The end of a process is told in the middle of a round of the event loop: of one that ended in this very round the pipes are
 * looked into in the next. The first `setImmediate` comes before that, the second after.
 */
async function lookIntoPipes(): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
