import { onAbort } from "./abort.js";
import { type Frame, refusals } from "./connection.js";
import { ClientError, ClosedError, type Detail, type ErrorFacts, ProtocolError, TimeoutError } from "./errors.js";
import { random } from "./key.js";
import { type Code, decisions } from "./messages.js";

/** What a call may be given. */
export interface CallOptions {
  /**
   * Gives the call up: it is rejected with the signal's reason. A request that waits to be sent is not sent then; the server carries
   * out one that has been sent.
   */
  signal?: AbortSignal | undefined;
  /**
   * How long to wait for an answer, in milliseconds, all the time without a connection included. `Infinity`: for ever. Without it,
   * what `connect` was given.
   */
  timeout?: number | undefined;
}

/** A request that is to be made. */
export interface Request {
  readonly type: string;
  readonly text: (id: string) => string; // its frame
  readonly answerFrame: string | undefined; // the type of the frame that is its answer; undefined: the response is
  readonly mutates: boolean; // it changes something when it is carried out
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
  readonly check: (answer: unknown) => ProtocolError | undefined; // what is wrong with an answer
}

interface Pending {
  readonly request: Request;
  readonly id: string;
  readonly text: string;
  sent: boolean;
  again: boolean; // it has been sent over more than one socket
  readonly site: Error; // where the call was made
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
  readonly #send: (text: string) => boolean;
  readonly #once: boolean;
  readonly #limit: number;
  readonly #prefix = random(8);
  #made = 0;

  /**
   * send sends a frame if the connection is open, and tells whether it did. once: the server carries a request out once, however
   * often it is sent. limit is how many requests may wait for a connection.
   */
  constructor(send: (text: string) => boolean, once: boolean, limit: number) {
    this.#send = send;
    this.#once = once;
    this.#limit = limit;
  }

  /** Makes a request, at once or as soon as flush is called. */
  add(request: Request): Promise<unknown> {
    const id = `${this.#prefix}-${++this.#made}`;
    const site = new Error();
    return new Promise((resolve, reject) => {
      const { signal, timeout } = request;
      signal?.throwIfAborted();
      const text = request.text(id);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const settle = <T>(then: (value: T) => void) => (value: T): void => {
        this.#pending.delete(id);
        clearTimeout(timer);
        leave();
        then(value);
      };
      const pending: Pending = { request, id, text, sent: this.#send(text), again: false, site, resolve: settle(resolve), reject: settle(reject) };
      let leave = (): void => {};
      if (!pending.sent && this.#pending.size >= this.#limit) {
        throw new ClientError(`${request.type}: ${this.#limit} requests wait for a connection already`, "queue_full", facts(pending));
      }
      leave = onAbort(signal, () => pending.reject(signal?.reason));
      if (timeout <= longestTimer) timer = setTimeout(() => this.#reject(pending, new TimeoutError(timeout, facts(pending))), timeout);
      this.#pending.set(id, pending);
    });
  }

  /** Sends every request over a socket that is new to all of them, in the order in which they were made. */
  flush(): void {
    for (const pending of this.#pending.values()) {
      pending.again = pending.sent;
      pending.sent = this.#send(pending.text) || pending.sent;
    }
  }

  /** The socket is gone: rejects the requests that must not be sent again, which are those that could be carried out twice. */
  lost(error: ClosedError): void {
    this.#frames.clear();
    for (const pending of [...this.#pending.values()]) {
      if (pending.sent && pending.request.mutates && !this.#once) this.#reject(pending, closed(error, pending));
    }
  }

  /** Rejects every request. */
  fail(error: ClosedError): void {
    this.#frames.clear();
    for (const pending of [...this.#pending.values()]) this.#reject(pending, closed(error, pending));
  }

  /** Keeps a frame that is the answer of a request. The response comes next and tells of which. */
  keep(frame: Frame): void {
    this.#frames.set(frame.type, frame);
  }

  /** Settles the request that a response belongs to. One that has been given up is forgotten: its response means nothing. */
  settle(response: Frame): void {
    const pending = this.#find(response);
    if (pending === undefined) return;
    const { type, answerFrame, check } = pending.request;
    let answer = response["data"];
    if (isError(answer)) return this.#reject(pending, refusal(answer, answer.error, pending));
    if (answerFrame !== undefined) {
      const frame = this.#frames.get(answerFrame);
      this.#frames.delete(answerFrame);
      if (frame === undefined) return this.#reject(pending, new ProtocolError(`${type}: a response without its ${answerFrame}`, facts(pending)));
      const { type: _, ...fields } = frame;
      answer = fields;
    }
    const wrong = check(answer);
    if (wrong) this.#reject(pending, new ProtocolError(wrong.message, { ...facts(pending), details: wrong.details }));
    else pending.resolve(answer);
  }

  /** Settles the request that an error frame names. The error is returned when it names none. */
  refuse(frame: Frame): ClientError | undefined {
    const pending = this.#find(frame);
    const error = refusal(frame, frame["message"], pending);
    if (pending === undefined) return error;
    this.#reject(pending, error);
    return undefined;
  }

  /** Rejects a request with an error whose stack says where the call was made, and not where the answer was read. */
  #reject(pending: Pending, error: ClientError): void {
    const frames = pending.site.stack?.replace(/^Error\n/, ""); // V8 begins with the name
    if (frames !== undefined) error.stack = `${error.name}: ${error.message}\n${frames}`;
    pending.reject(error);
  }

  #find(frame: Frame): Pending | undefined {
    const id = frame["request_id"];
    return typeof id === "string" ? this.#pending.get(id) : undefined;
  }
}

/** What errors know of a request. */
function facts({ request: { type, mutates }, id, sent }: Pending, arrived = sent): ErrorFacts {
  return { requestType: type, requestId: id, outcome: arrived && mutates ? "unknown" : "none" };
}

function closed(error: ClosedError, pending: Pending): ClosedError {
  const { closeCode, reason } = error;
  // What was sent over a connection that was refused has not arrived; but had it been sent over another one before?
  const arrived = refusals.test(`${closeCode}`) ? pending.again : pending.sent;
  return new ClosedError(closeCode, reason, { ...facts(pending, arrived), cause: error });
}

/** A refusal is known by its text. No answer has a field of this name. */
function isError(data: unknown): data is { readonly error: string; readonly [key: string]: unknown } {
  return typeof (data as { error?: unknown } | null | undefined)?.error === "string";
}

function refusal(from: { readonly [key: string]: unknown }, text: unknown, pending: Pending | undefined): ClientError {
  const { code, details } = from;
  // Refused before it was known what has become of it the last time that it was sent?
  const of = pending && facts(pending, pending.again && !decisions.includes(code as string));
  if (typeof text !== "string" || typeof code !== "string") return new ProtocolError("a refusal has no text or no code", of);
  return new ClientError(text, code as Code, { ...of, details: Array.isArray(details) ? (details as Detail[]) : [] });
}
