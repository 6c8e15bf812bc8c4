import type { BaseClient } from "./base.js";
import type { ConnectionState } from "./connection.js";
import type { ServerEvent } from "./events.js";

/** Data that is kept current. */
export interface Live<T> {
  /** The data; undefined until it has been read for the first time. */
  readonly data: T | undefined;
  /** Why it could not be read the last time; undefined if it could. */
  readonly error: unknown;
  /** It is being read. What is in `data` meanwhile is what was there before. */
  readonly loading: boolean;
  /** Where the connection stands. */
  readonly state: ConnectionState;
}

/** Reads data. The signal is aborted when the data is not needed any more. */
export type Load<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Brings data up to date with an event. An event that happened while the data was read may be in it already: setting what the event
 * tells of, rather than adding to it, is right in both cases.
 */
export type Reduce<T> = (data: T, event: ServerEvent) => T;

/** The shortest time from one reading to the next, in milliseconds: whatever happens, a server is not asked without end. */
const pace = 100;

/** What data is before anything is known of it. */
export const nothing: Live<never> = { data: undefined, error: undefined, loading: true, state: "connecting" };

/**
 * Keeps data current until the function that is returned is called: reads it, brings it up to date with each event, and reads it anew
 * when events were lost. Without reduce it is read anew at each event. However much happens while it is read, there is one more
 * reading behind it, and ten in a second at most. changed is called with what is new, at first at once.
 */
export function live<T>(client: BaseClient, load: Load<T>, reduce: Reduce<T> | undefined, changed: (now: Live<T>) => void): () => void {
  let now: Live<T> = { ...nothing, state: client.state };
  let reading: AbortController | undefined;
  let missed: ServerEvent[] = []; // while it is read
  let again = false; // something has happened that what is being read may not have, and that missed does not tell
  let begun = 0; // the last reading
  let due: ReturnType<typeof setTimeout> | undefined; // the next
  const set = (part: Partial<Live<T>>): void => changed((now = { ...now, ...part }));
  const read = async (): Promise<void> => {
    const mine = (reading = new AbortController());
    [missed, again, due, begun] = [[], false, undefined, Date.now()];
    set({ loading: true });
    let part: Partial<Live<T>>;
    try {
      const data = await load(mine.signal);
      part = { data: reduce && !again ? missed.reduce<T>((all, event) => reduce(all, event), data) : data, error: undefined };
    } catch (error) {
      part = { error };
    }
    if (reading !== mine) return; // nobody wants it any more
    reading = undefined;
    set({ ...part, loading: again });
    if (again) readAgain();
  };
  const readAgain = (): void => {
    again = true;
    if (reading || due !== undefined) return;
    const rest = Math.min(begun + pace - Date.now(), pace); // less than that unless somebody has set the clock
    if (rest <= 0) return void read();
    due = setTimeout(() => void read(), rest);
    if (!now.loading) set({ loading: true });
  };
  const stops = [
    client.on("*", (event) => {
      if (event.type === "resync" || !reduce || again) readAgain();
      else if (reading) missed.push(event as ServerEvent);
      else if (now.error !== undefined) readAgain();
      else set({ data: reduce(now.data as T, event as ServerEvent) });
    }),
    client.on("state", ({ state }) => {
      set({ state });
      if (state === "open" && now.error !== undefined && !reading) readAgain();
    }),
  ];
  void read();
  return () => {
    for (const stop of stops) stop();
    clearTimeout(due);
    reading?.abort();
    reading = undefined;
    again = false;
  };
}
