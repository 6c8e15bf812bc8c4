// A lobby: it shows who is in a session, and every change. It survives lost connections.

import { connect, SegError } from "seg-client";

export function openLobby({ url, sessionId, player, password, WebSocket, show }) {
  const seg = connect(url, { clientId: `lobby-${player}`, sessionId, password, WebSocket });
  const users = new Map();
  let events = []; // events that arrive while the list is read

  const draw = () => show({ state: seg.state, users: [...users.values()].map((user) => user.username).sort() });

  // An event sets a value and adds nothing, so it may be applied even if the list already contains it.
  const apply = (event) => {
    switch (event.type) {
      case "api-create_user":
        users.set(event.data.user.id, event.data.user);
        break;
      case "api-update_user":
        users.set(event.data.new.id, event.data.new);
        break;
      case "api-user_deleted":
        users.delete(event.data.user_id);
        break;
      default:
    }
  };

  const pause = (error) => {
    if (error.code === "closed") throw error;
    return new Promise((resolve) => setTimeout(resolve, 1_000)); // refused, for example by the rate limit
  };

  const read = async () => {
    const mine = (events = []);
    const list = await seg.getUsers({ session_id: sessionId }, { timeout: Infinity }).catch(pause);
    if (mine !== events) return; // a newer read has started
    if (!list) return read();
    users.clear();
    for (const user of list) users.set(user.id, user);
    for (const event of events) apply(event);
    events = undefined;
    draw();
  };

  seg.on("*", (event) => {
    if (event.type === "resync") return void read().catch(() => {}); // events were lost
    if (events) return void events.push(event);
    apply(event);
    draw();
  });
  seg.on("state", draw);
  seg.on("warning", ({ ours, theirs }) => console.warn(`the server has protocol ${theirs}, this page ${ours}`));

  return {
    ready: read(),
    // Joins the session. Returns a text about the result.
    async join(id, username) {
      try {
        await seg.createUser({ user_id: id, username, session_id: sessionId });
        return `welcome, ${username}`;
      } catch (error) {
        if (error instanceof SegError && error.code === "conflict") return "this number is taken";
        throw error;
      }
    },
    rename: (id, username) => seg.updateUser({ user_id: id, username }),
    leave: (id) => seg.deleteUser({ user_id: id }),
    // Waits for the next changes, and returns their types.
    async history(count) {
      const seen = [];
      for await (const event of seg.events()) {
        seen.push(event.type);
        if (seen.length === count) return seen;
      }
      return seen;
    },
    close: () => seg.close(),
  };
}
