import { join } from "node:path";

import { describe, expect } from "@jest/globals";

import { atTerminal, CTRL_C, CTRL_D } from "../support/at-terminal.ts";
import { hasProgram } from "../support/programs.ts";
import { itIf } from "../support/skip.ts";

const ASKING = `
  import { agrees, conversation } from ${JSON.stringify(join(import.meta.dirname, "../../output/conversation.ts"))};
  const heard = await conversation(async (ask) => [await ask("who? "), await ask("what? "), await agrees(ask, "sure?")]);
  console.log(JSON.stringify(heard));
`;

const hasScript = hasProgram("script");

/** What a program that asks three things has heard, when `typed` is typed at its first question. */
async function heard(typed: string): Promise<unknown> {
  const command = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", ASKING];
  const { stdout } = await atTerminal(command, [["who? ", typed]], process.cwd(), process.env);
  return JSON.parse(/\[(?:"|null).*\]/.exec(stdout)?.[0] ?? "0");
}

describe("a conversation on a terminal", () => {
  itIf(hasScript, "there is no `script` to make a terminal with")(
    "takes lines that were typed ahead as answers to the questions to come",
    async () => {
      expect(await heard("me\r it \rYes\r")).toEqual(["me", "it", true]);
    },
  );

  itIf(hasScript, "there is no `script` to make a terminal with")(
    "takes nothing but a clear yes for a yes",
    async () => {
      expect(await heard("me\rit\ryellow\r")).toEqual(["me", "it", false]);
    },
  );

  itIf(hasScript, "there is no `script` to make a terminal with")(
    "is over with Ctrl-C and Ctrl-D: whatever is asked then has no answer",
    async () => {
      expect(await heard(CTRL_D)).toEqual([null, null, false]);
      expect(await heard(`me\r${CTRL_C}`)).toEqual(["me", null, false]);
    },
  );
});
