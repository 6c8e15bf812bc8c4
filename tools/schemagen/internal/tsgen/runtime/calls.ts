import { onAbort } from "./abort.js";
import { type Frame, refusalCodes } from "./connection.js";
import { ClientError, ClosedError, type Detail, type ErrorFacts, ProtocolError, TimeoutError } from "./errors.js";
import { randomHex } from "./clientKey.js";
import { type Code, executionCodes } from "./messages.js";

/** Options of a call. */
export interface CallOptions {
  /**
   * Aborts the call: it rejects with the signal's reason. A request that has not been sent is not
   * sent. The server still carries out a request that has been sent.
   */
  signal?: AbortSignal | undefined;
  /**
   * How long to wait for an answer, in milliseconds. It includes the time without a connection.
   * `Infinity`: without limit. The default is the option of `connect`.
   */
  timeout?: number | undefined;
}

/** A request to send. */
export interface Request {
  readonly type: string;
  readonly text: (id: string) => string; // the frame of the request
  readonly answerFrame: string | undefined; // the type of the frame that is the answer; undefined: the response is the answer
  readonly mutates: boolean; // the request changes state
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
  readonly check: (answer: unknown) => ProtocolError | undefined; // returns an error if the answer is invalid
}

interface Pending {
  readonly request: Request;
  readonly id: string;
  readonly text: string;
  sent: boolean;
  resent: boolean; // it was sent over more than one socket
  readonly callSite: Error; // for the stack of errors
  resolve(answer: unknown): void;
  reject(reason: unknown): void;
}

/** The longest time of a timer, in milliseconds. */
const maxTimer = 2 ** 31 - 1;

/**
 * The requests without an answer, oldest first. A request keeps its id and its frame until it is
 * settled, so it can be sent again over another socket.
 */
export class Calls {
  readonly #pending = new Map<string, Pending>();
  readonly #frames = new Map<string, Frame>(); // answers that are frames, until their response arrives
  readonly #send: (text: string) => boolean;
  readonly #exactlyOnce: boolean;
  readonly #limit: number;
  readonly #prefix = randomHex(8);
  #count = 0;

  /**
   * send sends a frame and reports whether the connection was open. exactlyOnce: the server carries
   * out a request once, even if it is sent several times. limit is the number of requests that may
   * wait for a connection.
   */
  constructor(send: (text: string) => boolean, exactlyOnce: boolean, limit: number) {
    this.#send = send;
    this.#exactlyOnce = exactlyOnce;
    this.#limit = limit;
  }

  /** Sends a request, or queues it until flush is called. */
  add(request: Request): Promise<unknown> {
    const id = `${this.#prefix}-${++this.#count}`;
    const callSite = new Error();
    return new Promise((resolve, reject) => {
      const { signal, timeout } = request;
      signal?.throwIfAborted();
      const text = request.text(id);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const settle = <T>(then: (value: T) => void) => (value: T): void => {
        this.#pending.delete(id);
        clearTimeout(timer);
        stopAbort();
        then(value);
      };
      const pending: Pending = { request, id, text, sent: this.#send(text), resent: false, callSite, resolve: settle(resolve), reject: settle(reject) };
      let stopAbort = (): void => {};
      if (!pending.sent && this.#pending.size >= this.#limit) {
        throw new ClientError(`${request.type}: ${this.#limit} requests are already waiting for a connection`, "queue_full", errorFacts(pending));
      }
      stopAbort = onAbort(signal, () => pending.reject(signal?.reason));
      if (timeout <= maxTimer) timer = setTimeout(() => this.#reject(pending, new TimeoutError(timeout, errorFacts(pending))), timeout);
      this.#pending.set(id, pending);
    });
  }

  /** Sends every request over a new socket, in the order in which they were made. */
  flush(): void {
    for (const pending of this.#pending.values()) {
      pending.resent = pending.sent;
      pending.sent = this.#send(pending.text) || pending.sent;
    }
  }

  /** The socket is closed. Rejects the sent requests that the server could carry out twice. */
  lost(error: ClosedError): void {
    this.#frames.clear();
    for (const pending of [...this.#pending.values()]) {
      if (pending.sent && pending.request.mutates && !this.#exactlyOnce) this.#reject(pending, closedError(error, pending));
    }
  }

  /** Rejects every request. */
  fail(error: ClosedError): void {
    this.#frames.clear();
    for (const pending of [...this.#pending.values()]) this.#reject(pending, closedError(error, pending));
  }

  /** Keeps a frame that answers a request. The response that follows names the request. */
  keep(frame: Frame): void {
    this.#frames.set(frame.type, frame);
  }

  /**
   * Settles the request of a response. A response to a request that was aborted or timed out is
   * ignored.
   */
  settle(response: Frame): void {
    const pending = this.#find(response);
    if (pending === undefined) return;
    const { type, answerFrame, check } = pending.request;
    let answer = response["data"];
    if (isError(answer)) return this.#reject(pending, refusalError(answer, answer.error, pending));
    if (answerFrame !== undefined) {
      const frame = this.#frames.get(answerFrame);
      this.#frames.delete(answerFrame);
      if (frame === undefined) return this.#reject(pending, new ProtocolError(`${type}: a response without its ${answerFrame}`, errorFacts(pending)));
      const { type: _, ...fields } = frame;
      answer = fields;
    }
    const wrong = check(answer);
    if (wrong) this.#reject(pending, new ProtocolError(wrong.message, { ...errorFacts(pending), details: wrong.details }));
    else pending.resolve(answer);
  }

  /**
   * Rejects the request of an error frame. Returns the error if the frame names no known request.
   */
  refuse(frame: Frame): ClientError | undefined {
    const pending = this.#find(frame);
    const error = refusalError(frame, frame["message"], pending);
    if (pending === undefined) return error;
    this.#reject(pending, error);
    return undefined;
  }

  /** Rejects a request with an error whose stack shows where the call was made. */
  #reject(pending: Pending, error: ClientError): void {
    const frames = pending.callSite.stack?.replace(/^Error\n/, ""); // in V8, the stack begins with the name
    if (frames !== undefined) error.stack = `${error.name}: ${error.message}\n${frames}`;
    pending.reject(error);
  }

  #find(frame: Frame): Pending | undefined {
    const id = frame["request_id"];
    return typeof id === "string" ? this.#pending.get(id) : undefined;
  }
}

/** The facts about a request for an error. */
function errorFacts({ request: { type, mutates }, id, sent }: Pending, received = sent): ErrorFacts {
  return { requestType: type, requestId: id, outcome: received && mutates ? "unknown" : "none" };
}

function closedError(error: ClosedError, pending: Pending): ClosedError {
  const { closeCode, reason } = error;
  // A refused connection carries out nothing. But an earlier connection may have carried out the
  // request.
  const received = refusalCodes.test(`${closeCode}`) ? pending.resent : pending.sent;
  return new ClosedError(closeCode, reason, { ...errorFacts(pending, received), cause: error });
}

/** A refusal has a text in `error`. No answer has a field of this name. */
function isError(data: unknown): data is { readonly error: string; readonly [key: string]: unknown } {
  return typeof (data as { error?: unknown } | null | undefined)?.error === "string";
}

function refusalError(from: { readonly [key: string]: unknown }, text: unknown, pending: Pending | undefined): ClientError {
  const { code, details } = from;
  // The server may have refused a resent request before it looked up the result of the first
  // attempt.
  const of = pending && errorFacts(pending, pending.resent && !executionCodes.includes(code as string));
  if (typeof text !== "string" || typeof code !== "string") return new ProtocolError("a refusal has no text or no code", of);
  return new ClientError(text, code as Code, { ...of, details: Array.isArray(details) ? (details as Detail[]) : [] });
}
