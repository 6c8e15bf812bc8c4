// What the compiler must accept of the generated package's users, and with expect-error lines what it must not.

import ws, { WebSocket as NamedSocket } from "ws";
import {
  type Answer, type Broadcasts, type Client, connect, type EventOf, type Params, type Position, type RequestType, SegError, type ServerEvent,
  type Session, type SocketConstructor, Stage, TimeoutError, type User,
} from "../../../gen/ts/src/index.js";
import { useLive } from "../../../gen/ts/src/react.js";
import { createFakeServer } from "../../../gen/ts/src/testing.js";
import { check, validators } from "../../../gen/ts/src/validators.js";
import { useLive as useLiveInVue } from "../../../gen/ts/src/vue.js";

// Every WebSocket class there is fits.
export const classes: SocketConstructor[] = [ws, NamedSocket, WebSocket];

const seg = connect(new URL("ws://localhost:8000/ws/connect"), { clientId: "me", sessionId: undefined, password: "p", WebSocket: ws });

// @ts-expect-error: clientId is required
connect("ws://localhost", { password: "p" });
// @ts-expect-error: no such class
connect("ws://localhost", { clientId: "me", WebSocket: class {} });

export async function calls(): Promise<void> {
  const created = await seg.createUser({ user_id: 1, username: "Ann", session_id: "G1" });
  const name: string = created.user.username;
  await seg.createUser({ user_id: "1", username: name, session_id: "G1", password: "another" }, { timeout: 1, signal: AbortSignal.timeout(1) });
  // @ts-expect-error: not digits
  await seg.createUser({ user_id: "one", username: "Ann", session_id: "G1" });
  // @ts-expect-error: session_id is required
  await seg.createUser({ user_id: 1, username: "Ann" });
  // @ts-expect-error: no such field
  await seg.createUser({ user_id: 1, username: "Ann", session_id: "G1", age: 7 });

  const user: User | null = await seg.getUser({ id: 1 });
  // @ts-expect-error: may be null
  user.id;
  const users: User[] = await seg.request("get-users", {});
  // @ts-expect-error: there may be no such item
  users[0].id;
  const none: null = await seg.deleteUser({ user_id: 1 });
  const session: Session | null = await seg.getSession({ stage: Stage.FreeUserConnect });
  // x-always: the server always writes it
  const step: number | undefined = session?.step;
  // @ts-expect-error: no such stage
  await seg.getSession({ stage: "Lobby" });
  // @ts-expect-error: nobody serves it
  await seg.request("no-such-request", {});
  const pong = await seg.ping({ content: [1] });
  // @ts-expect-error: nobody knows what it is
  pong.content.length;
  await seg.deleteSession({ session_id: "G1", really: true });
  // @ts-expect-error: must be true
  await seg.deleteSession({ session_id: "G1", really: false });
  void [none, step];
}

// Code about any request.
export function retry<T extends RequestType>(client: Client, type: T, params: Params<T>): Promise<Answer<T>> {
  return client.request(type, params).catch(() => client.request(type, params));
}

export function events(): void {
  const stop: () => void = seg.on("api-create_user", (event: EventOf<"api-create_user">) => {
    const user: User = event.data.user;
    return [user, event.seq, event.session_id, event.timestamp, event.prev_seq];
  });
  stop();
  // @ts-expect-error: no such event
  seg.on("api-nothing", () => {});
  seg.on("*", (event) => {
    if (event.type === "api-user_deleted") return event.data.user_id;
    if (event.type === "resync") return event.reason;
    // @ts-expect-error: not in all of them
    return event.data.user_id;
  });
  seg.on("warning", ({ ours, theirs }: { ours: string; theirs: string }) => ours + theirs);
  seg.on("state", ({ state, error }) => (state === "waiting" ? error?.closeCode : undefined));
  seg.on("welcome", (event) => event.last_seq + (event.from ?? 0));
  const position: Position | undefined = seg.position;
  // @ts-expect-error: no such state
  void (seg.state === "lost");
  void position;
}

// Everything that connect can be given.
export const full = connect("ws://localhost", {
  clientId: "me", sessionId: "G1", since: { epoch: "e", seq: 1 }, clientKey: null, storage: localStorage, timeout: 1, queueLimit: 1, heartbeat: 1,
  retry: { base: 1, cap: 2, attempts: 3 }, validate: validators, onError: () => {}, WebSocket: createFakeServer().WebSocket,
});

export function fake(): void {
  const server = createFakeServer({ "get-user": (request, { clientId }) => (request.id === 1 ? null : { id: 1, username: clientId, company_id: 0, session_id: "G1" }) });
  server.broadcast("api-user_deleted", { user_id: 1 });
  // @ts-expect-error: no such data
  server.broadcast("api-user_deleted", { user: 1 });
  // @ts-expect-error: no such answer
  server.handle({ "get-user": () => 7 });
  void check("User", 1)?.path;
}

export const hooks = [
  (): number | undefined => useLive(seg, () => seg.getUsers(), (users) => users).data?.length,
  (client: Client | undefined): number | undefined => useLive(client, () => seg.getUsers()).data?.length, // there may be none yet
  (): number | undefined => useLiveInVue(seg, (signal) => seg.getUsers({}, { signal })).value.data?.length,
];

// A switch over all events can be shown to be whole.
export function count(event: ServerEvent): keyof Broadcasts | undefined {
  if (event.type in {}) return undefined;
  return event.type;
}

export async function loop(): Promise<void> {
  for await (const event of seg.events({ signal: AbortSignal.timeout(5), limit: 3 })) {
    if (event.type === "resync") continue;
    const type: keyof Broadcasts = event.type;
    void type;
  }
}

export function refused(error: unknown): void {
  if (!(error instanceof SegError)) throw error;
  if (error instanceof TimeoutError && error.outcome === "unknown") return;
  if (error.code === "not_found" || error.code === "queue_full") return;
  // @ts-expect-error: no such code
  if (error.code === "nothing") return;
  const path: string | undefined = error.details[0]?.path;
  void path;
}
