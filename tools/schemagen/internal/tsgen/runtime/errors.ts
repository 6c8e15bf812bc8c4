import type { Position } from "./follow.js";
import type { Code } from "./messages.js";

/** What is wrong with one field. */
export interface Detail {
  /** JSON pointer (RFC 6901) to the field in the request or, of what came, in the answer; of a missing field, where it belongs. */
  readonly path: string;
  /** What is wrong with it, for people. */
  readonly message: string;
}

/**
 * What became of a request that failed: `none`, it has had no effect, because it was refused, was never sent or only reads; `unknown`,
 * it was sent and may have been carried out. That may be so of a refusal too: of a request that was sent again because the
 * connection was lost, and was refused before the server looked for what it was answered the first time.
 */
export type Outcome = "none" | "unknown";

/** Codes of what fails on this side, beside those of the server. */
export type LocalCode = "timeout" | "closed" | "protocol" | "queue_full" | "behind";

/** What an error knows beside its text and its code. */
export interface ErrorFacts {
  /** The fields at fault. */
  readonly details?: readonly Detail[] | undefined;
  /** The type of the request. */
  readonly requestType?: string | undefined;
  /** The id of the request. */
  readonly requestId?: string | undefined;
  /** What became of the request; `none` if not given. */
  readonly outcome?: Outcome | undefined;
  /** What caused it. */
  readonly cause?: unknown;
}

/**
 * Any failure that this package tells of. One that is of none of the classes derived from it is a refusal: the message is the
 * server's text, for people, and nothing has been changed by the request, unless its `outcome` is unknown. Of these, `queue_full` is
 * this side's own.
 */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  /** The reason, for programs. */
  readonly code: Code | LocalCode;
  /** The fields at fault; empty when it is not a matter of single fields. */
  readonly details: readonly Detail[];
  /** The type of the request; undefined when it is about no request, or none that is known. */
  readonly requestType: string | undefined;
  /** The id of the request; undefined when it is about no request, or none that is known. */
  readonly requestId: string | undefined;
  /** What became of the request. */
  readonly outcome: Outcome;

  constructor(text: string, code: Code | LocalCode, facts: ErrorFacts = {}) {
    super(text, facts); // of these an Error takes the cause
    this.code = code;
    this.details = facts.details ?? [];
    this.requestType = facts.requestType;
    this.requestId = facts.requestId;
    this.outcome = facts.outcome ?? "none";
  }
}

/** No answer came in time. Its `outcome` says whether the server may have carried the request out. */
export class TimeoutError extends ClientError {
  override readonly name = "TimeoutError";
  /** How long was waited, in milliseconds. */
  readonly timeout: number;

  constructor(timeout: number, facts: ErrorFacts) {
    super(`${facts.requestType}: no answer within ${timeout} ms`, "timeout", facts);
    this.timeout = timeout;
  }
}

/** The connection has ended, or was lost with a request under way. Its `outcome` says whether that may have been carried out. */
export class ClosedError extends ClientError {
  override readonly name = "ClosedError";
  /** The WebSocket close code; 1006 when the connection broke, never came about or fell silent. */
  readonly closeCode: number;
  /** What was given as the reason; often empty. */
  readonly reason: string;

  constructor(closeCode: number, reason: string, facts: ErrorFacts = {}) {
    const who = facts.requestType === undefined ? "" : `${facts.requestType}: `;
    const what = facts.outcome === "unknown" ? "; whether it has been carried out is not known" : "";
    super(`${who}connection closed with ${closeCode}${reason && `: ${reason}`}${what}`, "closed", facts);
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/** The server has sent what the protocol does not allow. */
export class ProtocolError extends ClientError {
  override readonly name = "ProtocolError";

  constructor(text: string, facts?: ErrorFacts) {
    super(text, "protocol", facts);
  }
}

/** A loop over events took them so slowly that more waited than it allows. It has ended, and events are lost to it. */
export class BehindError extends ClientError {
  override readonly name = "BehindError";
  /** How many events were allowed to wait. */
  readonly limit: number;
  /** The session's position before the first event that was lost; a later client continues there with `since`. Undefined without `sessionId`. */
  readonly position: Position | undefined;

  constructor(limit: number, position?: Position) {
    super(`more than ${limit} events were waiting to be taken`, "behind");
    this.limit = limit;
    this.position = position;
  }
}
