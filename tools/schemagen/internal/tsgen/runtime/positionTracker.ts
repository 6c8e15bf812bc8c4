import type { Frame } from "./connection.js";
import type { ResyncEvent } from "./events.js";

/** A position in the events of a session. */
export interface Position {
  /** The epoch of the session. Sequence numbers are valid within an epoch. */
  readonly epoch: string;
  /** The sequence number of the newest event; 0 if there is none. */
  readonly seq: number;
}

/**
 * What to do with an event: deliver it, drop it because it was delivered before, or reconnect to
 * fetch the missing events before it.
 */
export type Turn = "next" | "old" | "gap";

/**
 * Tracks the position in a session across connections, so that each event is delivered once and in
 * order.
 */
export class PositionTracker {
  /** The newest received event. Undefined until the server has sent the session's position. */
  position: Position | undefined;

  constructor(since: Position | undefined) {
    this.position = since;
  }

  /** The position in a frame; undefined if it has none. */
  read(frame: Frame): Position | undefined {
    const { epoch, last_seq: seq } = frame;
    return typeof epoch === "string" && typeof seq === "number" ? { epoch, seq } : undefined;
  }

  /** Handles a welcome. Returns a resync if events were lost since the last connection. */
  welcome(frame: Frame, at: Position): ResyncEvent | undefined {
    const before = this.position;
    if (frame["resumed"] === true && before?.epoch === at.epoch) return undefined;
    this.position = at;
    return before && resync(frame, at);
  }

  /** Handles a resync: continues after the lost events. */
  resync(frame: Frame, at: Position): ResyncEvent {
    this.position = at;
    return resync(frame, at);
  }

  /**
   * Decides about an event by its sequence number and, if present, that of the previously delivered
   * event.
   */
  turn(seq: number, previous: unknown): Turn {
    const at = this.position;
    if (at === undefined) return "next"; // this server has not sent a position
    if (seq <= at.seq) return "old";
    if ((typeof previous === "number" ? previous : seq - 1) !== at.seq) return "gap";
    this.position = { epoch: at.epoch, seq };
    return "next";
  }
}

function resync(frame: Frame, at: Position): ResyncEvent {
  const { session_id, reason } = frame;
  return { type: "resync", session_id: String(session_id), epoch: at.epoch, last_seq: at.seq, reason: typeof reason === "string" ? reason : "epoch" };
}
