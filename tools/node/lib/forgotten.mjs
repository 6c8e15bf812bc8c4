// Sessions that are deleted. Whoever comes back soon is still told of it by an event; a server that keeps no events does not know them.

import WebSocket from "ws";

// Settings of a server that forgets at once.
export const forgetful = { SEG_KEEP_FOR: "1ms", SEG_KEEP_ANSWERS: "1ms" };

// Waits until a server has forgotten a session that somebody has followed up to a position. The test's own time limit ends it.
export async function forgotten(seg, url, sessionId, since) {
  for (;;) {
    const client = seg.connect(url, { clientId: "onlooker", clientKey: null, sessionId, since, WebSocket, retry: { attempts: 0 } });
    const known = new Promise((resolve) => client.on("welcome", () => resolve(true)));
    if (!(await Promise.race([known, client.closed.then(() => false)]))) return;
    await client.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
