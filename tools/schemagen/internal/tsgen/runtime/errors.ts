import type { Position } from "./positionTracker.js";
import type { Code } from "./messages.js";

/** One problem of a request or answer. */
export interface Detail {
  /**
   * JSON pointer (RFC 6901) to the field in the request or in the answer. For a missing field, the
   * place where it belongs.
   */
  readonly path: string;
  /** The problem, for people. */
  readonly message: string;
}

/**
 * The effect of a failed request. `none`: it had no effect, because it was refused, was never sent
 * or only reads. `unknown`: it was sent, and the server may have carried it out. A refusal can be
 * `unknown` too: the client sent the request again after it had lost the connection, and the server
 * refused it before it looked up the result of the first attempt.
 */
export type Outcome = "none" | "unknown";

/** Codes of errors of the client, in addition to those of the server. */
export type LocalCode = "timeout" | "closed" | "protocol" | "queue_full" | "behind";

/** The properties of an error besides its text and code. */
export interface ErrorFacts {
  /** The wrong fields. */
  readonly details?: readonly Detail[] | undefined;
  /** The type of the request. */
  readonly requestType?: string | undefined;
  /** The id of the request. */
  readonly requestId?: string | undefined;
  /** The effect of the request. The default is `none`. */
  readonly outcome?: Outcome | undefined;
  /** The cause of the error. */
  readonly cause?: unknown;
}

/**
 * The base class of all errors of this package. An error of this class itself, not of a derived
 * class, is a refusal by the server. Its message is the server's text for people. The request has
 * changed nothing, unless `outcome` is `unknown`. One exception: the client itself refuses with the
 * code `queue_full`.
 */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  /** The reason, for programs. */
  readonly code: Code | LocalCode;
  /** The wrong fields; empty if the error is not about single fields. */
  readonly details: readonly Detail[];
  /** The type of the request; undefined if the error belongs to no known request. */
  readonly requestType: string | undefined;
  /** The id of the request; undefined if the error belongs to no known request. */
  readonly requestId: string | undefined;
  /** The effect of the request. */
  readonly outcome: Outcome;

  constructor(text: string, code: Code | LocalCode, facts: ErrorFacts = {}) {
    super(text, facts); // Error reads the cause
    this.code = code;
    this.details = facts.details ?? [];
    this.requestType = facts.requestType;
    this.requestId = facts.requestId;
    this.outcome = facts.outcome ?? "none";
  }
}

/**
 * No answer arrived in time. `outcome` says whether the server may have carried out the request.
 */
export class TimeoutError extends ClientError {
  override readonly name = "TimeoutError";
  /** The timeout, in milliseconds. */
  readonly timeout: number;

  constructor(timeout: number, facts: ErrorFacts) {
    super(`${facts.requestType}: no answer within ${timeout} ms`, "timeout", facts);
    this.timeout = timeout;
  }
}

/**
 * The connection has ended, or was lost while a request was waiting for its answer. `outcome` says
 * whether the server may have carried out the request.
 */
export class ClosedError extends ClientError {
  override readonly name = "ClosedError";
  /** The WebSocket close code; 1006 if the connection broke, could not be opened, or timed out. */
  readonly closeCode: number;
  /** The close reason; often empty. */
  readonly reason: string;

  constructor(closeCode: number, reason: string, facts: ErrorFacts = {}) {
    const who = facts.requestType === undefined ? "" : `${facts.requestType}: `;
    const what = facts.outcome === "unknown" ? "; the server may have carried it out" : "";
    super(`${who}connection closed with ${closeCode}${reason && `: ${reason}`}${what}`, "closed", facts);
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/** The server sent something that the protocol does not allow. */
export class ProtocolError extends ClientError {
  override readonly name = "ProtocolError";

  constructor(text: string, facts?: ErrorFacts) {
    super(text, "protocol", facts);
  }
}

/**
 * A loop over events was too slow: more events waited than its limit. The loop has ended and has
 * lost events.
 */
export class BehindError extends ClientError {
  override readonly name = "BehindError";
  /** How many events were allowed to wait. */
  readonly limit: number;
  /**
   * The session's position before the first lost event. Pass it as `since` to a later client to
   * continue there. Undefined without `sessionId`.
   */
  readonly position: Position | undefined;

  constructor(limit: number, position?: Position) {
    super(`more than ${limit} events were waiting to be read`, "behind");
    this.limit = limit;
    this.position = position;
  }
}
