import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watchEffect } from "vue";
import type { BaseClient } from "./base.js";
import { live, type Live, type Load, nothing, type Reduce } from "./live.js";

export type { Live, Load, Reduce } from "./live.js";

/**
 * Data that is kept current while the component or the scope is there: `load` reads it, `reduce` applies each event, and it is read again
 * after events were lost and after an error. Without `reduce` it is read again after each event. The client may be a ref or a getter.
 * It starts again when the client changes, or something reactive that `load` uses before it awaits anything. Without a client, as before
 * a login or on a server that renders pages, it waits for one.
 */
export function useLive<T>(client: MaybeRefOrGetter<BaseClient | undefined | null>, load: Load<T>, reduce?: Reduce<T>): Readonly<ShallowRef<Live<T>>> {
  const now = shallowRef<Live<T>>(nothing);
  watchEffect((onCleanup) => {
    const given = toValue(client);
    if (given) onCleanup(live(given, load, reduce, (next) => (now.value = next)));
    else now.value = nothing;
  });
  return now;
}
