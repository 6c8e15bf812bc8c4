import { type ShallowRef, shallowRef, watchEffect } from "vue";
import type { BaseClient } from "./base.js";
import { live, type Live, type Load, nothing, type Reduce } from "./live.js";

export type { Live, Load, Reduce } from "./live.js";

/**
 * Data that is kept current while the component or the scope is there: read by `load`, brought up to date with each event by `reduce`,
 * and read anew when events were lost. Without `reduce` it is read anew at each event. When something reactive changes that `load` looks
 * at before it waits for anything, it begins anew. Without a client, as on a server that renders pages, nothing happens.
 */
export function useLive<T>(client: BaseClient | undefined, load: Load<T>, reduce?: Reduce<T>): Readonly<ShallowRef<Live<T>>> {
  const now = shallowRef<Live<T>>(nothing);
  watchEffect((onCleanup) => client && onCleanup(live(client, load, reduce, (next) => (now.value = next))));
  return now;
}
