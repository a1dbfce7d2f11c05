import { ownKind } from "../../resource-kinds/kinds.ts";
import type { Action } from "../engine/steps.ts";

/**
 * What a change means, in words; undefined when users do not notice it.
 *
 * @param settings the paths that differ, those that force a replacement first
 */
export function consequenceOf(type: string, action: Action, settings: readonly string[]): string | undefined {
  const means = ownKind(type)?.means;
  switch (action) {
    case "create":
      return undefined;
    case "rotate":
      return means?.rotate;
    case "delete":
      return means?.delete;
    case "replace":
    case "update": {
      const words: Readonly<Record<string, string | undefined>> = means?.[action] ?? {};
      const found = settings.map((path) => words[inputOf(path)]).find((text) => text !== undefined);
      return found ?? words["*"] ?? (action === "replace" ? "created again" : undefined);
    }
  }
}

function inputOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}
