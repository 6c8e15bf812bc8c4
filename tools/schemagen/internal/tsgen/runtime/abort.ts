/** The callbacks of each signal, and the function that removes its listener. */
const listeners = new WeakMap<AbortSignal, { readonly callbacks: Set<() => void>; readonly remove: () => void }>();

/**
 * Calls back when a signal is aborted, until the returned function is called. Every signal gets one
 * listener, no matter how many callbacks wait for it, because Node warns of a leak after ten.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return () => {};
  const { callbacks, remove } = listeners.get(signal) ?? listenTo(signal);
  const call = (): void => callback(); // a separate entry for each caller
  callbacks.add(call);
  return () => {
    if (!callbacks.delete(call) || callbacks.size > 0) return;
    listeners.delete(signal);
    remove();
  };
}

function listenTo(signal: AbortSignal): { readonly callbacks: Set<() => void>; readonly remove: () => void } {
  const callbacks = new Set<() => void>();
  const onAborted = (): void => {
    for (const call of [...callbacks]) call();
  };
  signal.addEventListener("abort", onAborted);
  const entry = { callbacks, remove: () => signal.removeEventListener("abort", onAborted) };
  listeners.set(signal, entry);
  return entry;
}
