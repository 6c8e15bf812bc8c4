// Checks that nothing is lost and nothing comes twice.

import assert from "node:assert/strict";
import { vi } from "vitest";

// How long a call to the real program may take on a slow machine, in milliseconds.
export const patience = 120_000;

// Collects what a client hands out.
export function collect(client) {
  const events = [];
  client.on("*", (event) => events.push(event));
  return events;
}

// Waits for a condition; the test's own time limit ends it.
export async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

// Waits until a check does not throw, and throws what it has thrown last when that takes more than a minute.
export const eventually = (check) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

// Holds what was collected to be events first to last, each once and in order.
export function isWhole(events, first, last) {
  const numbers = events.map((event) => event.seq ?? `${event.type} ${event.reason}`);
  assert.deepEqual(numbers, Array.from({ length: last - first + 1 }, (_, i) => first + i));
}
