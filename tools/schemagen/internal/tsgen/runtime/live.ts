import type { BaseClient } from "./base.js";
import type { ConnectionState } from "./connection.js";
import type { ServerEvent } from "./events.js";

/** Data that is kept current. */
export interface Live<T> {
  /** The data; undefined until it has been read for the first time. */
  readonly data: T | undefined;
  /** Why the last read failed, or what `reduce` threw; undefined after a read that succeeded. */
  readonly error: unknown;
  /** It is being read. Meanwhile `data` is what was there before. */
  readonly loading: boolean;
  /** The state of the connection. */
  readonly state: ConnectionState;
  /** Reads the data again now, for a button beside the error. It is read again by itself too, after a pause. */
  readonly retry: () => void;
}

/** Reads data. The signal is aborted when the data is no longer needed. */
export type Load<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Applies an event to data. The data may contain the event already, if it happened while the data was read: set what the event says
 * instead of adding it. Return `data` itself if the event changes nothing: then nothing is rendered.
 */
export type Reduce<T> = (data: T, event: ServerEvent) => T;

/** The shortest time between two reads, in milliseconds: it bounds the load on the server. */
const pace = 100;

/** In milliseconds: the pause after the first failed read, which doubles with each further one, and the longest pause. */
const [firstPause, longestPause] = [1_000, 30_000];

/** What data is before anything is known of it. */
export const nothing: Live<never> = { data: undefined, error: undefined, loading: true, state: "connecting", retry: () => {} };

/**
 * Keeps data current until the function that is returned is called. It reads the data, applies each event with reduce, and reads again after
 * events were lost, after a failed read, and after reduce has thrown. Without reduce it reads again after each event. Reads do not overlap,
 * and there are at most ten per second. changed is called with each new state, the first time at once.
 */
export function live<T>(client: BaseClient, load: Load<T>, reduce: Reduce<T> | undefined, changed: (now: Live<T>) => void): () => void {
  let reading: AbortController | undefined;
  let missed: ServerEvent[] = []; // events during the read
  let again = false; // the running read may lack something that is not in missed
  let begun = 0; // time of the last read
  let failures = 0; // reads that failed in a row
  let due: ReturnType<typeof setTimeout> | undefined; // the next read
  let stopped = false;
  const set = (part: Partial<Live<T>>): void => {
    const keys = Object.keys(part) as (keyof Live<T>)[];
    if (keys.some((key) => !Object.is(part[key], now[key]))) changed((now = { ...now, ...part }));
  };
  const read = async (): Promise<void> => {
    const mine = (reading = new AbortController());
    clearTimeout(due);
    [missed, again, due, begun] = [[], false, undefined, Date.now()];
    set({ loading: true });
    let part: Partial<Live<T>>;
    try {
      const data = await load(mine.signal);
      part = { data: reduce && !again ? missed.reduce<T>((all, event) => reduce(all, event), data) : data, error: undefined };
      if (reading === mine) failures = 0;
    } catch (error) {
      part = { error };
      if (reading === mine) failures++;
    }
    if (reading !== mine) return; // it was stopped
    reading = undefined;
    const failed = part.error !== undefined && client.state !== "closed" && client.state !== "closing";
    set({ ...part, loading: again });
    if (again) readAfter(pace);
    else if (failed) readAfter(Math.min(longestPause, firstPause * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2));
  };
  /** Reads again once so many milliseconds have passed since the last read began. */
  const readAfter = (pause: number): void => {
    clearTimeout(due);
    const rest = Math.min(begun + pause - Date.now(), pause); // less, unless the clock was set
    due = setTimeout(() => void read(), Math.max(0, rest));
  };
  const readAgain = (): void => {
    if (stopped) return;
    if (reading) {
      again = true;
      return;
    }
    if (again) return; // it is due
    again = true;
    if (begun + pace <= Date.now()) return void read();
    readAfter(pace);
    set({ loading: true });
  };
  let now: Live<T> = { ...nothing, state: client.state, retry: readAgain };
  const apply = (event: ServerEvent): void => {
    try {
      set({ data: reduce?.(now.data as T, event) as T });
    } catch (error) {
      set({ error });
      readAgain();
    }
  };
  const stops = [
    client.on("*", (event) => {
      if (event.type === "resync" || !reduce || again) readAgain();
      else if (reading) missed.push(event as ServerEvent);
      else if (now.error !== undefined) readAgain();
      else apply(event as ServerEvent);
    }),
    client.on("state", ({ state }) => {
      set({ state });
      if (state === "open" && now.error !== undefined && !reading) readAgain();
    }),
  ];
  changed(now);
  void read();
  return () => {
    stopped = true;
    for (const stop of stops) stop();
    clearTimeout(due);
    reading?.abort();
    reading = undefined;
    again = false;
  };
}
