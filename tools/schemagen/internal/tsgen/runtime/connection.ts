import { ClosedError, ProtocolError } from "./errors.js";
import { Heartbeat } from "./heartbeat.js";
import type { Hint } from "./hints.js";
import { listen, type Socket } from "./socket.js";

/**
 * Where a connection stands.
 *
 * - `connecting`: requests wait until it is open
 * - `open`: requests are sent
 * - `waiting`: it was lost, and is tried again after a while; requests wait
 * - `closing`: the other end has been told to close; nothing is sent or received any more
 * - `closed`: for good
 */
export type ConnectionState = "connecting" | "open" | "waiting" | "closing" | "closed";

/** How often and how fast a lost connection is tried again. */
export interface Retry {
  /**
   * How long to wait at most before the first attempt, in milliseconds; 1000 if not given. It doubles with each attempt that fails.
   * The pause is drawn at random between 0 and that, so that clients do not come back all at once.
   */
  base?: number | undefined;
  /** How long to wait at most, in milliseconds; 20000 if not given. */
  cap?: number | undefined;
  /** How many attempts may fail one after the other before it is given up; as many as it takes if not given, 0: no attempt is made. */
  attempts?: number | undefined;
}

/** A frame as it came: an object with a type. */
export interface Frame {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Whoever uses a connection. */
export interface ConnectionUser {
  /** A new socket, which is not open yet. */
  socket(): Socket;
  /** Asks the server for a sign of life; undefined where the protocol has no way to. */
  readonly ask: (() => void) | undefined;
  /** Frames can be sent from now on. */
  opened(): void;
  received(frame: Frame): void;
  /** Something came that is no frame. The connection goes on. */
  garbled(error: ProtocolError): void;
  /** The socket is gone. Another one is tried after delay milliseconds. */
  lost(error: ClosedError, delay: number): void;
  /** Nothing is sent or received any more; said once. */
  ended(error: ClosedError): void;
  /** The state has changed; error and delay are those of lost. */
  changed(state: ConnectionState, error?: ClosedError, delay?: number): void;
}

/**
 * The close codes of a server that has refused the connection: 4000 and a status of HTTP, from 400 on. It lets a connection come about to
 * say so, since no answer to a handshake is shown to scripts, and carries out nothing that was sent over it.
 */
export const refusals = /^44..$/;

/** The close codes behind which a client must not come back by itself: it was told to go, or would only do wrong or be refused again. */
const final = /^(10(0[0237-9]|10)|4001|44..)$/;

/**
 * In milliseconds: how long a connection must have lasted for the next attempt to count as the first, and how long to wait for the other
 * end to say goodbye.
 */
const patience = 5_000;

/** Keeps a socket to the server, one after the other, and turns text into frames. It knows nothing of requests and broadcasts. */
export class Connection {
  /** Resolves when the last socket is gone, with how. */
  readonly closed: Promise<ClosedError>;

  readonly #user: ConnectionUser;
  readonly #retry: Retry;
  readonly #heartbeat: Heartbeat;
  #state: ConnectionState = "connecting";
  #socket: Socket | undefined;
  #leave: () => void = () => {}; // stops listening to the socket
  #gone!: (error: ClosedError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #since = Infinity; // when the socket was opened; it is not yet

  /** interval is that of the heartbeat, in milliseconds. */
  constructor(user: ConnectionUser, interval: number, retry: Retry) {
    this.#user = user;
    this.#retry = retry;
    this.#heartbeat = new Heartbeat(interval, () => this.#alive(), () => this.renew("no sign of life"));
    this.closed = new Promise((resolve) => (this.#gone = resolve));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Asks for a sign of life, unless the socket knows that it is closing: then none would come. */
  #alive(): void {
    if (this.#state !== "open") return;
    if ((this.#socket?.readyState ?? 1) > 1) this.renew("closed by the server");
    else this.#user.ask?.();
  }

  /** Begins to connect. Throws what the socket's class throws the first time; later that is one more attempt that has failed. */
  open(): void {
    clearTimeout(this.#timer);
    let socket;
    try {
      socket = this.#user.socket();
    } catch (error) {
      if (this.#state === "waiting") return this.#lost(1006, "", error);
      throw error;
    }
    this.#socket = socket;
    this.#leave = listen(socket, {
      open: () => this.#opened(),
      message: (data) => this.#message(data),
      close: (code, reason, cause) => this.#lost(code, reason, cause),
    });
    this.#heartbeat.start();
    const first = this.#state === "connecting";
    this.#state = "connecting";
    if (!first) this.#user.changed("connecting");
  }

  /** Sends a frame if it is open; otherwise it returns false. */
  send(text: string): boolean {
    const open = this.#state === "open";
    if (open) this.#socket?.send(text);
    return open;
  }

  /** Something hints that the network is there again, or may be gone: finds out at once. */
  probe(hint: Hint): void {
    if (this.#state === "waiting" && hint === "there") this.open();
    else if (this.#state === "open" && this.#user.ask) this.#heartbeat.probe();
  }

  /**
   * Gives the socket up, as if it had been closed with a code: the server has announced that it closes it, or it may never say that it is
   * closed, or brings what makes no sense. Some sockets (undici's) say that they are closed only when TCP ends, which a proxy may delay.
   */
  renew(reason: string, code = 1006): void {
    this.#leave();
    try {
      this.#socket?.close();
    } catch {
      // it has never been open
    }
    this.#lost(code, reason);
  }

  /** Closes the connection unless that has been done. The code must be 1000 or from 3000 to 4999, the reason at most 123 bytes. */
  close(code: number, reason: string): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    const error = new ClosedError(code, reason);
    this.#socket?.close(code, reason); // refuses a code or reason that is not allowed: then nothing has changed
    const waiting = this.#state === "waiting";
    this.#end("closing", error);
    if (waiting) return this.#lost(code, reason);
    this.#timer = setTimeout(() => this.renew("no goodbye"), patience);
  }

  #opened(): void {
    if (this.#state !== "connecting") return;
    this.#since = Date.now();
    if (this.#user.ask) this.#heartbeat.start();
    else this.#heartbeat.stop();
    this.#state = "open";
    this.#user.opened();
    if (this.#state === "open") this.#user.changed("open"); // unless somebody has closed it
  }

  #message(data: unknown): void {
    if (this.#state !== "open") return;
    this.#heartbeat.heard();
    let value: unknown;
    try {
      if (typeof data === "string") value = JSON.parse(data);
    } catch {
      // it is no JSON
    }
    if (isFrame(value)) this.#user.received(value);
    else this.#user.garbled(new ProtocolError("a frame is not a JSON object with a type"));
  }

  #lost(code: number, reason: string, cause?: unknown): void {
    const error = new ClosedError(code, reason, cause === undefined ? {} : { cause });
    const closing = this.#state === "closing";
    this.#socket = undefined;
    this.#heartbeat.stop();
    clearTimeout(this.#timer);
    if (Date.now() - this.#since >= patience) this.#failures = 0;
    this.#since = Infinity;
    const { base = 1_000, cap = 20_000, attempts = Infinity } = this.#retry;
    if (closing || final.test(`${code}`) || this.#failures >= attempts) {
      this.#end("closed", error);
      return this.#gone(error);
    }
    const delay = Math.random() * Math.min(cap, base * 2 ** Math.min(this.#failures++, 30));
    this.#timer = setTimeout(() => this.open(), delay);
    this.#state = "waiting";
    this.#user.lost(error, delay);
    if (this.#state === "waiting") this.#user.changed("waiting", error, delay); // unless somebody has closed it
  }

  #end(state: "closing" | "closed", error: ClosedError): void {
    const first = this.#state !== "closing";
    this.#heartbeat.stop();
    clearTimeout(this.#timer);
    this.#state = state;
    if (first) this.#user.ended(error);
    this.#user.changed(state, error);
  }
}

function isFrame(value: unknown): value is Frame {
  return typeof (value as Partial<Frame> | null | undefined)?.type === "string"; // nothing else that JSON makes has a type
}
