/** A bearer token and its one refresh when the archive refuses it. */

/** Gives the token in use; a refused one is replaced once, however many requests were refused with it. */
export function makeTokenHolder(token: (refresh: boolean) => Promise<string>): (refused: string | undefined) => Promise<string> {
  let refreshing: Promise<string> | undefined;
  return async (refused) => {
    const current = await token(false);
    if (current !== refused) return current;
    refreshing ??= token(true).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };
}
