// The number of steps, of a third of the interval each, without incoming frames after which the client
// pings, and after which the connection is dead. It pings twice in between.
const pingAfter = 3;
const deadAfter = 5;

/**
 * Detects a dead connection. After an interval without incoming frames it pings the server, after
 * another third of the interval it pings again, and after one more third it reports the connection
 * as dead.
 *
 * It checks the clock three times per interval, because timers stop while a machine sleeps and are
 * late while a page is frozen or hidden. If a timer was late, it pings at once: frames received
 * before do not count.
 */
export class Heartbeat {
  readonly #step: number;
  readonly #ping: () => void;
  readonly #onDead: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #quietSteps = 0; // number of steps without incoming frames
  #received = false;

  /** interval is in milliseconds. The heartbeat is off for 0 and for more than timers support. */
  constructor(interval: number, ping: () => void, onDead: () => void) {
    this.#step = interval / 3;
    this.#ping = ping;
    this.#onDead = onDead;
  }

  /** Starts from the beginning, as if a frame had just arrived. */
  start(): void {
    this.#quietSteps = 0;
    this.#received = false;
    this.#schedule();
  }

  /** Stops the heartbeat until it is started again. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** A frame has arrived. */
  received(): void {
    this.#received = true;
  }

  /** Pings at once. The server has two steps to answer. */
  probe(): void {
    this.#received = false;
    this.#quietSteps = Math.max(this.#quietSteps, pingAfter);
    this.#schedule();
    this.#ping(); // may stop the heartbeat
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!(this.#step > 0 && this.#step < 2 ** 31)) return; // timers support no more
    this.#due = Date.now() + this.#step;
    this.#timer = setTimeout(() => this.#tick(), this.#step);
  }

  #tick(): void {
    const late = Date.now() - this.#due > this.#step;
    this.#quietSteps = this.#received ? 0 : this.#quietSteps + 1;
    this.#received = false;
    if (late) this.#quietSteps = Math.max(this.#quietSteps, pingAfter);
    if (this.#quietSteps >= deadAfter) return this.#onDead();
    this.#schedule();
    if (this.#quietSteps >= pingAfter) this.#ping(); // may stop the heartbeat
  }
}
