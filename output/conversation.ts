import { createInterface, type Interface } from "node:readline";

/** Asks for a line. Undefined: the user ended the conversation with Ctrl-D or Ctrl-C. */
export type Ask = (question: string) => Promise<string | undefined>;

/**
 * Lets `work` ask on the terminal. It is one conversation: lines that are typed ahead answer the questions to come. The
 * terminal is not touched before the first question.
 */
export async function conversation<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
  let terminal: Interface | undefined;
  let lines: AsyncIterator<string> | undefined;
  let isOver = false;
  try {
    return await work(async (question) => {
      if (isOver) return undefined;
      terminal ??= createInterface({ input: process.stdin, output: process.stderr }).once("close", () => {
        isOver = true;
      });
      // Kept from the first question on: it holds the lines that come between two questions.
      lines ??= terminal[Symbol.asyncIterator]();
      terminal.setPrompt(question);
      terminal.prompt();
      const line = await lines.next();
      return line.done === true ? undefined : line.value.trim();
    });
  } finally {
    terminal?.close();
  }
}

/** Asks a question that only a clear yes agrees to. */
export async function agrees(ask: Ask, question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test((await ask(`${question} [y/N] `)) ?? "");
}
