// How many steps of a third of the interval may be quiet until the server is asked, and until it is taken for dead. Between the two
// it is asked twice.
const askAfter = 3;
const deadAfter = 5;

/**
 * Notices that nothing is heard any more: after a quiet interval it asks for a sign of life, after another third of it once more, and
 * when that passes in silence too the other end is dead.
 *
 * It looks at the clock three times in an interval, because timers stand still while a machine sleeps and are late while a page is
 * frozen or hidden. When it finds itself late it asks at once: what was heard before counts no more.
 */
export class Heartbeat {
  readonly #step: number;
  readonly #ask: () => void;
  readonly #dead: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #quiet = 0; // steps
  #heard = false;

  /** interval is in milliseconds; 0, and more than timers can measure: it never begins. */
  constructor(interval: number, ask: () => void, dead: () => void) {
    this.#step = interval / 3;
    this.#ask = ask;
    this.#dead = dead;
  }

  /** Begins anew, as if something had been heard. */
  start(): void {
    this.#quiet = 0;
    this.#heard = false;
    this.#wait();
  }

  /** Ends it, until it is started again. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Something was heard. */
  heard(): void {
    this.#heard = true;
  }

  /** Asks at once; the other end has two steps to answer. */
  probe(): void {
    this.#heard = false;
    this.#quiet = Math.max(this.#quiet, askAfter);
    this.#wait();
    this.#ask(); // may stop the heartbeat
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (!(this.#step > 0 && this.#step < 2 ** 31)) return; // timers measure no more
    this.#due = Date.now() + this.#step;
    this.#timer = setTimeout(() => this.#look(), this.#step);
  }

  #look(): void {
    const late = Date.now() - this.#due > this.#step;
    this.#quiet = this.#heard ? 0 : this.#quiet + 1;
    this.#heard = false;
    if (late) this.#quiet = Math.max(this.#quiet, askAfter);
    if (this.#quiet >= deadAfter) return this.#dead();
    this.#wait();
    if (this.#quiet >= askAfter) this.#ask(); // may stop the heartbeat
  }
}
