interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/** A change that the platform reports: the network may be available again, or is gone. */
export type NetworkEvent = "online" | "offline";

/**
 * Calls back when the platform reports that the network has come or gone, or that the page was
 * resumed, until the returned function is called. Does nothing on platforms without these events.
 */
export function onNetworkEvent(report: (event: NetworkEvent) => void): () => void {
  const { document } = globalThis as { document?: Target & { readonly visibilityState: string } };
  const online = (): void => report("online");
  const sources: [Target | undefined, string, () => void][] = [
    [globalThis as Target, "online", online],
    [globalThis as Target, "offline", () => report("offline")],
    [document, "visibilitychange", () => document?.visibilityState === "visible" && online()],
    [document, "resume", online],
  ];
  for (const [target, type, call] of sources) target?.addEventListener?.(type, call);
  return () => {
    for (const [target, type, call] of sources) target?.removeEventListener?.(type, call);
  };
}
