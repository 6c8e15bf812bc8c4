import type { Frame } from "./connection.js";
import type { ResyncEvent } from "./events.js";

/** How far a client has followed a session. */
export interface Position {
  /** Names one life of the session, in which its events are numbered. */
  readonly epoch: string;
  /** Number of the newest event; 0 if there is none. */
  readonly seq: number;
}

/** What to do with an event: hand it out, leave it out because it has been, or fetch what is missing before it. */
export type Turn = "next" | "old" | "gap";

/** Follows one session over one connection after the other, so that each of its events is handed out once and in order. */
export class Follower {
  /** The newest event that has come. Undefined until the server has said where the session stands. */
  position: Position | undefined;

  constructor(since: Position | undefined) {
    this.position = since;
  }

  /** Reads a frame that says where the session stands; undefined if it is none. */
  read(frame: Frame): Position | undefined {
    const { epoch, last_seq: seq } = frame;
    return typeof epoch === "string" && typeof seq === "number" ? { epoch, seq } : undefined;
  }

  /** Begins a connection as its welcome says. What is returned says that events were lost since the one before. */
  welcome(frame: Frame, at: Position): ResyncEvent | undefined {
    const before = this.position;
    if (frame["resumed"] === true && before?.epoch === at.epoch) return undefined;
    this.position = at;
    return before && resync(frame, at);
  }

  /** Goes on behind what was lost. */
  resync(frame: Frame, at: Position): ResyncEvent {
    this.position = at;
    return resync(frame, at);
  }

  /** Whose turn it is: an event's that carries this number, and perhaps that of the one delivered before. */
  turn(seq: number, previous: unknown): Turn {
    const at = this.position;
    if (at === undefined) return "next"; // this server does not say where it stands
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
