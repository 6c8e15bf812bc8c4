// Helpers for deleted sessions. A client that resumes soon still gets the event of the deletion. A server
// that keeps no events does not know the session any more.

import WebSocket from "ws";

// Settings of a server that deletes old events at once.
export const forgetAtOnce = { SEG_KEEP_FOR: "1ms", SEG_KEEP_ANSWERS: "1ms" };

// Waits until a server no longer knows a deleted session. The timeout of the test limits the wait.
export async function waitUntilForgotten(seg, url, sessionId, since) {
  for (;;) {
    const client = seg.connect(url, { clientId: "onlooker", clientKey: null, sessionId, since, WebSocket, retry: { attempts: 0 } });
    const known = new Promise((resolve) => client.on("welcome", () => resolve(true)));
    if (!(await Promise.race([known, client.closed.then(() => false)]))) return;
    await client.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
