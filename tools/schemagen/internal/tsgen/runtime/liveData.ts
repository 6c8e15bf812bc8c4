import type { BaseClient } from "./baseClient.js";
import type { ConnectionState } from "./connection.js";
import type { ServerEvent } from "./events.js";

/** Data that is kept up to date. */
export interface Live<T> {
  /** The data; undefined until it has been loaded for the first time. */
  readonly data: T | undefined;
  /** Why the last load failed, or what `reduce` threw; undefined after a successful load. */
  readonly error: unknown;
  /** The data is being loaded. Meanwhile `data` is the previous value. */
  readonly loading: boolean;
  /** The state of the connection. */
  readonly state: ConnectionState;
  /**
   * Loads the data again now, for a button next to the error. It is also loaded again
   * automatically, after a pause.
   */
  readonly retry: () => void;
}

/** Loads data. The signal is aborted when the data is no longer needed. */
export type Load<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Applies an event to data. The data may already contain the event, if it happened while the data
 * was loaded. So set the values of the event instead of adding them. Return `data` itself if the
 * event changes nothing; then nothing is rendered.
 */
export type Reduce<T> = (data: T, event: ServerEvent) => T;

/** The shortest time between two loads, in milliseconds. It limits the load on the server. */
const minInterval = 100;

/**
 * The pause after the first failed load, which doubles with each further one, and the longest
 * pause, in milliseconds.
 */
const [firstPause, maxPause] = [1_000, 30_000];

/** The value before the first load. */
export const initial: Live<never> = { data: undefined, error: undefined, loading: true, state: "connecting", retry: () => {} };

/**
 * Keeps data up to date until the returned function is called. It loads the data and applies each
 * event with reduce. It loads the data again after events were lost, after a failed load, and after
 * reduce has thrown. Without reduce, it loads again after each event. Loads do not overlap, and
 * there are at most ten per second. changed is called with each new value, the first time at once.
 */
export function startLive<T>(client: BaseClient, load: Load<T>, reduce: Reduce<T> | undefined, changed: (now: Live<T>) => void): () => void {
  let controller: AbortController | undefined;
  let pendingEvents: ServerEvent[] = []; // events during the present load
  let stale = false; // the present load may lack events that are not in pendingEvents
  let startedAt = 0; // start of the last load
  let failures = 0; // failed loads in a row
  let timer: ReturnType<typeof setTimeout> | undefined; // the next load
  let stopped = false;
  const update = (part: Partial<Live<T>>): void => {
    const keys = Object.keys(part) as (keyof Live<T>)[];
    if (keys.some((key) => !Object.is(part[key], now[key]))) changed((now = { ...now, ...part }));
  };
  const read = async (): Promise<void> => {
    const own = (controller = new AbortController());
    clearTimeout(timer);
    [pendingEvents, stale, timer, startedAt] = [[], false, undefined, Date.now()];
    update({ loading: true });
    let part: Partial<Live<T>>;
    try {
      const data = await load(own.signal);
      part = { data: reduce && !stale ? pendingEvents.reduce<T>((all, event) => reduce(all, event), data) : data, error: undefined };
      if (controller === own) failures = 0;
    } catch (error) {
      part = { error };
      if (controller === own) failures++;
    }
    if (controller !== own) return; // stopped in the meantime
    controller = undefined;
    const failed = part.error !== undefined && client.state !== "closed" && client.state !== "closing";
    update({ ...part, loading: stale });
    if (stale) readAfter(minInterval);
    else if (failed) readAfter(Math.min(maxPause, firstPause * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2));
  };
  /** Loads again after a pause, counted from the start of the last load. */
  const readAfter = (pause: number): void => {
    clearTimeout(timer);
    const wait = Math.min(startedAt + pause - Date.now(), pause); // never longer than the pause, even if the clock was set back
    timer = setTimeout(() => void read(), Math.max(0, wait));
  };
  const readAgain = (): void => {
    if (stopped) return;
    if (controller) {
      stale = true;
      return;
    }
    if (stale) return; // a load is scheduled
    stale = true;
    if (startedAt + minInterval <= Date.now()) return void read();
    readAfter(minInterval);
    update({ loading: true });
  };
  let now: Live<T> = { ...initial, state: client.state, retry: readAgain };
  const apply = (event: ServerEvent): void => {
    try {
      update({ data: reduce?.(now.data as T, event) as T });
    } catch (error) {
      update({ error });
      readAgain();
    }
  };
  const unsubscribes = [
    client.on("*", (event) => {
      if (event.type === "resync" || !reduce || stale) readAgain();
      else if (controller) pendingEvents.push(event as ServerEvent);
      else if (now.error !== undefined) readAgain();
      else apply(event as ServerEvent);
    }),
    client.on("state", ({ state }) => {
      update({ state });
      if (state === "open" && now.error !== undefined && !controller) readAgain();
    }),
  ];
  changed(now);
  void read();
  return () => {
    stopped = true;
    for (const stop of unsubscribes) stop();
    clearTimeout(timer);
    controller?.abort();
    controller = undefined;
    stale = false;
  };
}
