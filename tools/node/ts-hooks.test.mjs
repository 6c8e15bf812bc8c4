// The React hook and the Vue composable in real React and Vue, with the fake server.

import assert from "node:assert/strict";
import { Window } from "happy-dom";
import { act, createElement, StrictMode } from "react";
import { afterEach, beforeEach, test, vi } from "vitest";
import { eventually } from "./lib/events.mjs";
import { entry } from "./lib/package.mjs";

// Both look for a page when they are loaded.
const page = new Window();
const { document } = page;
for (const [name, value] of Object.entries({ window: page, document, navigator: page.navigator, Element: page.Element, SVGElement: page.SVGElement })) {
  Object.defineProperty(globalThis, name, { value, configurable: true }); // some versions of Node have one that cannot be assigned to
}
const { createRoot } = await import("react-dom/client");
const { renderToString } = await import("react-dom/server");
const { createApp, h, nextTick, ref, shallowRef } = await import("vue");
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
// Clocks are stopped, so that a slow machine makes no difference. This lets as much time pass as is more than the pause between two readings.
const settle = () => vi.advanceTimersByTimeAsync(110);

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

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

for (const [name, use] of Object.entries(ways)) {
  test(`${name}: it loads data, applies events and unsubscribes`, async () => {
    const { server, client, create } = await setUp([user(1, "Ann")]);
    const view = use(client, merge);
    await view.begin();
    assert.equal(view.text(), "open ready ok Ann");
    const before = server.requests.length;
    await view.after(() => create(user(2, "Bob")));
    assert.equal(view.text(), "open ready ok Ann,Bob");
    assert.equal(server.requests.length, before, "requests after an event");
    await view.after(() => server.forget("G1"));
    assert.equal(server.requests.length, before + 1, "requests after a resync");
    await view.after(() => server.disconnect(4000));
    assert.equal(view.text(), "open ready ok Ann,Bob");
    await view.end();
    create(user(3, "Cid"));
    await settle();
    assert.equal(server.requests.length, before + 1);
    await client.close();
  });

  test(`${name}: events during a load are applied once`, async () => {
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

  test(`${name}: without reduce it loads again after each event; an error is shown until the next load`, async () => {
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
    assert.equal(view.text(), "open ready ok Ann,Bob", "the data is loaded again after a reconnection");
    await view.end();
    await client.close();
  });
}

// A server whose answers take as long as the test likes, and a client of it.
async function slowly() {
  const waiting = [];
  const server = createFakeServer({ "get-users": () => new Promise((resolve, reject) => waiting.push({ resolve, reject })) });
  const client = seg.connect("ws://fake/connect", { clientId: "me", clientKey: null, sessionId: "G1", WebSocket: server.WebSocket });
  await client.opened;
  let last = 0;
  const happen = () => server.broadcast("api-create_user", { session_id: "G1", user: user(++last, `U${last}`) }, "G1");
  const asked = () => server.requests.filter(({ type }) => type === "get-users").length;
  // A component that is mounted twice, as React does to find mistakes, has cancelled its first read; it is answered before the second.
  const begin = async (view) => {
    for (await view.begin(); waiting.length < asked(); await settle()) waiting.at(-1).resolve([]);
  };
  return { client, server, waiting, happen, asked, begin };
}

for (const [name, use] of Object.entries(ways)) {
  test(`${name}: without reduce, fast events cause one load at a time, and the view is updated`, async () => {
    const { client, waiting, happen, asked, begin } = await slowly();
    const view = use(client, undefined);
    await begin(view);
    const before = asked();
    await view.after(() => { for (let i = 0; i < 500; i++) happen(); });
    assert.equal(asked(), before, "no second load starts during a load");
    await view.after(() => waiting.splice(0).at(-1).resolve([user(1, "U1")]));
    assert.equal(view.text(), "open loading ok U1", "the loaded data is shown during the next load");
    assert.equal(asked(), before + 1, "one load for 500 events");
    await view.after(() => waiting.splice(0).at(-1).resolve([user(500, "U500")]));
    assert.equal(view.text(), "open ready ok U500");
    assert.equal(asked(), before + 1);
    await view.after(happen);
    await view.after(happen);
    await view.end();
    waiting.at(-1).resolve([]);
    await settle();
    assert.equal(asked(), before + 2, "no load after unmounting");
    await client.close();
  });

  test(`${name}: after an error, fast events do not restart the load`, async () => {
    const { client, waiting, happen, asked, begin } = await slowly();
    const view = use(client, merge);
    await begin(view);
    await view.after(() => { for (const one of waiting.splice(0)) one.reject(new seg.SegError("no", "internal")); });
    assert.equal(view.text(), "open ready internal ");
    const before = asked();
    for (let i = 0; i < 5; i++) await view.after(() => { for (let j = 0; j < 10; j++) happen(); });
    assert.equal(asked(), before + 1);
    await view.after(() => waiting.splice(0).at(-1).resolve([user(1, "U1")]));
    assert.match(view.text(), /^open ready ok U1,U2,.*,U50$/, "events during the load are included");
    await view.end();
    await client.close();
  });

  test(`${name}: events lost during a load cause one more load, and the view never has only some of them`, async () => {
    const { client, server, waiting, happen, asked, begin } = await slowly();
    const view = use(client, merge);
    await begin(view);
    const before = asked();
    await view.after(() => {
      happen();
      for (let i = 0; i < 50; i++) server.forget("G1");
    });
    assert.equal(asked(), before);
    await view.after(() => waiting.splice(0).at(-1).resolve([user(7, "Read")]));
    assert.equal(view.text(), "open loading ok Read");
    assert.equal(asked(), before + 1);
    await view.after(happen);
    await view.after(() => waiting.splice(0).at(-1).resolve([user(8, "Again")]));
    assert.equal(view.text(), "open ready ok Again,U2");
    assert.equal(asked(), before + 1);
    await view.end();
    await client.close();
  });

  test(`${name}: the number of loads is limited, and the view has the last state`, async () => {
    const { server, client, create } = await setUp([]);
    const view = use(client, undefined);
    await view.begin();
    const before = server.requests.length;
    let last = 0;
    await view.after(() => {
      const timer = setInterval(() => (last < 40 ? create(user(++last, `U${last}`)) : clearInterval(timer)), 2);
    });
    while (last < 40) await view.after(() => {});
    await view.after(() => {});
    const asked = server.requests.length - before;
    assert.ok(asked >= 1 && asked < 20, `loads for 40 events: got ${asked}, want 1 to 19`); // in a tenth of a second there is one
    assert.match(view.text(), /^open ready ok U1,U2,.*,U40$/);
    await view.end();
    await client.close();
  });

  test(`${name}: without a client it waits`, async () => {
    const root = use(undefined, merge);
    await root.begin();
    assert.equal(root.text(), "connecting loading ok ");
    await root.end();
  });
}

for (const [name, use] of Object.entries(ways)) {
  // After one refused or unanswered read, nothing was ever read again.
  test(`${name}: a failed load is repeated automatically`, async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { server, client } = await setUp([]);
    let asked = 0;
    server.handle({ "get-users": () => {
      if (++asked === 1) throw new seg.SegError("slow down", "rate_limited");
      return [user(1, "Ann")];
    } });
    const view = use(client, merge);
    await view.begin();
    for (let tries = 0; view.text() !== "open ready ok Ann" && tries < 300; tries++) await view.after(() => {});
    assert.equal(view.text(), "open ready ok Ann");
    await view.end();
    await client.close();
  });

  // It showed data that lacked an event, without an error.
  test(`${name}: when reduce throws, the data is loaded again`, async () => {
    const users = [user(1, "Ann")];
    const { server, client, create } = await setUp(users);
    const view = use(client, (all, event) => {
      if (event.data.user?.username === "Bob") throw new Error("boom");
      return merge(all, event);
    });
    await view.begin();
    const before = server.requests.length;
    await view.after(() => create(user(2, "Bob")));
    await view.after(() => {});
    assert.equal(server.requests.length, before + 1);
    await view.after(() => create(user(3, "Cid")));
    assert.equal(view.text(), "open ready ok Ann,Bob,Cid");
    await view.end();
    await client.close();
  });
}

test("the pause between failing loads grows", async () => {
  const { server, client } = await setUp([]);
  server.handle({ "get-users": () => { throw new seg.SegError("slow down", "rate_limited"); } });
  const pauses = [];
  const set = globalThis.setTimeout;
  vi.spyOn(globalThis, "setTimeout").mockImplementation((call, after, ...rest) => {
    if (after > 450 && after < 60_000) {
      pauses.push(after);
      after = 0;
    }
    return set(call, after, ...rest);
  });
  const view = ways.vue(client, merge);
  await view.begin();
  for (let tries = 0; pauses.length <= 8 && tries < 100; tries++) await settle();
  await view.end();
  vi.restoreAllMocks();
  const rare = pauses.filter((pause) => pause < 10_000); // the timeouts of calls are longer
  assert.ok(rare.some((pause) => pause <= 1_000) && rare.some((pause) => pause > 3_500), `${pauses}`);
  assert.ok(Math.max(...pauses) <= 30_000, `${pauses}`);
  await client.close();
});

test("useLive: an error of reduce is shown, and retry loads again", async () => {
  const { client, create, server } = await setUp([user(1, "Ann")]);
  const shown = [];
  const app = createApp({ setup: () => {
    const data = vue.useLive(client, load(client), () => { throw new Error("boom"); });
    return () => (shown.push(data.value), h("p"));
  } });
  app.mount(document.createElement("div"));
  await settle();
  server.handle({ "get-users": () => new Promise(() => {}) });
  create(user(2, "Bob"));
  await eventually(() => assert.equal(shown.at(-1).error?.message, "boom"));
  const before = server.requests.length;
  app.unmount();
  assert.equal(typeof shown.at(-1).retry, "function");
  shown.at(-1).retry(); // after the end it does nothing
  await settle();
  assert.equal(server.requests.length, before);
  await client.close();
});

test("retry loads again at once after a failed load", async () => {
  const { client, server } = await setUp([]);
  let fail = true;
  server.handle({ "get-users": () => {
    if (fail) throw new seg.SegError("no", "internal");
    return [user(1, "Ann")];
  } });
  let retry;
  const root = document.createElement("div");
  const app = createApp({ setup: () => {
    const data = vue.useLive(client, load(client), merge);
    return () => ((retry = data.value.retry), h("p", show(data.value)));
  } });
  app.mount(root);
  await settle();
  assert.equal(root.textContent, "open ready internal ");
  fail = false;
  retry();
  await settle();
  assert.equal(root.textContent, "open ready ok Ann");
  app.unmount();
  await client.close();
});

// It accepted a client by value only, so a component that was set up before the login never became ready.
test("vue: the client may be a ref or a getter and may be undefined at times", async () => {
  const { client } = await setUp([user(1, "Ann")]);
  const other = await setUp([user(2, "Bob")]);
  const who = shallowRef();
  for (const given of [who, () => who.value]) {
    who.value = undefined;
    const root = document.createElement("div");
    const app = createApp({ setup: () => { const live = vue.useLive(given, (signal) => who.value.getUsers({}, { signal })); return () => h("p", show(live.value)); } });
    app.mount(root);
    await settle();
    assert.equal(root.textContent, "connecting loading ok ");
    for (const [next, text] of [[client, "open ready ok Ann"], [other.client, "open ready ok Bob"], [null, "connecting loading ok "], [client, "open ready ok Ann"]]) {
      who.value = next;
      await settle();
      assert.equal(root.textContent, text);
    }
    app.unmount();
  }
  await Promise.all([client.close(), other.client.close()]);
});

test("react: the client may be undefined at times", async () => {
  const { client } = await setUp([user(1, "Ann")]);
  const root = document.createElement("div");
  const tree = createRoot(root);
  const View = ({ who }) => show(react.useLive(who, (signal) => who.getUsers({}, { signal })));
  for (const [who, text] of [[undefined, "connecting loading ok "], [client, "open ready ok Ann"], [undefined, "connecting loading ok "], [client, "open ready ok Ann"]]) {
    await act(async () => (tree.render(createElement(View, { who })), await settle()));
    assert.equal(root.textContent, text);
  }
  await act(async () => tree.unmount());
  await client.close();
});

test("nothing is rendered if reduce returns its input", async () => {
  const { server, client } = await setUp([user(1, "Ann")]);
  const same = (all) => all;
  const view = ways.react(client, same);
  await view.begin();
  const before = view.renders();
  let changes = 0;
  const app = createApp({ setup: () => { const live = vue.useLive(client, load(client), same); return () => (changes++, h("p", show(live.value))); } });
  app.mount(document.createElement("div"));
  await settle();
  const drawn = changes;
  await view.after(() => { for (let i = 0; i < 200; i++) server.broadcast("api-user_deleted", { user_id: i }, "G1"); });
  assert.equal(view.renders(), before);
  assert.equal(changes, drawn);
  app.unmount();
  await view.end();
  await client.close();
});

test("vue: a client in a ref is not wrapped in a proxy", async () => {
  const { client } = await setUp([user(1, "Ann")]);
  assert.equal(ref(client).value, client);
  assert.equal((await ref({ client }).value.client.getUsers({ session_id: "G1" }))[0].username, "Ann");
  await client.close();
});

test("react: it restarts when dependencies change and does not start on the server", async () => {
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

test("vue: it restarts when a value that load reads changes", async () => {
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
