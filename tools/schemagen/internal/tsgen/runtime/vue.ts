import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watchEffect } from "vue";
import type { BaseClient } from "./baseClient.js";
import { startLive, type Live, type Load, initial, type Reduce } from "./liveData.js";

export type { Live, Load, Reduce } from "./liveData.js";

/**
 * Keeps data up to date while the component or scope is active. `load` loads it, and `reduce`
 * applies each event. It is loaded again after events were lost and after an error. Without
 * `reduce`, it is loaded again after each event. The client may be a ref or a getter. It starts
 * again when the client changes, or a reactive value that `load` reads before its first await.
 * Without a client, as before a login or during server-side rendering, it waits for one.
 */
export function useLive<T>(client: MaybeRefOrGetter<BaseClient | undefined | null>, load: Load<T>, reduce?: Reduce<T>): Readonly<ShallowRef<Live<T>>> {
  const now = shallowRef<Live<T>>(initial);
  watchEffect((onCleanup) => {
    const given = toValue(client);
    if (given) onCleanup(startLive(given, load, reduce, (next) => (now.value = next)));
    else now.value = initial;
  });
  return now;
}
