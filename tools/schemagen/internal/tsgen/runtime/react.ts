import { useMemo, useSyncExternalStore } from "react";
import type { BaseClient } from "./base.js";
import { live, type Live, type Load, nothing, type Reduce } from "./live.js";

export type { Live, Load, Reduce } from "./live.js";

/**
 * Data that is kept current while the component is mounted: `load` reads it, `reduce` applies each event, and it is read again after events
 * were lost and after an error. Without `reduce` it is read again after each event. It starts again when the client or one of `deps`
 * changes, with the functions of that render; other changes of the functions have no effect. Without a client it waits for one.
 */
export function useLive<T>(client: BaseClient | undefined, load: Load<T>, reduce?: Reduce<T>, deps: readonly unknown[] = []): Live<T> {
  const [subscribe, get] = useMemo(() => {
    let now: Live<T> = nothing;
    const begin = (changed: () => void) => (client ? live(client, load, reduce, (next) => ((now = next), changed())) : () => {});
    return [begin, () => now] as const;
  }, [client, ...deps]);
  return useSyncExternalStore(subscribe, get, get);
}
