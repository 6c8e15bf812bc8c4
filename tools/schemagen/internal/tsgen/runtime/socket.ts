/**
 * What is used of a WebSocket. Those of browsers, of Node 22 and later, and of the npm package `ws` fit.
 *
 * Handlers take `any` because implementations disagree on the types of their events; {@link listen} gives them types.
 */
export interface Socket {
  /** 0 connecting, 1 open, 2 closing, 3 closed, as in browsers. */
  readonly readyState?: number;
  /** Called when frames can be sent. */
  onopen: ((event: any) => any) | null;
  /** Called with what has come. */
  onmessage: ((event: any) => any) | null;
  /** Called when it fails. */
  onerror: ((event: any) => any) | null;
  /** Called when it is closed, last of all. */
  onclose: ((event: any) => any) | null;
  /** Sends a text. */
  send(data: string): void;
  /** Begins to close. */
  close(code?: number, reason?: string): void;
}

/** A class of WebSockets. */
export type SocketConstructor = new (url: string) => Socket;

/** What a socket tells. */
export interface SocketListener {
  open(): void;
  message(data: unknown): void;
  /** The last that is heard. cause is what an implementation says about a failure; browsers say nothing. */
  close(code: number, reason: string, cause: unknown): void;
}

/** Passes on what a socket tells, until it has told that it is closed or the function that is returned is called. */
export function listen(socket: Socket, listener: SocketListener): () => void {
  let cause: unknown;
  const stop = (): void => {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // the npm package ws throws errors that nobody listens to
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
