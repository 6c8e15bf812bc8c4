// The React hook and the Vue composable, in real React and real Vue, over the fake server.

import assert from "node:assert/strict";
import { Window } from "happy-dom";
import { act, createElement, StrictMode } from "react";
import { afterEach, test, vi } from "vitest";
import { entry } from "./lib/package.mjs";

// Both look for a page when they are loaded.
const page = new Window();
const { document } = page;
for (const [name, value] of Object.entries({ window: page, document, navigator: page.navigator, Element: page.Element, SVGElement: page.SVGElement })) {
  Object.defineProperty(globalThis, name, { value, configurable: true }); // some versions of Node have one that cannot be assigned to
}
const { createRoot } = await import("react-dom/client");
const { renderToString } = await import("react-dom/server");
const { createApp, h, nextTick, ref } = await import("vue");
const [seg, { createFakeServer }, react, vue] = await Promise.all(["index", "testing", "react", "vue"].map(entry));
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

const user = (id, username) => ({ id, username, company_id: 0, session_id: "G1" });
const merge = (users, event) => (event.type === "api-create_user" ? [...users.filter((one) => one.id !== event.data.user.id), event.data.user] : users);
const show = ({ data, error, loading, state }) => `${state} ${loading ? "loading" : "ready"} ${error ? error.code : "ok"} ${(data ?? []).map((one) => one.username).join(",")}`;

// A client of a fake server that knows the users given.
async function setUp(users) {
  const server = createFakeServer({ "get-users": ({ session_id }) => users.filter((one) => !session_id || one.session_id === session_id) });
  const client = seg.connect("ws://fake/connect", { clientId: "me", sessionId: "G1", WebSocket: server.WebSocket, retry: { base: 0 } });
  await client.opened;
  const create = (one, quietly) => {
    users.push(one);
    server.broadcast("api-create_user", { session_id: "G1", user: one }, quietly ?? "G1");
  };
  return { server, client, create };
}

const load = (client) => (signal) => client.getUsers({ session_id: "G1" }, { signal });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

// The two ways to use the same, each with a way to look at what is shown, to do something and wait for what comes of it, and to end it.
const ways = {
  react(client, reduce) {
    const root = document.createElement("div");
    const tree = createRoot(root);
    let renders = 0;
    const View = () => (renders++, show(react.useLive(client, load(client), reduce)));
    return {
      begin: () => act(async () => (tree.render(createElement(StrictMode, null, createElement(View))), await settle())),
      text: () => root.textContent,
      after: (step) => act(async () => (step(), await settle())),
      end: () => act(async () => tree.unmount()),
      renders: () => renders,
    };
  },
  vue(client, reduce) {
    const root = document.createElement("div");
    const app = createApp({ setup: () => { const live = vue.useLive(client, load(client), reduce); return () => h("p", show(live.value)); } });
    return {
      begin: async () => (app.mount(root), await settle(), await nextTick()),
      text: () => root.textContent,
      after: async (step) => (step(), await settle(), await nextTick()),
      end: async () => app.unmount(),
    };
  },
};

afterEach(() => vi.restoreAllMocks());

for (const [name, use] of Object.entries(ways)) {
  test(`${name}: it loads, follows, and lets go`, async () => {
    const { server, client, create } = await setUp([user(1, "Ann")]);
    const view = use(client, merge);
    await view.begin();
    assert.equal(view.text(), "open ready ok Ann");
    const before = server.requests.length;
    await view.after(() => create(user(2, "Bob")));
    assert.equal(view.text(), "open ready ok Ann,Bob");
    assert.equal(server.requests.length, before, "an event needs no request");
    await view.after(() => server.forget("G1"));
    assert.equal(server.requests.length, before + 1, "a resync does");
    await view.after(() => server.disconnect(4000));
    assert.equal(view.text(), "open ready ok Ann,Bob");
    await view.end();
    create(user(3, "Cid"));
    await settle();
    assert.equal(server.requests.length, before + 1);
    await client.close();
  });

  test(`${name}: what happens while it loads is not lost, and not shown twice`, async () => {
    const { server, client } = await setUp([]);
    let answer;
    const gate = new Promise((resolve) => (answer = resolve));
    server.handle({ "get-users": () => gate });
    const view = use(client, merge);
    await view.begin();
    assert.equal(view.text(), "open loading ok ");
    for (const one of [user(1, "Ann"), user(2, "Bob")]) server.broadcast("api-create_user", { session_id: "G1", user: one }, "G1");
    await view.after(() => answer([user(1, "Ann")]));
    assert.equal(view.text(), "open ready ok Ann,Bob");
    await view.end();
    await client.close();
  });

  test(`${name}: without reduce it loads anew at each event; an error is shown until the next time`, async () => {
    const users = [];
    const { server, client, create } = await setUp(users);
    const view = use(client, undefined);
    await view.begin();
    await view.after(() => create(user(1, "Ann")));
    assert.equal(view.text(), "open ready ok Ann");
    server.handle({ "get-users": () => { throw new seg.SegError("no", "internal"); } });
    await view.after(() => create(user(2, "Bob")));
    assert.equal(view.text(), "open ready internal Ann");
    server.handle({ "get-users": () => users });
    await view.after(() => server.disconnect());
    assert.equal(view.text(), "open ready ok Ann,Bob", "a new connection is a new chance");
    await view.end();
    await client.close();
  });
}

test("react: dependencies begin it anew, on the server nothing begins", async () => {
  const { server, client } = await setUp([user(1, "Ann")]);
  const root = document.createElement("div");
  const tree = createRoot(root);
  const View = ({ id }) => show(react.useLive(client, (signal) => client.getUsers({ session_id: id }, { signal }), undefined, [id]));
  await act(async () => (tree.render(createElement(View, { id: "G1" })), await settle()));
  assert.equal(root.textContent, "open ready ok Ann");
  await act(async () => (tree.render(createElement(View, { id: "G2" })), await settle()));
  assert.equal(root.textContent, "open ready ok ");
  await act(async () => tree.unmount());
  const before = server.requests.length;
  assert.equal(renderToString(createElement(View, { id: "G1" })), "connecting loading ok ");
  assert.equal(server.requests.length, before);
  await client.close();
});

test("vue: what load looks at begins it anew", async () => {
  const { client } = await setUp([user(1, "Ann")]);
  const root = document.createElement("div");
  const id = ref("G1");
  const app = createApp({ setup: () => { const live = vue.useLive(client, (signal) => client.getUsers({ session_id: id.value }, { signal })); return () => h("p", show(live.value)); } });
  app.mount(root);
  await settle();
  assert.equal(root.textContent, "open ready ok Ann");
  id.value = "G2";
  await settle();
  assert.equal(root.textContent, "open ready ok ");
  app.unmount();
  await client.close();
});
