import { onAbort } from "./abort.js";
import type { ConnectionState } from "./connection.js";
import { BehindError, type ClosedError } from "./errors.js";
import type { Position } from "./positionTracker.js";
import type { Broadcasts } from "./messages.js";

/** The wire type of a broadcast. */
export type BroadcastType = keyof Broadcasts & string;

/** A broadcast of one type. */
export interface EventOf<T extends BroadcastType> {
  readonly type: T;
  /** The content of the broadcast. */
  readonly data: Broadcasts[T];
  /** Its sequence number in the session, from 1 without gaps. */
  readonly seq: number;
  /** The session. */
  readonly session_id: string;
  /** The time of the event by the server's clock, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number;
  /**
   * The sequence number of the previous broadcast, if broadcasts between the two were merged into
   * this one.
   */
  readonly prev_seq?: number;
}

/** A broadcast of any type, or of the given types. `type` distinguishes them. */
export type ServerEvent<T extends BroadcastType = BroadcastType> = { [K in T]: EventOf<K> }[T];

/** Events were lost: read the state again. Later events are newer than the lost ones. */
export interface ResyncEvent {
  readonly type: "resync";
  /** The session of the lost events; undefined: any session, because this client receives all. */
  readonly session_id?: string | undefined;
  /** The session's present epoch. */
  readonly epoch?: string | undefined;
  /** The sequence number of the session's newest event. */
  readonly last_seq?: number | undefined;
  /**
   * The reason in one word: that of the server, or `reconnected` (the client receives all sessions
   * and cannot fetch missed events), `invalid` (an event did not match the protocol and was
   * dropped) or `behind` (too many events waited for the first listener).
   */
  readonly reason: string;
}

/** A connection for one session is open. */
export interface WelcomeEvent {
  readonly type: "welcome";
  /** The session. */
  readonly session_id: string;
  /** The session's present epoch. */
  readonly epoch: string;
  /** The sequence number of the session's newest event. */
  readonly last_seq: number;
  /** The hash of the server's protocol. */
  readonly contract?: string;
  /** The connection was resumed: missed events, if any, follow. */
  readonly resumed: boolean;
  /** The sequence number of the first missed event that follows; absent if none was missed. */
  readonly from?: number;
  /** The sequence number of the last missed event that follows. */
  readonly to?: number;
  /** Why the connection was not resumed, in one word. */
  readonly reason?: string;
}

/** The server has another version of the protocol than this package. Sent once for each version. */
export interface WarningEvent {
  readonly type: "warning";
  readonly reason: "contract";
  /** The hash of this package's protocol. */
  readonly ours: string;
  /** The hash of the server's protocol. */
  readonly theirs: string;
}

/** The connection's state has changed. */
export interface StateEvent {
  readonly type: "state";
  readonly state: ConnectionState;
  /** How the last socket ended; in the states `waiting`, `closing` and `closed`. */
  readonly error?: ClosedError | undefined;
  /** In the state `waiting`: the pause before the next attempt, in milliseconds. */
  readonly delay?: number | undefined;
}

/** The events that are delivered in one order: the broadcasts, and resyncs between them. */
export type StreamEvent = ServerEvent | ResyncEvent;

/** All events, by type. */
export type EventMap = { [T in BroadcastType]: EventOf<T> } & {
  /** Every broadcast, with every resync between them. */
  "*": StreamEvent;
  /** Events were lost: read the state again. */
  resync: ResyncEvent;
  /** A connection for one session is open. */
  welcome: WelcomeEvent;
  /** The server has another version of the protocol. */
  warning: WarningEvent;
  /** The connection's state has changed. */
  state: StateEvent;
};

/** Handles an event. `onError` receives what it throws, and the rejection of an async listener. */
export type Listener<E> = (event: E) => void;

/** Ends a subscription. Further calls have no effect. */
export type Unsubscribe = () => void;

type AnyEvent = EventMap[keyof EventMap];

/** The place of an event in the order of arrival. */
export interface EventMark {
  readonly index: number;
  /** The position of the session before the event. */
  readonly before: Position | undefined;
}

interface QueuedEvent {
  readonly event: StreamEvent;
  readonly mark: EventMark;
}

/** How many events may wait: for the first consumer, and by default in a loop. */
const defaultLimit = 10_000;

/** Events of the connection. Listeners of these alone do not consume broadcasts. */
const connectionEvents = new Set(["welcome", "warning", "state"]);

/** Delivers events to listeners, in the order of their subscription, and to streams. */
export class Events {
  readonly #listeners = new Map<string, Set<{ readonly call: Listener<never> }>>();
  readonly #streams = new Set<EventStream>();
  readonly #onError: (error: unknown) => void;
  readonly #running = new Set<EventMark>(); // events whose async listeners have not settled, oldest first
  #buffered: QueuedEvent[] | undefined; // events that wait for the first consumer; undefined: events are not buffered
  #abandoned: EventMark | undefined; // the oldest event that nobody took after the last loop was left
  #index = 0;
  #ended: { readonly error: ClosedError | undefined } | undefined; // how it ended; undefined: it has not

  /** onError receives the errors of listeners. buffer: events wait for the first consumer. */
  constructor(onError: (error: unknown) => void, buffer: boolean) {
    this.#onError = onError;
    this.#buffered = buffer ? [] : undefined;
  }

  /**
   * Calls a listener for every event of a type; `*` for all. A listener that is added several times
   * is called as often.
   */
  on(type: string, call: Listener<never>): Unsubscribe {
    const all = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, all);
    const entry = { call };
    all.add(entry);
    if (!connectionEvents.has(type)) this.#releaseBuffer();
    return () => void all.delete(entry);
  }

  /** Creates a stream of the events from now on. */
  stream(options: StreamOptions): EventStream {
    const stream: EventStream = new EventStream(options, () => {
      this.#streams.delete(stream);
      if (!this.#hasConsumers()) this.#abandoned ??= stream.oldest; // so that position stays before it
    });
    this.#streams.add(stream);
    if (options.signal?.aborted) void stream.return();
    else this.#releaseBuffer();
    if (this.#ended) stream.end(this.#ended.error);
    return stream;
  }

  /**
   * Delivers an event to the listeners of its type, then to those of `*`, then to the streams.
   * before is the position before the event.
   */
  dispatch(event: StreamEvent, before: Position | undefined): void {
    const queued = { event, mark: { index: this.#index++, before } };
    if (this.#buffered) this.#buffer(this.#buffered, queued);
    else this.#deliver(queued);
  }

  /** Delivers an event only to the listeners of its type. */
  notify(event: AnyEvent): void {
    this.#notify(event.type, event);
  }

  /** The oldest event that not every consumer has processed; undefined: all have. */
  oldest(): EventMark | undefined {
    const [running] = this.#running;
    let oldest = this.#abandoned;
    for (const mark of [running, this.#buffered?.[0]?.mark, ...[...this.#streams].map((stream) => stream.oldest)]) {
      if (mark && !(oldest && oldest.index <= mark.index)) oldest = mark;
    }
    return oldest;
  }

  #deliver({ event, mark }: QueuedEvent): void {
    this.#notify(event.type, event, mark);
    this.#notify("*", event, mark);
    for (const stream of [...this.#streams]) stream.push(event, mark);
  }

  #hasConsumers(): boolean {
    return this.#streams.size > 0 || [...this.#listeners].some(([type, all]) => all.size > 0 && !connectionEvents.has(type));
  }

  /**
   * A consumer exists: delivers the buffered events in a microtask, so that consumers added
   * together get all of them.
   */
  #releaseBuffer(): void {
    this.#abandoned = undefined;
    const buffered = this.#buffered;
    if (buffered === undefined) return;
    if (buffered.length === 0) {
      this.#buffered = undefined;
      return;
    }
    queueMicrotask(() => {
      if (this.#buffered !== buffered) return;
      this.#buffered = undefined;
      for (const queued of buffered) this.#deliver(queued);
    });
  }

  #buffer(buffered: QueuedEvent[], queued: QueuedEvent): void {
    const { event } = queued;
    if (buffered.length < defaultLimit) return void buffered.push(queued);
    const [{ mark }] = buffered as [QueuedEvent];
    const at = event as { readonly seq?: number; readonly last_seq?: number };
    const lost: ResyncEvent = { type: "resync", session_id: event.session_id, epoch: queued.mark.before?.epoch, last_seq: at.seq ?? at.last_seq, reason: "behind" };
    buffered.splice(0, Infinity, { event: lost, mark });
  }

  /** Ends every stream, and later ones, after their waiting events: normally, or with an error. */
  end(error: ClosedError | undefined): void {
    this.#ended = { error };
    for (const stream of [...this.#streams]) stream.end(error);
  }

  #notify(type: string, event: AnyEvent, mark?: EventMark): void {
    const all = this.#listeners.get(type);
    for (const entry of [...(all ?? [])]) {
      if (!all?.has(entry)) continue; // an earlier listener has removed it
      try {
        const result: unknown = entry.call(event as never);
        if (isPromise(result)) void this.#awaitListener(result, mark);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** Waits for an async listener. Its event counts as unprocessed until then. */
  async #awaitListener(result: PromiseLike<unknown>, mark: EventMark | undefined): Promise<void> {
    const running = mark && { ...mark };
    if (running) this.#running.add(running);
    try {
      await result;
    } catch (error) {
      this.#onError(error);
    }
    if (running) this.#running.delete(running);
  }
}

/** Options of a stream of events. */
export interface StreamOptions {
  /** Ends the loop: waiting events are dropped, and nothing is thrown. */
  signal?: AbortSignal | undefined;
  /**
   * How many events may wait. The default is 10000. If there are more, the loop ends with a {@link
   * BehindError}.
   */
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

/** Events for `for await`, from its creation on. It can be read once. */
export class EventStream implements AsyncIterator<StreamEvent, undefined>, AsyncIterable<StreamEvent> {
  readonly #limit: number;
  readonly #onEnd: () => void;
  #events: QueuedEvent[] = [];
  #waiting: Waiter[] = [];
  #ended = false;
  #error: BehindError | ClosedError | undefined; // thrown once, after the waiting events

  constructor(options: StreamOptions, onEnd: () => void) {
    const { signal, limit = defaultLimit } = options;
    this.#limit = limit;
    const stopAbort = onAbort(signal, () => this.#drop());
    this.#onEnd = () => {
      stopAbort();
      onEnd();
    };
  }

  /** The oldest waiting event. */
  get oldest(): EventMark | undefined {
    return this.#events[0]?.mark;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Waits for the next event. */
  next(): Promise<Result> {
    const first = this.#events.shift();
    if (this.#ended && this.#events.length === 0) this.#onEnd();
    if (first !== undefined) return Promise.resolve({ done: false, value: first.event });
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) return Promise.reject(error);
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends the stream. `for await` calls it when the loop is left. */
  return(): Promise<Result> {
    this.#drop();
    return Promise.resolve(done);
  }

  /** Adds an event. */
  push(event: StreamEvent, mark: EventMark): void {
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

  /** Ends the stream after the waiting events. */
  end(error: BehindError | ClosedError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#events.length === 0) this.#onEnd(); // otherwise after the waiting events have been taken
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) this.#error = error;
    else if (error === undefined) first.resolve(done);
    else first.reject(error);
    for (const waiter of others) waiter.resolve(done);
  }

  #drop(): void {
    this.end(undefined);
    this.#onEnd(); // before the waiting events are dropped, because they determine position
    this.#events = [];
    this.#error = undefined;
  }
}
