import { useMemo, useSyncExternalStore } from "react";
import type { BaseClient } from "./base.js";
import { live, type Live, type Load, nothing, type Reduce } from "./live.js";

export type { Live, Load, Reduce } from "./live.js";

/**
 * Data that is kept current while the component is there: read by `load`, brought up to date with each event by `reduce`, and read anew
 * when events were lost. Without `reduce` it is read anew at each event. When the client or one of `deps` changes, it begins anew with
 * the functions that are given then; others are not looked at. Without a client it waits for one.
 */
export function useLive<T>(client: BaseClient | undefined, load: Load<T>, reduce?: Reduce<T>, deps: readonly unknown[] = []): Live<T> {
  const [subscribe, get] = useMemo(() => {
    let now: Live<T> = nothing;
    const begin = (changed: () => void) => (client ? live(client, load, reduce, (next) => ((now = next), changed())) : () => {});
    return [begin, () => now] as const;
  }, [client, ...deps]);
  return useSyncExternalStore(subscribe, get, get);
}
