import type { Answer, RequestType } from "./base.js";
import { ClientError } from "./errors.js";
import type { BroadcastType, EventOf } from "./events.js";
import { random } from "./key.js";
import { type Broadcasts, contractHash, requestInfo, type Requests } from "./messages.js";
import type { Socket, SocketConstructor } from "./socket.js";

/** Who makes a request of a fake server. */
export interface FakeCaller {
  /** What the client calls itself. */
  readonly clientId: string;
  /** The session that it listens to; undefined: all. */
  readonly sessionId: string | undefined;
}

/**
 * What a fake server answers, by types of requests. What is thrown refuses the request: a {@link ClientError} with its text and its code,
 * anything else with the code `internal`.
 */
export type FakeHandlers = {
  [T in RequestType]?: (request: Requests[T]["request"], caller: FakeCaller) => Answer<T> | Promise<Answer<T>>;
};

/** A frame that a fake server was sent. */
export interface FakeRequest {
  /** The type of the request. */
  readonly type: string;
  /** The request's id; undefined for a question whether the server is there. */
  readonly request_id?: string;
  readonly [field: string]: unknown;
}

/** A server for the tests of those who use this package: no network, no process, no time. */
export interface FakeServer {
  /** To be given to `connect` as the option `WebSocket`. */
  readonly WebSocket: SocketConstructor;
  /** Everything that was sent, oldest first, what was sent again included. */
  readonly requests: readonly FakeRequest[];
  /** How many clients are connected. */
  readonly connections: number;
  /** Answers these requests from now on, beside those that were given before. */
  handle(handlers: FakeHandlers): void;
  /** Sends a broadcast to all who listen to its session, and keeps it for those who come back. The session is `session` if not given. */
  broadcast<T extends BroadcastType>(type: T, data: Broadcasts[T], sessionId?: string): EventOf<T>;
  /** Forgets what happened in a session, which begins a new life: those who listen to it are told to read everything anew. */
  forget(sessionId?: string): void;
  /** Ends all connections; clients come back or not as the close code says. 1006 if not given: the network broke. */
  disconnect(code?: number, reason?: string): void;
  /** Lets nobody connect until `start` is called. Connections stay. */
  stop(): void;
  /** Lets clients connect, as at the beginning. */
  start(): void;
}

interface Session {
  epoch: string;
  readonly events: EventOf<BroadcastType>[];
}

type Handler = (request: FakeRequest, caller: FakeCaller) => unknown;

/** Makes a fake server. Everything that it does it does in microtasks, so that it works with stopped clocks. */
export function createFakeServer(handlers: FakeHandlers = {}): FakeServer {
  const requests: FakeRequest[] = [];
  const answers = new Map<string, Promise<unknown>>(); // of clients with a key, which may ask again
  const sessions = new Map<string, Session>();
  const open = new Set<FakeSocket>();
  const known = new Map<string, Handler>();
  let up = true;

  const session = (id: string): Session => {
    const found = sessions.get(id) ?? { epoch: random(8), events: [] };
    sessions.set(id, found);
    return found;
  };

  const handle = (more: FakeHandlers): void => {
    for (const [type, handler] of Object.entries(more)) known.set(type, handler as unknown as Handler); // a protocol may know no handler that takes every request
  };

  /** The data of a response. */
  const carryOut = async (request: FakeRequest, caller: FakeCaller): Promise<unknown> => {
    try {
      const handler = known.get(request.type);
      if (!handler) throw new ClientError(`nothing handles ${request.type}`, "unknown_type" as never);
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
    #work: Promise<void> = Promise.resolve(); // requests that must not overlap
    #later: object[] | undefined; // broadcasts that wait for the answer to a request that changes something

    constructor(url: string) {
      this.#query = new URL(url).searchParams;
      this.#caller = { clientId: this.#query.get("client_id") ?? "", sessionId: this.#query.get("session_id") ?? undefined };
      queueMicrotask(() => this.#connect());
    }

    send(text: string): void {
      const request = JSON.parse(text) as FakeRequest;
      requests.push(request);
      const served = this.#work.then(() => this.#serve(request));
      const { mutates = false, answerFrame } = requestInfo[request.type] ?? {};
      if (mutates || answerFrame !== undefined) this.#work = served; // a frame must stand directly before its response
    }

    close(code = 1005, reason = ""): void {
      queueMicrotask(() => this.end(code, reason));
    }

    /** Sends a frame if the connection stands. */
    push(frame: object): void {
      if (open.has(this)) this.onmessage?.({ data: JSON.stringify(frame) });
    }

    /** Sends a broadcast, after the answer to the request that causes it. */
    publish(frame: object): void {
      if (this.#later) this.#later.push(frame);
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
      if (!up) return this.end(1006, "");
      const same = [...open].filter((other) => other.#caller.clientId === this.#caller.clientId);
      const key = (socket: FakeSocket): string | null => socket.#query.get("client_key");
      if (same.some((other) => key(other) !== null && key(other) !== key(this))) return this.end(4409, "client_id is in use with another client_key");
      for (const other of same) other.end(4001, "replaced by a newer connection");
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
      const known = this.#query.get("epoch");
      const reason = !resumed && { reason: known === null ? "new" : known === epoch ? "ahead" : "epoch" };
      this.push({ type: "welcome", session_id, epoch, last_seq: events.length, contract: contractHash, resumed, ...range, ...reason });
      for (const event of missed) this.push(event);
    }

    async #serve(request: FakeRequest): Promise<void> {
      const { type, request_id: id } = request;
      const { answerFrame: frame, mutates = false } = requestInfo[type] ?? {};
      const name = this.#query.has("client_key") && id !== undefined && `${this.#query.get("client_key")} ${id}`;
      if (id === undefined && !known.has(type)) return this.push({ type: "response", request_id: "alive", data: null }); // of nobody
      if (mutates) this.#later = [];
      if (name !== false) answers.set(name, answers.get(name) ?? carryOut(request, this.#caller));
      const data = await (name === false ? carryOut(request, this.#caller) : answers.get(name));
      const refused = typeof data === "object" && data !== null && "error" in data;
      const framed = frame !== undefined && !refused;
      if (framed) this.push({ contract: contractHash, ...(data as object), type: frame });
      if (id !== undefined) this.push({ type: "response", request_id: id, data: framed ? null : data });
      // As in a browser, the code behind await runs between two frames.
      for (const event of this.#later ?? []) {
        for (let tick = 0; tick < 10; tick++) await null;
        this.push(event);
      }
      this.#later = undefined;
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
      const epoch = random(8);
      events.length = 0;
      sessions.set(sessionId, { epoch, events });
      const frame = { type: "resync", session_id: sessionId, epoch, last_seq: 0, reason: "epoch" };
      for (const socket of [...open]) if (socket.listensTo(sessionId)) socket.publish(frame);
    },
    disconnect(code = 1006, reason = "") {
      for (const socket of [...open]) socket.end(code, reason);
    },
    stop() {
      up = false;
    },
    start() {
      up = true;
    },
  };
}
