/**
 * The part of a WebSocket that the client uses. Those of browsers, of Node 22 and later, and of the
 * npm package `ws` fit.
 *
 * Handlers take `any` because implementations have different types of events; {@link listen} gives
 * them types.
 */
export interface Socket {
  /** 0 connecting, 1 open, 2 closing, 3 closed, as in browsers. */
  readonly readyState?: number;
  /** Called when frames can be sent. */
  onopen: ((event: any) => any) | null;
  /** Called with each message. */
  onmessage: ((event: any) => any) | null;
  /** Called after a failure. */
  onerror: ((event: any) => any) | null;
  /** Called when it is closed, last of all. */
  onclose: ((event: any) => any) | null;
  /** Sends a text frame. */
  send(data: string): void;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
}

/** A WebSocket class. */
export type SocketConstructor = new (url: string) => Socket;

/** The events of a socket. */
export interface SocketListener {
  open(): void;
  message(data: unknown): void;
  /** The last event. cause is the implementation's description of a failure; browsers give none. */
  close(code: number, reason: string, cause: unknown): void;
}

/** Forwards the events of a socket until it is closed or the returned function is called. */
export function listen(socket: Socket, listener: SocketListener): () => void {
  let cause: unknown;
  const stop = (): void => {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // the npm package ws throws errors without a listener
  };
  socket.onopen = () => listener.open();
  socket.onmessage = (event: { data: unknown }) => listener.message(event.data);
  socket.onerror = (event: { error?: unknown }) => {
    cause = event.error;
  };
  socket.onclose = (event: { code: number; reason: string }) => {
    stop();
    listener.close(event.code, event.reason, cause);
  };
  return stop;
}

/** The WebSocket class of the platform. */
export function platformSocket(): SocketConstructor {
  const found: unknown = (globalThis as { WebSocket?: unknown }).WebSocket;
  if (typeof found !== "function") {
    throw new TypeError("this platform has no WebSocket: pass one as the option WebSocket, such as that of the npm package ws");
  }
  return found as SocketConstructor;
}
