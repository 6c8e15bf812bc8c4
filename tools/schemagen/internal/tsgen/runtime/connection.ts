import { ClosedError, ProtocolError } from "./errors.js";
import { listen, type Socket } from "./socket.js";

/**
 * Where a connection stands. It goes from left to right and may leave out states.
 *
 * - `connecting`: requests wait until it is open
 * - `open`: requests are sent
 * - `closing`: the other end has been told to close; nothing is sent or received any more
 * - `closed`: for good
 */
export type ConnectionState = "connecting" | "open" | "closing" | "closed";

/** A frame as it came: an object with a type. */
export interface Frame {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Whoever uses a connection. */
export interface ConnectionUser {
  /** Frames can be sent from now on. */
  opened(): void;
  received(frame: Frame): void;
  /** Something came that is no frame. The connection goes on. */
  garbled(error: ProtocolError): void;
  /** Nothing is sent or received any more; said once. */
  ended(error: ClosedError): void;
  /** The socket is gone; said once, after ended. */
  closed(error: ClosedError): void;
}

/** Keeps a socket to the server and turns text into frames. It knows nothing of requests and broadcasts. */
export class Connection {
  readonly #user: ConnectionUser;
  #state: ConnectionState = "connecting";
  #socket: Socket | undefined;

  constructor(user: ConnectionUser) {
    this.#user = user;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Begins to connect by way of a new socket. */
  open(socket: Socket): void {
    this.#socket = socket;
    listen(socket, {
      open: () => {
        if (this.#state === "connecting") {
          this.#state = "open";
          this.#user.opened();
        }
      },
      message: (data) => {
        if (this.#state === "open") this.#read(data);
      },
      close: (code, reason, cause) => {
        const error = new ClosedError(code, reason, cause);
        this.#end("closed", error);
        this.#user.closed(error);
      },
    });
  }

  /** Sends a frame if it is open, and does nothing otherwise. */
  send(text: string): void {
    if (this.#state === "open") this.#socket?.send(text);
  }

  /** Closes the connection unless that has been done. The code must be 1000 or from 3000 to 4999, the reason at most 123 bytes. */
  close(code: number, reason: string): void {
    if (this.#state !== "connecting" && this.#state !== "open") return;
    this.#socket?.close(code, reason); // refuses a code or reason that is not allowed: then nothing has changed
    this.#end("closing", new ClosedError(code, reason));
  }

  #end(state: "closing" | "closed", error: ClosedError): void {
    const first = this.#state !== "closing";
    this.#state = state;
    if (first) this.#user.ended(error);
  }

  #read(data: unknown): void {
    let value: unknown;
    try {
      value = typeof data === "string" ? JSON.parse(data) : undefined;
    } catch {
      value = undefined;
    }
    if (isFrame(value)) this.#user.received(value);
    else this.#user.garbled(new ProtocolError("a frame is not a JSON object with a type"));
  }
}

function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
