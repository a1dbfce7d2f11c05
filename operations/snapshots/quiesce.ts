/** The app's own hook: it stores what it was told, and begins no write until it is told to go on. */
export interface Quiesce {
  /** Throws where the app does not. */
  begin(): Promise<void>;
  /** Throws where the app has not been quiet all the time since. */
  end(): Promise<void>;
}

/**
 * Does `work` while the app is quiet. If the app cannot be quieted, it still does `work`, and `tell` gets the reason. It
 * always tells the app to continue, even after no answer, because the app may be quiet anyway. Throws what `work` throws.
 *
 * @returns for how many ms the app was quiet; undefined: it was not, or not all the time
 */
export async function quiesced<Result>(
  app: Quiesce,
  tell: (why: string) => void,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly ms: number | undefined }> {
  const from = performance.now();
  const unasked = await failure(app.begin());
  if (unasked !== undefined) tell(`begin: ${unasked}`);
  let unended: string | undefined;
  let result: Result;
  try {
    result = await work();
  } finally {
    unended = await failure(app.end());
  }
  const ms = Math.round(performance.now() - from);
  if (unasked !== undefined) return { result, ms: undefined };
  if (unended !== undefined) tell(`end: ${unended}`);
  return { result, ms: unended === undefined ? ms : undefined };
}

/** Why a call has failed; undefined: it has not. */
async function failure(call: Promise<void>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
