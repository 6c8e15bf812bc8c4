import { BehindError, type ClientError } from "./errors.js";
import type { Broadcasts } from "./messages.js";

/** The type of a broadcast, as on the wire. */
export type BroadcastType = keyof Broadcasts & string;

/** A broadcast of one type. */
export interface EventOf<T extends BroadcastType> {
  readonly type: T;
  /** What has happened. */
  readonly data: Broadcasts[T];
  /** Its number in its session, from 1 without gaps. */
  readonly seq: number;
  /** The session it happened in. */
  readonly session_id: string;
  /** When it happened, by the server's clock, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number;
  /** The number of the broadcast before this one, when some between them were merged into this one. */
  readonly prev_seq?: number;
}

/** A broadcast: of any type, told apart by `type`, or of those that are named. */
export type ServerEvent<T extends BroadcastType = BroadcastType> = { [K in T]: EventOf<K> }[T];

/** What is done with an event. */
export type Listener<E> = (event: E) => void;

/** Ends a subscription. Calling it again does nothing. */
export type Unsubscribe = () => void;

/** Hands events to those who listen, in the order in which they began to. */
export class Events {
  readonly #listeners = new Map<string, Set<{ readonly call: Listener<ServerEvent> }>>();
  readonly #streams = new Set<EventStream>();
  readonly #failed: (error: unknown) => void;
  #over: { readonly error: ClientError | undefined } | undefined; // how it ended

  /** failed is told what listeners throw. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Calls a listener for every event of a type, `*` for all. The same one may listen several times, and is then called as often. */
  on(type: string, call: Listener<ServerEvent>): Unsubscribe {
    const all = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, all);
    const entry = { call };
    all.add(entry);
    return () => {
      all.delete(entry);
    };
  }

  /** A new stream; it takes part from now on. */
  stream(options: StreamOptions): EventStream {
    const stream = new EventStream(options, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    if (options.signal?.aborted) void stream.return();
    if (this.#over) stream.end(this.#over.error);
    return stream;
  }

  /** Hands an event to the listeners of its type, then to those of all, then to the streams. */
  dispatch(event: ServerEvent): void {
    const { type } = event as { readonly type: string };
    for (const all of [this.#listeners.get(type), this.#listeners.get("*")]) {
      for (const entry of [...(all ?? [])]) {
        if (all?.has(entry)) this.#call(entry.call, event); // it may have been taken away by the one before it
      }
    }
    for (const stream of [...this.#streams]) stream.push(event);
  }

  /** Ends every stream, those to come too, behind what waits in it: well, or with an error. */
  end(error: ClientError | undefined): void {
    this.#over = { error };
    for (const stream of [...this.#streams]) stream.end(error);
  }

  #call(call: Listener<ServerEvent>, event: ServerEvent): void {
    try {
      call(event);
    } catch (error) {
      this.#failed(error);
    }
  }
}

/** What a stream of events may be given. */
export interface StreamOptions {
  /** Ends the loop: what waits is dropped, and nothing is thrown. */
  signal?: AbortSignal | undefined;
  /** How many events may wait to be taken, 10000 if not given. When there are more, the loop ends with a {@link BehindError}. */
  limit?: number | undefined;
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

type Result = IteratorResult<ServerEvent, undefined>;

interface Waiter {
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

/** Events for `for await`, from the moment it was made. It can be read once. */
export class EventStream implements AsyncIterator<ServerEvent, undefined>, AsyncIterable<ServerEvent> {
  readonly #limit: number;
  readonly #leave: () => void;
  #events: ServerEvent[] = [];
  #waiting: Waiter[] = [];
  #ended = false;
  #error: ClientError | undefined; // thrown once, after what waits

  constructor(options: StreamOptions, leave: () => void) {
    const { signal, limit = 10_000 } = options;
    const aborted = (): void => this.#drop();
    this.#limit = limit;
    this.#leave = () => {
      signal?.removeEventListener("abort", aborted);
      leave();
    };
    signal?.addEventListener("abort", aborted);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next event, when there is one. */
  next(): Promise<Result> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) return Promise.reject(error);
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends the stream; `for await` calls it when it is left. */
  return(): Promise<Result> {
    this.#drop();
    return Promise.resolve(done);
  }

  /** Adds an event. */
  push(event: ServerEvent): void {
    if (this.#ended) return;
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) return waiter.resolve({ done: false, value: event });
    if (this.#events.length < this.#limit) {
      this.#events.push(event);
      return;
    }
    this.#events = [];
    this.end(new BehindError(this.#limit));
  }

  /** Ends the stream behind what waits. */
  end(error: ClientError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) this.#error = error;
    else if (error === undefined) first.resolve(done);
    else first.reject(error);
    for (const waiter of others) waiter.resolve(done);
  }

  #drop(): void {
    this.#events = [];
    this.end(undefined);
    this.#error = undefined;
  }
}
