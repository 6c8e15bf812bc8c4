/** The callbacks of each signal, and how to remove its listener. */
const waiting = new WeakMap<AbortSignal, { readonly callbacks: Set<() => void>; readonly remove: () => void }>();

/**
 * Calls back when a signal is aborted, until the function that is returned is called. A signal gets one listener, however many wait for it:
 * Node takes more than ten for a leak and warns.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return () => {};
  const { callbacks, remove } = waiting.get(signal) ?? listenTo(signal);
  const call = (): void => callback(); // one entry for each caller
  callbacks.add(call);
  return () => {
    if (!callbacks.delete(call) || callbacks.size > 0) return;
    waiting.delete(signal);
    remove();
  };
}

function listenTo(signal: AbortSignal): { readonly callbacks: Set<() => void>; readonly remove: () => void } {
  const callbacks = new Set<() => void>();
  const aborted = (): void => {
    for (const call of [...callbacks]) call();
  };
  signal.addEventListener("abort", aborted);
  const entry = { callbacks, remove: () => signal.removeEventListener("abort", aborted) };
  waiting.set(signal, entry);
  return entry;
}
