import { type CallOptions, Calls } from "./calls.js";
import { Connection, type ConnectionState, type Frame, type Retry } from "./connection.js";
import { ClosedError, ProtocolError } from "./errors.js";
import {
  type EventMap, Events, type EventStream, type Listener, type StreamEvent, type StreamOptions, type Unsubscribe, type WelcomeEvent,
} from "./events.js";
import { Follower, type Position } from "./follow.js";
import { watchPlatform } from "./hints.js";
import { keptKey, type KeyStorage } from "./key.js";
import { announcesClose, broadcastTypes, contractHash, type Credentials, heartbeat, requestInfo, type Requests } from "./messages.js";
import { platformSocket, type SocketConstructor } from "./socket.js";
import type { Fault, Validator } from "./validate.js";

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
  /** Listen to this session only, and miss none of its events. Without it, broadcasts of all sessions come, as long as it is connected. */
  sessionId?: string | undefined;
  /**
   * Continue after this position of the session, as `position` gave it in an earlier life of the page. The events after it wait until the
   * first listener or loop; if too many wait, a resync takes their place.
   */
  since?: Position | undefined;
  /**
   * Proves that a later connection of the same client is the same client, so that a request that is sent again is carried out once.
   * If not given, one is made and kept in `storage`; null: none. 8 to 128 printable characters. Part of the URL: never show that.
   */
  clientKey?: string | null | undefined;
  /** Where the key is kept: `localStorage` if not given, and where there is none, as long as this process runs. */
  storage?: KeyStorage | undefined;
  /** The WebSocket class, that of the platform if not given. Node has one from version 22; for others take the npm package `ws`. */
  WebSocket?: SocketConstructor | undefined;
  /** How long a call waits for its answer, in milliseconds; 10000 if not given, `Infinity` for ever. */
  timeout?: number | undefined;
  /** How many calls may wait while there is no connection, 256 if not given. Further ones are refused with `queue_full`. */
  queueLimit?: number | undefined;
  /**
   * How long the server may be quiet until it is asked for a sign of life, in milliseconds; 15000 if not given, 0 or `Infinity`
   * for ever. It has a third of that to answer, and the same once more; then the connection is taken for dead.
   */
  heartbeat?: number | undefined;
  /** How often and how fast a lost connection is tried again. */
  retry?: Retry | undefined;
  /** Checks what comes in against the protocol: the `validators` of this package's entry `/validators`. If not given, nothing does. */
  validate?: Validator | undefined;
  /**
   * Told what belongs to no call: refusals of no request in particular, frames that break the protocol, what listeners throw. If not
   * given, `console.error` is told.
   */
  onError?: ((error: unknown) => void) | undefined;
}

const frameTypes = new Set(Object.values(requestInfo).map((info) => info?.answerFrame));
const eventTypes = new Set<string>(broadcastTypes);

/**
 * A connection to the server, with its calls and its events. It comes back by itself when it is lost, as far as the close code allows.
 *
 * Calls may be made at any time: they wait until the connection is open, and are sent in the order in which they were made. When it
 * is lost, those that have not been answered are sent again, under the same id.
 */
export class BaseClient {
  /** Resolves when the connection is open for the first time; rejects with a {@link ClosedError} if it ends before. Nobody has to wait for it. */
  readonly opened: Promise<void>;
  /** Resolves when the connection has ended for good, with how it has. */
  readonly closed: Promise<ClosedError>;
  /** Tells Vue to leave it as it is, in a `ref` too: what is private is out of reach for a proxy. */
  readonly __v_skip = true;

  readonly #connection: Connection;
  readonly #calls: Calls;
  readonly #events: Events;
  readonly #follower: Follower;
  readonly #options: ConnectOptions;
  #warned: unknown; // the hash that has been warned of
  #ended: ClosedError | undefined;

  constructor(url: string | URL, options: ConnectOptions) {
    const given = (this.#options = { ...options });
    const { sessionId, clientKey, clientId } = given;
    const Socket = given.WebSocket ?? platformSocket();
    const address = addressOf(url);
    const key = clientKey === undefined ? keptKey(`client_key ${address.host}${address.pathname} ${clientId}`, given.storage) : clientKey;
    this.#events = new Events((error) => void this.#report(error), sessionId !== undefined && given.since !== undefined);
    this.#follower = new Follower(given.since);
    this.#calls = new Calls((text) => this.#connection.send(text), key !== null, given.queueLimit ?? 256);
    let opened!: () => void;
    let failed!: (error: ClosedError) => void;
    this.opened = new Promise((resolve, reject) => ([opened, failed] = [resolve, reject]));
    this.opened.catch(() => {}); // whoever does not wait for it is told by closed and by every call
    let again = false;
    const ask = heartbeat === undefined ? undefined : (): void => void this.#connection.send(JSON.stringify({ type: heartbeat }));
    this.#connection = new Connection({
      socket: () => {
        const { position } = this.#follower;
        const at = sessionId === undefined ? undefined : position;
        const announce = announcesClose ? "true" : undefined;
        return new Socket(query(address, {
          client_id: clientId, session_id: sessionId, client_key: key, epoch: at?.epoch, after: at?.seq, announce_close: announce,
        }));
      },
      ask,
      opened: () => {
        this.#calls.flush();
        opened();
        if (sessionId !== undefined) return; // a welcome comes
        ask?.(); // which protocol it speaks
        if (again) this.#events.dispatch({ type: "resync", reason: "reconnected" }, undefined);
        again = true;
      },
      received: (frame) => this.#receive(frame),
      garbled: (error) => void this.#report(error),
      lost: (error) => this.#calls.lost(error),
      ended: (error) => {
        this.#ended = error;
        unwatch();
        failed(error);
        this.#calls.fail(error);
        this.#events.end(this.state === "closing" ? undefined : error);
      },
      changed: (state, error, delay) => this.#events.tell({ type: "state", state, error, delay }),
    }, given.heartbeat ?? 15_000, given.retry ?? {});
    this.closed = this.#connection.closed;
    this.#connection.open();
    const unwatch = watchPlatform((hint) => this.#connection.probe(hint));
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#connection.state;
  }

  /**
   * The newest event of the session that has been handed out: every listener has returned, the promises of async listeners have settled, and
   * every loop has taken it. Events that wait in a loop do not count. Keep it after an event has been processed, and give it as `since` to
   * a later client, which then misses nothing. Undefined without `sessionId`, and before the server has said where the session stands.
   */
  get position(): Position | undefined {
    const oldest = this.#events.oldest();
    return oldest ? oldest.before : this.#follower.position;
  }

  /**
   * Makes a request and waits for its answer.
   *
   * Rejects with a {@link ClientError} if the server refuses, a {@link TimeoutError} if it does not answer in time, a {@link ClosedError} if
   * the connection ends or has ended, and with the signal's reason when that is aborted. Without a `clientKey`, a request that changes
   * something is not sent again when the connection is lost: it is rejected with a ClosedError then, whose `outcome` is `unknown`.
   */
  request<T extends RequestType>(type: T, params: Params<T>, options: CallOptions = {}): Promise<Answer<T>> {
    if (this.#ended !== undefined) {
      const { closeCode, reason } = this.#ended;
      return Promise.reject(new ClosedError(closeCode, reason, { requestType: type, cause: this.#ended }));
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
          // JSON.stringify would send null, which stands for a field that is absent.
          if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${type}: ${name} is ${value}, which JSON does not have`);
          return value;
        });
      },
      check: (value) => wrong(`answer of ${type}`, this.#options.validate?.answer(type, value)),
    });
    return answer as Promise<Answer<T>>;
  }

  /**
   * Calls a listener for every event of a type until the function that is returned is called. Types are those of the broadcasts;
   * `*` for all of them, with `resync` between them; and `resync`, `welcome`, `warning` and `state`, which tell of the connection.
   * Broadcasts of types that this package does not know are left out.
   */
  on<T extends keyof EventMap>(type: T, listener: Listener<EventMap[T]>): Unsubscribe {
    return this.#events.on(type, listener as Listener<never>);
  }

  /**
   * All broadcasts from this moment on, and every resync between them, for `for await`. The loop goes on when the connection is lost and
   * comes back. It ends when it is left, when the signal is aborted, and when `close` is called; it throws a {@link ClosedError} when the
   * connection ends otherwise, and a {@link BehindError} when too many events wait.
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
    const { type } = frame;
    const fault = wrong(type, this.#options.validate?.frame(type, frame));
    if (fault) void this.#report(fault);
    if (type === "response") {
      this.#calls.settle(frame);
    } else if (type === "error") {
      const error = this.#calls.refuse(frame);
      if (error !== undefined) void this.#report(error);
    } else if (frameTypes.has(type)) {
      this.#compare(frame);
      this.#calls.keep(frame);
    } else if (eventTypes.has(type)) {
      if (isEvent(frame)) this.#broadcast(frame);
      else void this.#report(new ProtocolError(`a broadcast ${type} has no data or no number`));
    } else if (type === "welcome" || type === "resync") {
      this.#where(frame);
    } else if (type === "closing" && typeof frame["code"] === "number") {
      this.#connection.renew(String(frame["reason"] ?? ""), frame["code"]);
    }
  }

  #broadcast(event: Broadcast): void {
    const before = this.#follower.position;
    const turn = this.#options.sessionId === undefined ? "next" : this.#follower.turn(event.seq, event["prev_seq"]);
    if (turn === "old") return;
    if (turn === "gap") return this.#connection.renew(`events are missing before ${event.seq}`);
    const fault = wrong(event.type, this.#options.validate?.event(event.type, event.data));
    if (fault === undefined) return this.#events.dispatch(event as unknown as StreamEvent, before);
    void this.#report(fault);
    const { session_id, seq } = event;
    this.#events.dispatch({ type: "resync", session_id: String(session_id), epoch: before?.epoch, last_seq: seq, reason: "invalid" }, before);
  }

  /** Reads a frame that says where the session stands. */
  #where(frame: Frame): void {
    const at = this.#follower.read(frame);
    if (at === undefined) return void this.#report(new ProtocolError(`a ${frame.type} has no epoch or no number`));
    const before = this.#follower.position;
    let lost;
    if (frame.type === "welcome") {
      this.#compare(frame);
      lost = this.#follower.welcome(frame, at);
      this.#events.tell(frame as Frame & WelcomeEvent);
    } else {
      lost = this.#follower.resync(frame, at);
    }
    if (lost) this.#events.dispatch(lost, before);
  }

  /** Warns when the server speaks another protocol. */
  #compare(frame: Frame): void {
    const { contract: theirs } = frame;
    if (typeof theirs !== "string" || theirs === contractHash || theirs === this.#warned) return;
    this.#warned = theirs;
    this.#events.tell({ type: "warning", reason: "contract", ours: contractHash, theirs });
  }

  /** Async, so that what onError throws is a rejection that nobody handles, and keeps nothing from being handed out. */
  async #report(error: unknown): Promise<void> {
    (this.#options.onError ?? console.error)(error);
  }
}

/** A broadcast of whatever type; a protocol may have none. */
interface Broadcast extends Frame {
  readonly data: object;
  readonly seq: number;
}

function isEvent(frame: Frame): frame is Broadcast {
  return typeof frame["data"] === "object" && frame["data"] !== null && typeof frame["seq"] === "number";
}

function wrong(what: string, fault: Fault | undefined): ProtocolError | undefined {
  return fault && new ProtocolError(`the ${what} is not as the protocol says: ${fault.path} ${fault.message}`, { details: [fault] });
}

/** The address to connect to. In a browser it may be given relative to the page. */
function addressOf(url: string | URL): URL {
  const full = new URL(url, (globalThis as { location?: { href: string } }).location?.href);
  full.protocol = full.protocol.replace(/^http/, "ws");
  return full;
}

function query(address: URL, parameters: { readonly [name: string]: string | number | null | undefined }): string {
  const full = new URL(address);
  for (const [name, value] of Object.entries(parameters)) if (value != null) full.searchParams.set(name, String(value));
  return full.href;
}
