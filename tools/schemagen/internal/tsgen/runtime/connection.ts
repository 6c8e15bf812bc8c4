import { ClosedError, ProtocolError } from "./errors.js";
import { Heartbeat } from "./heartbeat.js";
import type { NetworkEvent } from "./platformEvents.js";
import { listen, type Socket } from "./socket.js";

/**
 * The state of a connection.
 *
 * - `connecting`: requests wait until the connection is open
 * - `open`: requests are sent
 * - `waiting`: the connection was lost and the client will reconnect; requests wait
 * - `closing`: the client has started to close; nothing is sent or received any more
 * - `closed`: the connection has ended for good
 */
export type ConnectionState = "connecting" | "open" | "waiting" | "closing" | "closed";

/** How often and how fast the client reconnects. */
export interface Retry {
  /**
   * The longest pause before the first attempt, in milliseconds. The default is 1000. It doubles
   * with each failed attempt. The pause is random between 0 and this value, so that clients do not
   * all reconnect at once.
   */
  base?: number | undefined;
  /** The longest pause, in milliseconds. The default is 20000. */
  cap?: number | undefined;
  /**
   * How many attempts in a row may fail before the client gives up. The default is no limit; 0:
   * never reconnect.
   */
  attempts?: number | undefined;
}

/** A received frame: an object with a type. */
export interface Frame {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** The callbacks of a connection. */
export interface ConnectionHandler {
  /** Creates a new socket, which is not open yet. */
  socket(): Socket;
  /** Pings the server; undefined if the protocol has no request for it. */
  readonly ping: (() => void) | undefined;
  /** Frames can be sent from now on. */
  opened(): void;
  received(frame: Frame): void;
  /** A message was not a valid frame. The connection stays open. */
  invalidFrame(error: ProtocolError): void;
  /** The socket is closed. The next attempt starts after delay milliseconds. */
  lost(error: ClosedError, delay: number): void;
  /** Nothing is sent or received any more. Called once. */
  ended(error: ClosedError): void;
  /** The state has changed; error and delay are those of lost. */
  changed(state: ConnectionState, error?: ClosedError, delay?: number): void;
}

/**
 * The close codes of a refused connection: 4000 plus an HTTP status from 400 to 499. The server
 * accepts the handshake in order to send them, because scripts cannot see the status of a failed
 * handshake. It carries out nothing that was sent over the connection.
 */
export const refusalCodes = /^44..$/;

/**
 * The close codes after which the client must not reconnect: it was told not to, or would be
 * refused again.
 */
const finalCodes = /^(10(0[0237-9]|10)|4001|44..)$/;

/**
 * In milliseconds: how long a connection must last to reset the count of failed attempts, and how
 * long to wait for the close frame of the server.
 */
const gracePeriod = 5_000;

/**
 * Keeps a socket to the server open, reconnects, and parses frames. It knows nothing about requests
 * and broadcasts.
 */
export class Connection {
  /** Resolves when the last socket is closed, with the reason. */
  readonly closed: Promise<ClosedError>;

  readonly #handler: ConnectionHandler;
  readonly #retry: Retry;
  readonly #heartbeat: Heartbeat;
  #state: ConnectionState = "connecting";
  #socket: Socket | undefined;
  #stopListening: () => void = () => {}; // removes the listeners of the socket
  #resolveClosed!: (error: ClosedError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #openedAt = Infinity; // the time at which the socket was opened; Infinity: it is not open

  /** interval is that of the heartbeat, in milliseconds. */
  constructor(handler: ConnectionHandler, interval: number, retry: Retry) {
    this.#handler = handler;
    this.#retry = retry;
    this.#heartbeat = new Heartbeat(interval, () => this.#ping(), () => this.drop("heartbeat timeout"));
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Pings the server. Drops the socket if it is already closing, because no answer would come. */
  #ping(): void {
    if (this.#state !== "open") return;
    if ((this.#socket?.readyState ?? 1) > 1) this.drop("closed by the server");
    else this.#handler.ping?.();
  }

  /**
   * Starts to connect. The first time, it throws errors of the socket's constructor. Later such an
   * error counts as a failed attempt.
   */
  open(): void {
    clearTimeout(this.#timer);
    let socket;
    try {
      socket = this.#handler.socket();
    } catch (error) {
      if (this.#state === "waiting") return this.#onClose(1006, "", error);
      throw error;
    }
    this.#socket = socket;
    this.#stopListening = listen(socket, {
      open: () => this.#onOpen(),
      message: (data) => this.#onMessage(data),
      close: (code, reason, cause) => this.#onClose(code, reason, cause),
    });
    this.#heartbeat.start();
    const first = this.#state === "connecting";
    this.#state = "connecting";
    if (!first) this.#handler.changed("connecting");
  }

  /** Sends a frame. Returns false if the connection is not open. */
  send(text: string): boolean {
    const open = this.#state === "open";
    if (open) this.#socket?.send(text);
    return open;
  }

  /** Reacts to a change of the network: connects now, or checks the open connection. */
  probe(event: NetworkEvent): void {
    if (this.#state === "waiting" && event === "online") this.open();
    else if (this.#state === "open" && this.#handler.ping) this.#heartbeat.probe();
  }

  /**
   * Drops the socket as if it had been closed with a code. Used when the server has announced a
   * close, no longer answers, or skips events. Some sockets (undici's) report a close only when the
   * TCP connection ends, which a proxy may delay.
   */
  drop(reason: string, code = 1006): void {
    this.#stopListening();
    try {
      this.#socket?.close();
    } catch {
      // the socket has never been open
    }
    this.#onClose(code, reason);
  }

  /**
   * Closes the connection, if it is not closed already. The code must be 1000 or from 3000 to 4999,
   * the reason at most 123 bytes.
   */
  close(code: number, reason: string): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    const error = new ClosedError(code, reason);
    this.#socket?.close(code, reason); // throws for an invalid code or reason; nothing has changed then
    const waiting = this.#state === "waiting";
    this.#end("closing", error);
    if (waiting) return this.#onClose(code, reason);
    this.#timer = setTimeout(() => this.drop("close timeout"), gracePeriod);
  }

  #onOpen(): void {
    if (this.#state !== "connecting") return;
    this.#openedAt = Date.now();
    if (this.#handler.ping) this.#heartbeat.start();
    else this.#heartbeat.stop();
    this.#state = "open";
    this.#handler.opened();
    if (this.#state === "open") this.#handler.changed("open"); // unless the callback has closed it
  }

  #onMessage(data: unknown): void {
    if (this.#state !== "open") return;
    this.#heartbeat.received();
    let value: unknown;
    try {
      if (typeof data === "string") value = JSON.parse(data);
    } catch {
      // not JSON
    }
    if (isFrame(value)) this.#handler.received(value);
    else this.#handler.invalidFrame(new ProtocolError("a frame is not a JSON object with a type"));
  }

  #onClose(code: number, reason: string, cause?: unknown): void {
    const error = new ClosedError(code, reason, cause === undefined ? {} : { cause });
    const closing = this.#state === "closing";
    this.#socket = undefined;
    this.#heartbeat.stop();
    clearTimeout(this.#timer);
    if (Date.now() - this.#openedAt >= gracePeriod) this.#failures = 0;
    this.#openedAt = Infinity;
    const { base = 1_000, cap = 20_000, attempts = Infinity } = this.#retry;
    if (closing || finalCodes.test(`${code}`) || this.#failures >= attempts) {
      this.#end("closed", error);
      return this.#resolveClosed(error);
    }
    const delay = Math.random() * Math.min(cap, base * 2 ** Math.min(this.#failures++, 30));
    this.#timer = setTimeout(() => this.open(), delay);
    this.#state = "waiting";
    this.#handler.lost(error, delay);
    if (this.#state === "waiting") this.#handler.changed("waiting", error, delay); // unless the callback has closed it
  }

  #end(state: "closing" | "closed", error: ClosedError): void {
    const first = this.#state !== "closing";
    this.#heartbeat.stop();
    clearTimeout(this.#timer);
    this.#state = state;
    if (first) this.#handler.ended(error);
    this.#handler.changed(state, error);
  }
}

function isFrame(value: unknown): value is Frame {
  return typeof (value as Partial<Frame> | null | undefined)?.type === "string"; // no other JSON value has a member type that is a string
}
