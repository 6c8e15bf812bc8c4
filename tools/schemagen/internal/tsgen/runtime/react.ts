import { useMemo, useSyncExternalStore } from "react";
import type { BaseClient } from "./baseClient.js";
import { startLive, type Live, type Load, initial, type Reduce } from "./liveData.js";

export type { Live, Load, Reduce } from "./liveData.js";

/**
 * Keeps data up to date while the component is mounted. `load` loads it, and `reduce` applies each
 * event. It is loaded again after events were lost and after an error. Without `reduce`, it is
 * loaded again after each event. It starts again when the client or one of `deps` changes, with the
 * functions of that render. Other changes of the functions have no effect. Without a client, it
 * waits for one.
 */
export function useLive<T>(client: BaseClient | undefined, load: Load<T>, reduce?: Reduce<T>, deps: readonly unknown[] = []): Live<T> {
  const [subscribe, get] = useMemo(() => {
    let now: Live<T> = initial;
    const begin = (changed: () => void) => (client ? startLive(client, load, reduce, (next) => ((now = next), changed())) : () => {});
    return [begin, () => now] as const;
  }, [client, ...deps]);
  return useSyncExternalStore(subscribe, get, get);
}
