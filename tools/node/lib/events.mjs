// Helpers for events: collect them, and check that none is lost or delivered twice.

import assert from "node:assert/strict";
import { vi } from "vitest";

// The timeout of a call to the real program on a slow machine, in milliseconds.
export const slowTimeout = 120_000;

// Collects the events of a client.
export function collect(client) {
  const events = [];
  client.on("*", (event) => events.push(event));
  return events;
}

// Waits for a condition. The timeout of the test limits the wait.
export async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

// Repeats a check until it does not throw. After a minute, throws its last error.
export const eventually = (check) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

// Asserts that the events are those from first to last, each once and in order.
export function assertComplete(events, first, last) {
  const numbers = events.map((event) => event.seq ?? `${event.type} ${event.reason}`);
  assert.deepEqual(numbers, Array.from({ length: last - first + 1 }, (_, i) => first + i));
}
