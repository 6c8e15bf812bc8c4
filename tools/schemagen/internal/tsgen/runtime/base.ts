import { type CallOptions, Calls } from "./calls.js";
import { Connection, type ConnectionState, type Frame } from "./connection.js";
import { type ClosedError, ProtocolError } from "./errors.js";
import {
  type BroadcastType, Events, type EventStream, type Listener, type ServerEvent, type StreamOptions, type Unsubscribe,
} from "./events.js";
import { broadcastTypes, type Credentials, requestInfo, type Requests } from "./messages.js";
import { platformSocket, type SocketConstructor } from "./socket.js";

/** The type of a request, as on the wire. */
export type RequestType = keyof Requests & string;

/** The fields of a request. The credential may be left out where `connect` was given it. */
export type Params<T extends RequestType> = Requests[T] extends { request: infer R; credential: infer C extends keyof Requests[T]["request"] }
  ? Omit<R, C> & Partial<Pick<Requests[T]["request"], C>>
  : Requests[T]["request"];

/** What a request is answered. */
export type Answer<T extends RequestType> = Requests[T]["answer"];

/** How to connect. A credential is added to the requests that take one; it is never part of the URL. */
export interface ConnectOptions extends Credentials {
  /** What this client calls itself. A newer connection of the same client replaces an older one. */
  clientId: string;
  /** Listen to this session only. Without it, broadcasts of all sessions come. */
  sessionId?: string | undefined;
  /** Proves that a later connection of the same client is the same client. Part of the URL: never show that. */
  clientKey?: string | undefined;
  /** The WebSocket class, that of the platform if not given. Node has one from version 22; for others take the npm package `ws`. */
  WebSocket?: SocketConstructor | undefined;
  /** How long a call waits for its answer, in milliseconds; 10000 if not given, `Infinity` for ever. */
  timeout?: number | undefined;
  /**
   * Told what belongs to no call: refusals of no request in particular, frames that break the protocol, what listeners throw. If not
   * given, `console.error` is told.
   */
  onError?: ((error: unknown) => void) | undefined;
}

const frameTypes = new Set(Object.values(requestInfo).map((info) => info?.answerFrame));
const eventTypes = new Set<string>(broadcastTypes);

/**
 * A connection to the server, with its calls and its events.
 *
 * Calls may be made from the beginning: they wait until the connection is open, and are sent in the order in which they were made.
 */
export class BaseClient {
  /** Resolves when the connection is open; rejects with a {@link ClosedError} if it ends before. Nobody has to wait for it. */
  readonly opened: Promise<void>;
  /** Resolves when the connection has ended for good, with how it has. */
  readonly closed: Promise<ClosedError>;

  readonly #connection: Connection;
  readonly #calls: Calls;
  readonly #events: Events;
  readonly #options: ConnectOptions;
  #ended: ClosedError | undefined;

  constructor(url: string | URL, options: ConnectOptions) {
    this.#options = { ...options };
    this.#events = new Events((error) => this.#report(error));
    this.#calls = new Calls((text) => this.#connection.send(text));
    let opened!: () => void;
    let failed!: (error: ClosedError) => void;
    let closed!: (error: ClosedError) => void;
    this.opened = new Promise((resolve, reject) => ([opened, failed] = [resolve, reject]));
    this.opened.catch(() => {}); // whoever does not wait for it is told by closed and by every call
    this.closed = new Promise((resolve) => (closed = resolve));
    this.#connection = new Connection({
      opened: () => {
        this.#calls.flush();
        opened();
      },
      received: (frame) => this.#receive(frame),
      garbled: (error) => this.#report(error),
      ended: (error) => {
        this.#ended = error;
        failed(error);
        this.#calls.fail(error);
        this.#events.end(this.state === "closing" ? undefined : error);
      },
      closed,
    });
    this.#connection.open(new (options.WebSocket ?? platformSocket())(address(url, options)));
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#connection.state;
  }

  /**
   * Makes a request and waits for its answer.
   *
   * Rejects with a {@link RequestError} if the server refuses, a {@link TimeoutError} if it does not answer in time, a
   * {@link ClosedError} if the connection ends or has ended, and with the signal's reason when that is aborted.
   */
  request<T extends RequestType>(type: T, params: Params<T>, options: CallOptions = {}): Promise<Answer<T>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const info = requestInfo[type];
    const fields: { readonly [key: string]: unknown } = { ...params };
    const answer = this.#calls.add({
      type,
      answerFrame: info?.answerFrame,
      signal: options.signal,
      timeout: options.timeout ?? this.#options.timeout ?? 10_000,
      text: (id) => {
        const envelope = { type, request_id: id };
        const credential = info?.credential;
        const secret = credential === undefined ? {} : { [credential]: fields[credential] ?? this.#options[credential] };
        return JSON.stringify({ ...envelope, ...fields, ...secret, ...envelope });
      },
    });
    return answer as Promise<Answer<T>>;
  }

  /**
   * Calls a listener for every event of a type, or of any type if that is `*`, until the function that is returned is called.
   * Broadcasts of types that this package does not know are left out.
   */
  on<T extends BroadcastType>(type: T, listener: Listener<ServerEvent<T>>): Unsubscribe;
  on(type: "*", listener: Listener<ServerEvent>): Unsubscribe;
  on(type: string, listener: Listener<never>): Unsubscribe {
    return this.#events.on(type, listener as Listener<ServerEvent>);
  }

  /**
   * All events from this moment on, for `for await`. The loop ends when it is left, when the signal is aborted, and when `close` is
   * called; it throws a {@link ClosedError} when the connection ends otherwise, and a {@link BehindError} when too many events wait.
   */
  events(options: StreamOptions = {}): EventStream {
    return this.#events.stream(options);
  }

  /**
   * Closes the connection. Calls that wait are rejected with a {@link ClosedError} at once, and loops over events end. The promise
   * resolves as `closed` does; calling it again does nothing else. The code is 1000 or from 3000 to 4999; the reason has at most 123
   * bytes.
   */
  close(code = 1000, reason = ""): Promise<ClosedError> {
    this.#connection.close(code, reason);
    return this.closed;
  }

  #receive(frame: Frame): void {
    if (frame.type === "response") {
      this.#calls.settle(frame);
    } else if (frame.type === "error") {
      const error = this.#calls.refuse(frame);
      if (error !== undefined) this.#report(error);
    } else if (frameTypes.has(frame.type)) {
      this.#calls.keep(frame);
    } else if (eventTypes.has(frame.type)) {
      if (isEvent(frame)) this.#events.dispatch(frame);
      else this.#report(new ProtocolError(`a broadcast ${frame.type} has no data or no number`));
    }
  }

  #report(error: unknown): void {
    if (this.#options.onError === undefined) console.error(error);
    else this.#options.onError(error);
  }
}

function isEvent(frame: Frame): frame is Frame & ServerEvent {
  return typeof frame["data"] === "object" && frame["data"] !== null && typeof frame["seq"] === "number";
}

/** The address to connect to. In a browser it may be given relative to the page. */
function address(url: string | URL, options: ConnectOptions): string {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const full = new URL(url, page);
  full.protocol = full.protocol.replace(/^http/, "ws");
  for (const [name, value] of [["client_id", options.clientId], ["session_id", options.sessionId], ["client_key", options.clientKey]] as const) {
    if (value !== undefined) full.searchParams.set(name, value);
  }
  return full.href;
}
