import { type CallOptions, Calls } from "./calls.js";
import { Connection, type ConnectionState, type Frame, type Retry } from "./connection.js";
import { ClosedError, ProtocolError } from "./errors.js";
import {
  type EventMap, Events, type EventStream, type Listener, type StreamEvent, type StreamOptions, type Unsubscribe, type WelcomeEvent,
} from "./events.js";
import { PositionTracker, type Position } from "./positionTracker.js";
import { onNetworkEvent } from "./platformEvents.js";
import { loadKey, type KeyStorage } from "./clientKey.js";
import { announcesClose, broadcastTypes, contractHash, type Credentials, heartbeat, requestInfo, type Requests } from "./messages.js";
import { platformSocket, type SocketConstructor } from "./socket.js";
import type { Fault, Validator } from "./validate.js";

/** The wire type of a request. */
export type RequestType = keyof Requests & string;

/** The fields of a request. The credential is optional if it was passed to `connect`. */
export type Params<T extends RequestType> = Requests[T] extends { request: infer R; credential: infer C extends keyof Requests[T]["request"] }
  ? Omit<R, C> & Partial<Pick<Requests[T]["request"], C>>
  : Requests[T]["request"];

/** The answer to a request. */
export type Answer<T extends RequestType> = Requests[T]["answer"];

/**
 * Options of `connect`. A credential is added to the requests that take it. It is never part of the
 * URL.
 */
export interface ConnectOptions extends Credentials {
  /** Identifies this client. A newer connection of the same client replaces an older one. */
  clientId: string;
  /**
   * Receive only the events of this session, and miss none. Without it, the client receives the
   * broadcasts of all sessions while it is connected.
   */
  sessionId?: string | undefined;
  /**
   * Continue after this position of the session: a value of `position` that was saved earlier, for
   * example before the page was reloaded. The events after it are buffered until the first listener
   * or loop exists. If too many are buffered, a resync replaces them.
   */
  since?: Position | undefined;
  /**
   * A secret that shows that a later connection belongs to the same client. With it, the server
   * carries out a request once even if the client sends it again. If it is undefined, the client
   * generates a key and keeps it in `storage`. null: no key. 8 to 128 printable characters. It is
   * part of the URL, so never show the URL.
   */
  clientKey?: string | null | undefined;
  /**
   * Where the key is kept. The default is `localStorage`, or the memory of the process if there is
   * none.
   */
  storage?: KeyStorage | undefined;
  /**
   * The WebSocket class. The default is that of the platform. Node has one since version 22; for
   * older versions pass that of the npm package `ws`.
   */
  WebSocket?: SocketConstructor | undefined;
  /**
   * How long a call waits for its answer, in milliseconds. The default is 10000; `Infinity` waits
   * without limit.
   */
  timeout?: number | undefined;
  /**
   * How many calls may wait while there is no connection. The default is 256. Further calls fail
   * with `queue_full`.
   */
  queueLimit?: number | undefined;
  /**
   * The time without incoming frames after which the client pings the server, in milliseconds. The
   * default is 15000; 0 or `Infinity` turns the heartbeat off. The client pings a second time after
   * another third of it, and drops the connection after one more third.
   */
  heartbeat?: number | undefined;
  /** How often and how fast the client reconnects after it has lost the connection. */
  retry?: Retry | undefined;
  /**
   * Checks incoming frames against the protocol: pass the `validators` of the entry `/validators`.
   * Without it, nothing is checked.
   */
  validate?: Validator | undefined;
  /**
   * Receives errors that belong to no call: refusals without a known request, frames that break the
   * protocol, and errors thrown by listeners. The default is `console.error`.
   */
  onError?: ((error: unknown) => void) | undefined;
}

const answerFrameTypes = new Set(Object.values(requestInfo).map((info) => info?.answerFrame));
const broadcastTypeSet = new Set<string>(broadcastTypes);

/**
 * A connection to the server, with its calls and events. It reconnects automatically unless the
 * close code forbids it.
 *
 * Calls can be made at any time. They wait until the connection is open and are sent in the order
 * in which they were made. After a reconnection, the client sends unanswered calls again under the
 * same id.
 */
export class BaseClient {
  /**
   * Resolves when the connection is open for the first time. Rejects with a {@link ClosedError} if
   * the connection ends before. You do not have to wait for it.
   */
  readonly opened: Promise<void>;
  /** Resolves when the connection has ended for good, with the reason. */
  readonly closed: Promise<ClosedError>;
  /**
   * Makes Vue leave the object unchanged, in a `ref` too, because a proxy cannot access private
   * fields.
   */
  readonly __v_skip = true;

  readonly #connection: Connection;
  readonly #calls: Calls;
  readonly #events: Events;
  readonly #tracker: PositionTracker;
  readonly #options: ConnectOptions;
  #warnedHash: unknown; // the last hash for which a warning was sent
  #closedError: ClosedError | undefined;

  constructor(url: string | URL, options: ConnectOptions) {
    const given = (this.#options = { ...options });
    const { sessionId, clientKey, clientId } = given;
    const Socket = given.WebSocket ?? platformSocket();
    const address = webSocketURL(url);
    const key = clientKey === undefined ? loadKey(`client_key ${address.host}${address.pathname} ${clientId}`, given.storage) : clientKey;
    this.#events = new Events((error) => void this.#report(error), sessionId !== undefined && given.since !== undefined);
    this.#tracker = new PositionTracker(given.since);
    this.#calls = new Calls((text) => this.#connection.send(text), key !== null, given.queueLimit ?? 256);
    let opened!: () => void;
    let failed!: (error: ClosedError) => void;
    this.opened = new Promise((resolve, reject) => ([opened, failed] = [resolve, reject]));
    this.opened.catch(() => {}); // an unused promise must not be an unhandled rejection
    let reconnected = false;
    const ping = heartbeat === undefined ? undefined : (): void => void this.#connection.send(JSON.stringify({ type: heartbeat }));
    this.#connection = new Connection({
      socket: () => {
        const { position } = this.#tracker;
        const resume = sessionId === undefined ? undefined : position;
        const announce = announcesClose ? "true" : undefined;
        return new Socket(withQuery(address, {
          client_id: clientId, session_id: sessionId, client_key: key, epoch: resume?.epoch, after: resume?.seq, announce_close: announce,
        }));
      },
      ping,
      opened: () => {
        this.#calls.flush();
        opened();
        if (sessionId !== undefined) return; // a welcome follows
        ping?.(); // the pong has the hash of the server's protocol
        if (reconnected) this.#events.dispatch({ type: "resync", reason: "reconnected" }, undefined);
        reconnected = true;
      },
      received: (frame) => this.#receive(frame),
      invalidFrame: (error) => void this.#report(error),
      lost: (error) => this.#calls.lost(error),
      ended: (error) => {
        this.#closedError = error;
        stopNetworkEvents();
        failed(error);
        this.#calls.fail(error);
        this.#events.end(this.state === "closing" ? undefined : error);
      },
      changed: (state, error, delay) => this.#events.notify({ type: "state", state, error, delay }),
    }, given.heartbeat ?? 15_000, given.retry ?? {});
    this.closed = this.#connection.closed;
    this.#connection.open();
    const stopNetworkEvents = onNetworkEvent((event) => this.#connection.probe(event));
  }

  /** The state of the connection. */
  get state(): ConnectionState {
    return this.#connection.state;
  }

  /**
   * The position after the newest event that has been processed: every listener has returned, the
   * promises of async listeners have settled, and every loop has taken it. Events that wait in a
   * loop do not count. Save it after an event has been processed and pass it as `since` to a later
   * client. That client then misses nothing. Undefined without `sessionId`, and before the server
   * has sent the session's position.
   */
  get position(): Position | undefined {
    const oldest = this.#events.oldest();
    return oldest ? oldest.before : this.#tracker.position;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * Rejects with a {@link ClientError} if the server refuses, a {@link TimeoutError} if no answer
   * arrives in time, a {@link ClosedError} if the connection ends or has ended, and with the
   * signal's reason if the signal is aborted. Without a `clientKey`, the client does not send a
   * request that changes state again after it has lost the connection. It then rejects with a
   * ClosedError whose `outcome` is `unknown`.
   */
  request<T extends RequestType>(type: T, params: Params<T>, options: CallOptions = {}): Promise<Answer<T>> {
    if (this.#closedError !== undefined) {
      const { closeCode, reason } = this.#closedError;
      return Promise.reject(new ClosedError(closeCode, reason, { requestType: type, cause: this.#closedError }));
    }
    const { credential, answerFrame, mutates = false } = requestInfo[type] ?? {};
    const fields: { readonly [key: string]: unknown } = { ...params };
    const answer = this.#calls.add({
      type,
      answerFrame,
      mutates,
      signal: options.signal,
      timeout: options.timeout ?? this.#options.timeout ?? 10_000,
      text: (id) => {
        const envelope = { type, request_id: id };
        const secret = credential === undefined ? {} : { [credential]: fields[credential] ?? this.#options[credential] };
        return JSON.stringify({ ...envelope, ...fields, ...secret, ...envelope }, (name, value: unknown) => {
          // JSON.stringify would send null, which counts as absent.
          if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${type}: ${name} is ${value}, which JSON does not have`);
          return value;
        });
      },
      check: (value) => validationError(`answer of ${type}`, this.#options.validate?.answer(type, value)),
    });
    return answer as Promise<Answer<T>>;
  }

  /**
   * Calls a listener for every event of a type until the returned function is called. The types
   * are: those of the broadcasts; `*` for all broadcasts, with `resync` between them; and `resync`,
   * `welcome`, `warning` and `state`, which concern the connection. Broadcasts of types that this
   * package does not know are ignored.
   */
  on<T extends keyof EventMap>(type: T, listener: Listener<EventMap[T]>): Unsubscribe {
    return this.#events.on(type, listener as Listener<never>);
  }

  /**
   * All broadcasts from now on, with every resync between them, for `for await`. The loop continues
   * after a reconnection. It ends when it is left, when the signal is aborted, and when `close` is
   * called. It throws a {@link ClosedError} if the connection ends for another reason, and a {@link
   * BehindError} if too many events wait.
   */
  events(options: StreamOptions = {}): EventStream {
    return this.#events.stream(options);
  }

  /**
   * Closes the connection. Waiting calls are rejected with a {@link ClosedError} at once, and loops
   * over events end. The promise resolves like `closed`. Further calls have no effect. The code
   * must be 1000 or from 3000 to 4999; the reason has at most 123 bytes.
   */
  close(code = 1000, reason = ""): Promise<ClosedError> {
    this.#connection.close(code, reason);
    return this.closed;
  }

  #receive(frame: Frame): void {
    const { type } = frame;
    const fault = validationError(type, this.#options.validate?.frame(type, frame));
    if (fault) void this.#report(fault);
    if (type === "response") {
      this.#calls.settle(frame);
    } else if (type === "error") {
      const error = this.#calls.refuse(frame);
      if (error !== undefined) void this.#report(error);
    } else if (answerFrameTypes.has(type)) {
      this.#checkContract(frame);
      this.#calls.keep(frame);
    } else if (broadcastTypeSet.has(type)) {
      if (isBroadcast(frame)) this.#broadcast(frame);
      else void this.#report(new ProtocolError(`a broadcast ${type} has no data or no seq`));
    } else if (type === "welcome" || type === "resync") {
      this.#readPosition(frame);
    } else if (type === "closing" && typeof frame["code"] === "number") {
      this.#connection.drop(String(frame["reason"] ?? ""), frame["code"]);
    }
  }

  #broadcast(event: Broadcast): void {
    const before = this.#tracker.position;
    const turn = this.#options.sessionId === undefined ? "next" : this.#tracker.turn(event.seq, event["prev_seq"]);
    if (turn === "old") return;
    if (turn === "gap") return this.#connection.drop(`events are missing before ${event.seq}`);
    const fault = validationError(event.type, this.#options.validate?.event(event.type, event.data));
    if (fault === undefined) return this.#events.dispatch(event as unknown as StreamEvent, before);
    void this.#report(fault);
    const { session_id, seq } = event;
    this.#events.dispatch({ type: "resync", session_id: String(session_id), epoch: before?.epoch, last_seq: seq, reason: "invalid" }, before);
  }

  /** Handles a frame with the session's position. */
  #readPosition(frame: Frame): void {
    const position = this.#tracker.read(frame);
    if (position === undefined) return void this.#report(new ProtocolError(`a ${frame.type} has no epoch or no last_seq`));
    const before = this.#tracker.position;
    let lost;
    if (frame.type === "welcome") {
      this.#checkContract(frame);
      lost = this.#tracker.welcome(frame, position);
      this.#events.notify(frame as Frame & WelcomeEvent);
    } else {
      lost = this.#tracker.resync(frame, position);
    }
    if (lost) this.#events.dispatch(lost, before);
  }

  /** Warns if the server has another version of the protocol. */
  #checkContract(frame: Frame): void {
    const { contract: theirs } = frame;
    if (typeof theirs !== "string" || theirs === contractHash || theirs === this.#warnedHash) return;
    this.#warnedHash = theirs;
    this.#events.notify({ type: "warning", reason: "contract", ours: contractHash, theirs });
  }

  /**
   * Async, so that an error thrown by onError is an unhandled rejection and does not stop the
   * delivery of events.
   */
  async #report(error: unknown): Promise<void> {
    (this.#options.onError ?? console.error)(error);
  }
}

/** A broadcast of any type. A protocol may have none. */
interface Broadcast extends Frame {
  readonly data: object;
  readonly seq: number;
}

function isBroadcast(frame: Frame): frame is Broadcast {
  return typeof frame["data"] === "object" && frame["data"] !== null && typeof frame["seq"] === "number";
}

function validationError(what: string, fault: Fault | undefined): ProtocolError | undefined {
  return fault && new ProtocolError(`the ${what} does not match the protocol: ${fault.path} ${fault.message}`, { details: [fault] });
}

/** The URL to connect to. In a browser, it may be relative to the page. */
function webSocketURL(url: string | URL): URL {
  const full = new URL(url, (globalThis as { location?: { href: string } }).location?.href);
  full.protocol = full.protocol.replace(/^http/, "ws");
  return full;
}

function withQuery(address: URL, parameters: { readonly [name: string]: string | number | null | undefined }): string {
  const full = new URL(address);
  for (const [name, value] of Object.entries(parameters)) if (value != null) full.searchParams.set(name, String(value));
  return full.href;
}
