import type { Code } from "./messages.js";

/** Any failure that this package tells of. */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
}

/** What is wrong with one field of a request. */
export interface Detail {
  /** JSON pointer (RFC 6901) to the field in the request; of a missing field, where it belongs. */
  readonly path: string;
  /** What is wrong with it, for people. */
  readonly message: string;
}

/** What a refusal says beside its text. */
export interface Refusal {
  readonly code: Code;
  readonly details: readonly Detail[];
  readonly requestType?: string | undefined;
  readonly requestId?: string | undefined;
}

/** The server has refused a request. The message is the server's text, for people. Nothing has been changed by the request. */
export class RequestError extends ClientError {
  override readonly name = "RequestError";
  /** The reason, for programs. */
  readonly code: Code;
  /** The fields at fault; empty when it is not a matter of single fields. */
  readonly details: readonly Detail[];
  /** The type of the request; undefined when the server did not say which one it refuses. */
  readonly requestType: string | undefined;
  /** The id of the request; undefined when the server did not say which one it refuses. */
  readonly requestId: string | undefined;

  constructor(text: string, refusal: Refusal) {
    super(text);
    this.code = refusal.code;
    this.details = refusal.details;
    this.requestType = refusal.requestType;
    this.requestId = refusal.requestId;
  }
}

/** No answer came in time. Whether the server has carried the request out is not known. */
export class TimeoutError extends ClientError {
  override readonly name = "TimeoutError";
  /** The type of the request. */
  readonly requestType: string;
  /** The id of the request. */
  readonly requestId: string;
  /** How long was waited, in milliseconds. */
  readonly timeout: number;

  constructor(requestType: string, requestId: string, timeout: number) {
    super(`${requestType}: no answer within ${timeout} ms`);
    this.requestType = requestType;
    this.requestId = requestId;
    this.timeout = timeout;
  }
}

/** The connection has ended. Whether requests that were sent and not answered have been carried out is not known. */
export class ClosedError extends ClientError {
  override readonly name = "ClosedError";
  /** The WebSocket close code; 1006 when the connection broke or never came about. */
  readonly closeCode: number;
  /** What was given as the reason; often empty. */
  readonly reason: string;

  constructor(closeCode: number, reason: string, cause?: unknown) {
    const why = reason === "" ? "" : `: ${reason}`;
    super(`connection closed with ${closeCode}${why}`, cause === undefined ? undefined : { cause });
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/** The server has sent what the protocol does not allow. */
export class ProtocolError extends ClientError {
  override readonly name = "ProtocolError";
}

/** A loop over events took them so slowly that more waited than it allows. It has ended, and events are lost to it. */
export class BehindError extends ClientError {
  override readonly name = "BehindError";
  /** How many events were allowed to wait. */
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} events were waiting to be taken`);
    this.limit = limit;
  }
}
