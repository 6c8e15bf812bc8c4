import { onAbort } from "./abort.js";
import type { ConnectionState } from "./connection.js";
import { BehindError, type ClosedError } from "./errors.js";
import type { Position } from "./follow.js";
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

/** Events were lost: whatever was built from events has to be read anew. What comes behind it is newer. */
export interface ResyncEvent {
  readonly type: "resync";
  /** The session whose events were lost; undefined: of any, since this client listens to all. */
  readonly session_id?: string | undefined;
  /** The session's present life. */
  readonly epoch?: string | undefined;
  /** Number of the session's newest event. */
  readonly last_seq?: number | undefined;
  /**
   * Why, in one word: what the server says, or `reconnected` (this client listens to all sessions, of which nothing can be fetched
   * later) or `invalid` (an event was not as the protocol says, and was left out).
   */
  readonly reason: string;
}

/** A connection that listens to one session has begun. */
export interface WelcomeEvent {
  readonly type: "welcome";
  /** The session. */
  readonly session_id: string;
  /** The session's present life. */
  readonly epoch: string;
  /** Number of the session's newest event. */
  readonly last_seq: number;
  /** The hash of the protocol that the server speaks. */
  readonly contract?: string;
  /** The events that were missed follow, if any were. */
  readonly resumed: boolean;
  /** Number of the first event that follows; absent if none was missed. */
  readonly from?: number;
  /** Number of the last event that follows because it was missed. */
  readonly to?: number;
  /** Why it was not resumed, in one word. */
  readonly reason?: string;
}

/** The server speaks another version of the protocol than this package. Said once for each that it speaks. */
export interface WarningEvent {
  readonly type: "warning";
  readonly reason: "contract";
  /** The hash of the protocol that this package speaks. */
  readonly ours: string;
  /** The hash of the protocol that the server speaks. */
  readonly theirs: string;
}

/** The connection's state has changed. */
export interface StateEvent {
  readonly type: "state";
  readonly state: ConnectionState;
  /** How the last socket ended; when `waiting`, `closing` or `closed`. */
  readonly error?: ClosedError | undefined;
  /** When `waiting`: after how many milliseconds it is tried again. */
  readonly delay?: number | undefined;
}

/** What is handed out in one order: the broadcasts, and that some were lost between them. */
export type StreamEvent = ServerEvent | ResyncEvent;

/** What can be listened to, by type. */
export type EventMap = { [T in BroadcastType]: EventOf<T> } & {
  /** Every broadcast, and every resync between them. */
  "*": StreamEvent;
  /** Events were lost: read the state anew. */
  resync: ResyncEvent;
  /** A connection that listens to one session has begun. */
  welcome: WelcomeEvent;
  /** The server speaks another version of the protocol. */
  warning: WarningEvent;
  /** The connection's state has changed. */
  state: StateEvent;
};

/** What is done with an event. What it throws, or rejects with if it is async, is told to `onError`. */
export type Listener<E> = (event: E) => void;

/** Ends a subscription. Calling it again does nothing. */
export type Unsubscribe = () => void;

type AnyEvent = EventMap[keyof EventMap];

/** An event's place in the order in which events came. */
export interface Mark {
  readonly index: number;
  /** The position of the session before the event. */
  readonly before: Position | undefined;
}

interface Marked {
  readonly event: StreamEvent;
  readonly mark: Mark;
}

/** How many events may wait: for the first consumer, and in a loop unless it says otherwise. */
const defaultLimit = 10_000;

/** These tell of the connection; whoever listens to them alone takes no events. */
const ofConnection = new Set(["welcome", "warning", "state"]);

/** Hands events to those who listen, in the order in which they began to. */
export class Events {
  readonly #listeners = new Map<string, Set<{ readonly call: Listener<never> }>>();
  readonly #streams = new Set<EventStream>();
  readonly #failed: (error: unknown) => void;
  readonly #running = new Set<Mark>(); // events whose async listeners have not settled, oldest first
  #held: Marked[] | undefined; // events that wait for the first consumer; undefined: nothing waits
  #left: Mark | undefined; // the oldest event that nobody took, since the last loop was left
  #index = 0;
  #over: { readonly error: ClosedError | undefined } | undefined; // how it ended

  /** failed is told what listeners throw. hold: events wait for the first consumer. */
  constructor(failed: (error: unknown) => void, hold: boolean) {
    this.#failed = failed;
    this.#held = hold ? [] : undefined;
  }

  /** Calls a listener for every event of a type, `*` for all. The same one may listen several times, and is then called as often. */
  on(type: string, call: Listener<never>): Unsubscribe {
    const all = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, all);
    const entry = { call };
    all.add(entry);
    if (!ofConnection.has(type)) this.#consumed();
    return () => void all.delete(entry);
  }

  /** A new stream; it takes part from now on. */
  stream(options: StreamOptions): EventStream {
    const stream: EventStream = new EventStream(options, () => {
      this.#streams.delete(stream);
      if (!this.#consumers()) this.#left ??= stream.oldest; // so that position stays before it
    });
    this.#streams.add(stream);
    if (options.signal?.aborted) void stream.return();
    else this.#consumed();
    if (this.#over) stream.end(this.#over.error);
    return stream;
  }

  /** Hands an event to the listeners of its type, then to those of all, then to the streams. before is the position before the event. */
  dispatch(event: StreamEvent, before: Position | undefined): void {
    const marked = { event, mark: { index: this.#index++, before } };
    if (this.#held) this.#hold(this.#held, marked);
    else this.#hand(marked);
  }

  /** Hands an event to the listeners of its type alone. */
  tell(event: AnyEvent): void {
    this.#tell(event.type, event);
  }

  /** The oldest event that has not been handed out to everybody; undefined: all have. */
  oldest(): Mark | undefined {
    const [running] = this.#running;
    let oldest = this.#left;
    for (const mark of [running, this.#held?.[0]?.mark, ...[...this.#streams].map((stream) => stream.oldest)]) {
      if (mark && !(oldest && oldest.index <= mark.index)) oldest = mark;
    }
    return oldest;
  }

  #hand({ event, mark }: Marked): void {
    this.#tell(event.type, event, mark);
    this.#tell("*", event, mark);
    for (const stream of [...this.#streams]) stream.push(event, mark);
  }

  #consumers(): boolean {
    return this.#streams.size > 0 || [...this.#listeners].some(([type, all]) => all.size > 0 && !ofConnection.has(type));
  }

  /** There is a consumer: hands out what has waited for one, once those who begin with it listen too. */
  #consumed(): void {
    this.#left = undefined;
    const held = this.#held;
    if (held === undefined) return;
    if (held.length === 0) {
      this.#held = undefined;
      return;
    }
    queueMicrotask(() => {
      if (this.#held !== held) return;
      this.#held = undefined;
      for (const marked of held) this.#hand(marked);
    });
  }

  #hold(held: Marked[], marked: Marked): void {
    const { event } = marked;
    if (held.length < defaultLimit) return void held.push(marked);
    const [{ mark }] = held as [Marked];
    const at = event as { readonly seq?: number; readonly last_seq?: number };
    const lost: ResyncEvent = { type: "resync", session_id: event.session_id, epoch: marked.mark.before?.epoch, last_seq: at.seq ?? at.last_seq, reason: "behind" };
    held.splice(0, Infinity, { event: lost, mark });
  }

  /** Ends every stream, those to come too, behind what waits in it: well, or with an error. */
  end(error: ClosedError | undefined): void {
    this.#over = { error };
    for (const stream of [...this.#streams]) stream.end(error);
  }

  #tell(type: string, event: AnyEvent, mark?: Mark): void {
    const all = this.#listeners.get(type);
    for (const entry of [...(all ?? [])]) {
      if (!all?.has(entry)) continue; // it has been taken away by the one before it
      try {
        const result: unknown = entry.call(event as never);
        if (isPromise(result)) void this.#settled(result, mark);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  /** Waits for an async listener. Until then its event is not handed out. */
  async #settled(result: PromiseLike<unknown>, mark: Mark | undefined): Promise<void> {
    const running = mark && { ...mark };
    if (running) this.#running.add(running);
    try {
      await result;
    } catch (error) {
      this.#failed(error);
    }
    if (running) this.#running.delete(running);
  }
}

/** What a stream of events may be given. */
export interface StreamOptions {
  /** Ends the loop: what waits is dropped, and nothing is thrown. */
  signal?: AbortSignal | undefined;
  /** How many events may wait to be taken, 10000 if not given. When there are more, the loop ends with a {@link BehindError}. */
  limit?: number | undefined;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

type Result = IteratorResult<StreamEvent, undefined>;

interface Waiter {
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

/** Events for `for await`, from the moment it was made. It can be read once. */
export class EventStream implements AsyncIterator<StreamEvent, undefined>, AsyncIterable<StreamEvent> {
  readonly #limit: number;
  readonly #leave: () => void;
  #events: Marked[] = [];
  #waiting: Waiter[] = [];
  #ended = false;
  #error: BehindError | ClosedError | undefined; // thrown once, after what waits

  constructor(options: StreamOptions, leave: () => void) {
    const { signal, limit = defaultLimit } = options;
    this.#limit = limit;
    const ignore = onAbort(signal, () => this.#drop());
    this.#leave = () => {
      ignore();
      leave();
    };
  }

  /** The oldest event that waits to be taken. */
  get oldest(): Mark | undefined {
    return this.#events[0]?.mark;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next event, when there is one. */
  next(): Promise<Result> {
    const first = this.#events.shift();
    if (this.#ended && this.#events.length === 0) this.#leave();
    if (first !== undefined) return Promise.resolve({ done: false, value: first.event });
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
  push(event: StreamEvent, mark: Mark): void {
    if (this.#ended) return;
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) return waiter.resolve({ done: false, value: event });
    if (this.#events.length < this.#limit) {
      this.#events.push({ event, mark });
      return;
    }
    const position = (this.#events[0]?.mark ?? mark).before;
    this.#events = [];
    this.end(new BehindError(this.#limit, position));
  }

  /** Ends the stream behind what waits. */
  end(error: BehindError | ClosedError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#events.length === 0) this.#leave(); // otherwise once what waits has been taken
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) this.#error = error;
    else if (error === undefined) first.resolve(done);
    else first.reject(error);
    for (const waiter of others) waiter.resolve(done);
  }

  #drop(): void {
    this.end(undefined);
    this.#leave(); // while the events that wait still say how far it got
    this.#events = [];
    this.#error = undefined;
  }
}
