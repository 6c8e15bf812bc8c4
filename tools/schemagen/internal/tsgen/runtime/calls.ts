import type { Frame } from "./connection.js";
import { type ClientError, type Detail, ProtocolError, RequestError, TimeoutError } from "./errors.js";
import type { Code } from "./messages.js";

/** What a call may be given. */
export interface CallOptions {
  /**
   * Gives the call up: it is rejected with the signal's reason. A request that waits to be sent is not sent then; the server carries
   * out one that has been sent.
   */
  signal?: AbortSignal | undefined;
  /**
   * How long to wait for an answer, in milliseconds, the time until the connection is open included. `Infinity`: for ever. Without
   * it, what `connect` was given.
   */
  timeout?: number | undefined;
}

/** A request that is to be made. */
export interface Request {
  readonly type: string;
  readonly text: (id: string) => string; // its frame
  readonly answerFrame: string | undefined; // the type of the frame that is its answer; undefined: the response is
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
}

interface Pending {
  readonly type: string;
  readonly text: string;
  readonly answerFrame: string | undefined;
  resolve(answer: unknown): void;
  reject(reason: unknown): void;
}

/** The longest time that timers can measure, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * The requests that have not been answered, oldest first. A request keeps its id and its frame until it is settled, so that it can be
 * sent again over another socket.
 */
export class Calls {
  readonly #pending = new Map<string, Pending>();
  readonly #frames = new Map<string, Frame>(); // answers that came as frames, until the response that belongs to them
  readonly #send: (text: string) => void;
  readonly #prefix: string;
  #made = 0;

  /** send sends a frame if the connection is open. */
  constructor(send: (text: string) => void) {
    this.#send = send;
    this.#prefix = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Makes a request, at once or as soon as flush is called. */
  add(request: Request): Promise<unknown> {
    const id = `${this.#prefix}-${++this.#made}`;
    return new Promise((resolve, reject) => {
      const { type, signal, timeout, answerFrame } = request;
      signal?.throwIfAborted();
      const text = request.text(id);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const settle = <T>(then: (value: T) => void) => (value: T): void => {
        this.#pending.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener("abort", aborted);
        then(value);
      };
      const pending: Pending = { type, text, answerFrame, resolve: settle(resolve), reject: settle(reject) };
      const aborted = (): void => pending.reject(signal?.reason);
      signal?.addEventListener("abort", aborted);
      if (timeout <= longestTimer) {
        timer = setTimeout(() => pending.reject(new TimeoutError(type, id, timeout)), timeout);
      }
      this.#pending.set(id, pending);
      this.#send(text); // or flush does
    });
  }

  /** Sends every request over a socket that is new to all of them. */
  flush(): void {
    for (const { text } of this.#pending.values()) this.#send(text);
  }

  /** Rejects every request. */
  fail(error: ClientError): void {
    for (const pending of [...this.#pending.values()]) pending.reject(error);
    this.#frames.clear();
  }

  /** Keeps a frame that is the answer of a request. The response comes next and tells of which. */
  keep(frame: Frame): void {
    this.#frames.set(frame.type, frame);
  }

  /** Settles the request that a response belongs to. One that has been given up is forgotten: its response means nothing. */
  settle(response: Frame): void {
    const id = response["request_id"];
    const pending = typeof id === "string" ? this.#pending.get(id) : undefined;
    if (pending === undefined) return;
    const data = response["data"];
    if (isError(data)) return pending.reject(refusal(data, data.error, pending.type, id));
    if (pending.answerFrame === undefined) return pending.resolve(data);
    const answer = this.#frames.get(pending.answerFrame);
    this.#frames.delete(pending.answerFrame);
    if (answer === undefined) return pending.reject(new ProtocolError(`${pending.type}: a response without its ${pending.answerFrame}`));
    const { type: _, ...fields } = answer;
    pending.resolve(fields);
  }

  /** Settles the request that an error frame names. The error is returned when it names none. */
  refuse(frame: Frame): ClientError | undefined {
    const id = frame["request_id"];
    const pending = typeof id === "string" ? this.#pending.get(id) : undefined;
    const error = refusal(frame, frame["message"], pending?.type, pending && id);
    if (pending === undefined) return error;
    pending.reject(error);
    return undefined;
  }
}

/** A refusal is known by its text. No answer has a field of this name. */
function isError(data: unknown): data is { readonly error: string; readonly [key: string]: unknown } {
  return typeof data === "object" && data !== null && "error" in data && typeof data.error === "string";
}

function refusal(from: { readonly [key: string]: unknown }, text: unknown, requestType: string | undefined, requestId: unknown): ClientError {
  const { code, details } = from;
  if (typeof text !== "string" || typeof code !== "string") return new ProtocolError("a refusal has no text or no code");
  return new RequestError(text, {
    code: code as Code,
    details: Array.isArray(details) ? (details as Detail[]) : [],
    requestType,
    requestId: typeof requestId === "string" ? requestId : undefined,
  });
}
