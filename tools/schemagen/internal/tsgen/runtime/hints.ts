interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/** What a platform hints at: the network is there, perhaps again, or it is gone. */
export type Hint = "there" | "gone";

/**
 * Tells whenever the platform hints that the network has come or gone, or that the page was asleep, until the function that is
 * returned is called. Where there are no such hints, nothing happens.
 */
export function watchPlatform(tell: (hint: Hint) => void): () => void {
  const { document } = globalThis as { document?: Target & { readonly visibilityState: string } };
  const there = (): void => tell("there");
  const hints: [Target | undefined, string, () => void][] = [
    [globalThis as Target, "online", there],
    [globalThis as Target, "offline", () => tell("gone")],
    [document, "visibilitychange", () => document?.visibilityState === "visible" && there()],
    [document, "resume", there],
  ];
  for (const [target, type, call] of hints) target?.addEventListener?.(type, call);
  return () => {
    for (const [target, type, call] of hints) target?.removeEventListener?.(type, call);
  };
}
