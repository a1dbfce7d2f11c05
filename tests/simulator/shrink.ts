import type { Move } from "./scenario.ts";

/**
 * Fewer and calmer moves that still go wrong: each is left out, and each disturbance, as long as something stays wrong. Only
 * moves that a seed could have.
 */
export async function shrunk(
  moves: readonly Move[],
  isWrong: (moves: readonly Move[]) => Promise<boolean>,
): Promise<readonly Move[]> {
  let least = moves;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const fewer of smaller(least)) {
      if (!isFair(fewer) || !(await isWrong(fewer))) continue;
      least = fewer;
      isSmaller = true;
      break;
    }
  }
  return least;
}

/** Two teams that make a tenant at the same time do so in fair weather, and at the beginning (docs/simulator.md). */
function isFair([first, ...others]: readonly Move[]): boolean {
  return first?.rival === true ? first.trouble === 0 : others.every(({ rival }) => !rival);
}

function* smaller(moves: readonly Move[]): Generator<readonly Move[]> {
  for (const at of moves.keys()) yield moves.toSpliced(at, 1);
  for (const [at, move] of moves.entries()) for (const calmer of calmed(move)) yield moves.with(at, calmer);
}

function* calmed(move: Move): Generator<Move> {
  const { kill, cancel, outsider, cut, ...rest } = move;
  if (move.rival) yield { ...move, rival: false };
  if (kill !== undefined) yield without(move, "kill");
  if (cancel !== undefined) yield without(move, "cancel");
  if (outsider !== undefined) yield without(move, "outsider");
  if (cut !== undefined) yield without(move, "cut");
  if (move.isAppTaken === true) yield { ...move, isAppTaken: false };
  if (cut?.restore !== undefined) yield { ...move, cut: { ...cut, restore: undefined } };
  if (move.refresh) yield { ...move, refresh: false };
  if (move.tries > 1) yield { ...move, tries: 1 };
  if (move.trouble > 0) yield { ...move, trouble: 0 };
  if (
    move.edit.kind !== "none" &&
    kill === undefined &&
    cancel === undefined &&
    outsider === undefined &&
    cut === undefined
  )
    yield { ...rest, edit: { kind: "none" } };
}

function without(move: Move, key: "kill" | "cancel" | "outsider" | "cut"): Move {
  const { [key]: _, ...rest } = move;
  return rest;
}
