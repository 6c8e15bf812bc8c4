import type { Answer, RequestType } from "./baseClient.js";
import { ClientError } from "./errors.js";
import type { BroadcastType, EventOf } from "./events.js";
import { randomHex } from "./clientKey.js";
import { type Broadcasts, contractHash, requestInfo, type Requests } from "./messages.js";
import type { Socket, SocketConstructor } from "./socket.js";

/** The client that sends a request to a fake server. */
export interface FakeCaller {
  /** The client's id. */
  readonly clientId: string;
  /** The session whose broadcasts it receives; undefined: all. */
  readonly sessionId: string | undefined;
}

/**
 * The answers of a fake server, by request type. A thrown error refuses the request: a {@link
 * ClientError} with its text and code, any other error with the code `internal`.
 */
export type FakeHandlers = {
  [T in RequestType]?: (request: Requests[T]["request"], caller: FakeCaller) => Answer<T> | Promise<Answer<T>>;
};

/** A frame that a fake server has received. */
export interface FakeRequest {
  /** The type of the request. */
  readonly type: string;
  /** The request's id; undefined for a ping of the heartbeat. */
  readonly request_id?: string;
  readonly [field: string]: unknown;
}

/** A server for tests of programs that use this package. It needs no network, process or clock. */
export interface FakeServer {
  /** Pass it to `connect` as the option `WebSocket`. */
  readonly WebSocket: SocketConstructor;
  /** All received frames, oldest first, including those that were sent again. */
  readonly requests: readonly FakeRequest[];
  /** Number of connected clients. */
  readonly connections: number;
  /** Adds handlers for requests. */
  handle(handlers: FakeHandlers): void;
  /**
   * Sends a broadcast to all clients that receive its session, and keeps it for clients that
   * resume. The default session is `session`.
   */
  broadcast<T extends BroadcastType>(type: T, data: Broadcasts[T], sessionId?: string): EventOf<T>;
  /**
   * Deletes the events of a session and starts a new epoch. Clients of the session get a resync.
   */
  forget(sessionId?: string): void;
  /**
   * Closes all connections. The close code determines whether clients reconnect. The default is
   * 1006: the network broke.
   */
  disconnect(code?: number, reason?: string): void;
  /** Refuses new connections until `start` is called. Existing connections stay open. */
  stop(): void;
  /** Accepts connections again. This is the initial state. */
  start(): void;
}

interface Session {
  epoch: string;
  readonly events: EventOf<BroadcastType>[];
}

type Handler = (request: FakeRequest, caller: FakeCaller) => unknown;

/** Creates a fake server. It does all its work in microtasks, so it works with fake timers. */
export function createFakeServer(handlers: FakeHandlers = {}): FakeServer {
  const requests: FakeRequest[] = [];
  const answers = new Map<string, Promise<unknown>>(); // answers to clients with a key, for requests that are sent again
  const sessions = new Map<string, Session>();
  const open = new Set<FakeSocket>();
  const handlerOf = new Map<string, Handler>();
  let accepting = true;

  const session = (id: string): Session => {
    const found = sessions.get(id) ?? { epoch: randomHex(8), events: [] };
    sessions.set(id, found);
    return found;
  };

  const handle = (more: FakeHandlers): void => {
    for (const [type, handler] of Object.entries(more)) handlerOf.set(type, handler as unknown as Handler); // a protocol may have no handler type for every request
  };

  /** The data of a response. */
  const execute = async (request: FakeRequest, caller: FakeCaller): Promise<unknown> => {
    try {
      const handler = handlerOf.get(request.type);
      if (!handler) throw new ClientError(`no handler for ${request.type}`, "unknown_type" as never);
      return (await handler(request, caller)) ?? null;
    } catch (error) {
      const { message, code, details } = error instanceof ClientError ? error : { message: String(error), code: "internal", details: [] };
      return { error: message, code, ...(details.length > 0 && { details }) };
    }
  };

  class FakeSocket implements Socket {
    onopen: Socket["onopen"] = null;
    onmessage: Socket["onmessage"] = null;
    onerror: Socket["onerror"] = null;
    onclose: Socket["onclose"] = null;
    readonly #caller: FakeCaller;
    readonly #query: URLSearchParams;
    #queue: Promise<void> = Promise.resolve(); // requests that must not overlap
    #deferred: object[] | undefined; // broadcasts that wait for the answer to a request that changes state

    constructor(url: string) {
      this.#query = new URL(url).searchParams;
      this.#caller = { clientId: this.#query.get("client_id") ?? "", sessionId: this.#query.get("session_id") ?? undefined };
      queueMicrotask(() => this.#connect());
    }

    send(text: string): void {
      const request = JSON.parse(text) as FakeRequest;
      requests.push(request);
      const served = this.#queue.then(() => this.#serve(request));
      const { mutates = false, answerFrame } = requestInfo[request.type] ?? {};
      if (mutates || answerFrame !== undefined) this.#queue = served; // the frame must come directly before its response
    }

    close(code = 1005, reason = ""): void {
      queueMicrotask(() => this.end(code, reason));
    }

    /** Sends a frame if the connection is open. */
    push(frame: object): void {
      if (open.has(this)) this.onmessage?.({ data: JSON.stringify(frame) });
    }

    /** Sends a broadcast, after the answer to the request that has caused it. */
    publish(frame: object): void {
      if (this.#deferred) this.#deferred.push(frame);
      else this.push(frame);
    }

    end(code: number, reason: string): void {
      open.delete(this);
      this.onclose?.({ code, reason });
    }

    listensTo(id: string): boolean {
      return this.#caller.sessionId === undefined || this.#caller.sessionId === id;
    }

    #connect(): void {
      if (!accepting) return this.end(1006, "");
      const sameClient = [...open].filter((other) => other.#caller.clientId === this.#caller.clientId);
      const key = (socket: FakeSocket): string | null => socket.#query.get("client_key");
      if (sameClient.some((other) => key(other) !== null && key(other) !== key(this))) return this.end(4409, "client_id is in use with another client_key");
      for (const other of sameClient) other.end(4001, "replaced by a newer connection");
      open.add(this);
      this.onopen?.({});
      const { sessionId } = this.#caller;
      if (sessionId !== undefined) this.#welcome(sessionId, session(sessionId));
    }

    #welcome(session_id: string, { epoch, events }: Session): void {
      const after = Number(this.#query.get("after"));
      const resumed = this.#query.get("epoch") === epoch && after <= events.length;
      const missed = resumed ? events.slice(after) : [];
      const range = missed.length > 0 && { from: after + 1, to: events.length };
      const knownEpoch = this.#query.get("epoch");
      const reason = !resumed && { reason: knownEpoch === null ? "new" : knownEpoch === epoch ? "ahead" : "epoch" };
      this.push({ type: "welcome", session_id, epoch, last_seq: events.length, contract: contractHash, resumed, ...range, ...reason });
      for (const event of missed) this.push(event);
    }

    async #serve(request: FakeRequest): Promise<void> {
      const { type, request_id: id } = request;
      const { answerFrame: frame, mutates = false } = requestInfo[type] ?? {};
      const name = this.#query.has("client_key") && id !== undefined && `${this.#query.get("client_key")} ${id}`;
      if (id === undefined && !handlerOf.has(type)) return this.push({ type: "response", request_id: "alive", data: null }); // no request has this id
      if (mutates) this.#deferred = [];
      if (name !== false) answers.set(name, answers.get(name) ?? execute(request, this.#caller));
      const data = await (name === false ? execute(request, this.#caller) : answers.get(name));
      const refused = typeof data === "object" && data !== null && "error" in data;
      const answeredByFrame = frame !== undefined && !refused;
      if (answeredByFrame) this.push({ contract: contractHash, ...(data as object), type: frame });
      if (id !== undefined) this.push({ type: "response", request_id: id, data: answeredByFrame ? null : data });
      // As in a browser, the code after await runs between two frames.
      for (const event of this.#deferred ?? []) {
        for (let tick = 0; tick < 10; tick++) await null;
        this.push(event);
      }
      this.#deferred = undefined;
    }
  }

  handle(handlers);
  return {
    WebSocket: FakeSocket,
    requests,
    get connections() {
      return open.size;
    },
    handle,
    broadcast(type, data, sessionId = "session") {
      const { events } = session(sessionId);
      const event = { type, data, seq: events.length + 1, session_id: sessionId, timestamp: Date.now() };
      events.push(event);
      for (const socket of [...open]) if (socket.listensTo(sessionId)) socket.publish(event);
      return event;
    },
    forget(sessionId = "session") {
      const { events } = session(sessionId);
      const epoch = randomHex(8);
      events.length = 0;
      sessions.set(sessionId, { epoch, events });
      const frame = { type: "resync", session_id: sessionId, epoch, last_seq: 0, reason: "epoch" };
      for (const socket of [...open]) if (socket.listensTo(sessionId)) socket.publish(frame);
    },
    disconnect(code = 1006, reason = "") {
      for (const socket of [...open]) socket.end(code, reason);
    },
    stop() {
      accepting = false;
    },
    start() {
      accepting = true;
    },
  };
}
