/** Where a client's key is kept; what browsers call `localStorage` is one. */
export interface KeyStorage {
  /** The text that is kept under a name; null if there is none. */
  getItem(name: string): string | null;
  /** Keeps a text under a name. */
  setItem(name: string, text: string): void;
}

/** Random bytes as hexadecimal digits. */
export function random(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const memory = new Map<string, string>();

const forgetful: KeyStorage = {
  getItem: (name) => memory.get(name) ?? null,
  setItem: (name, text) => void memory.set(name, text),
};

/** The key that is kept under a name; one is made when there is none. Where the storage fails, this process remembers. */
export function keptKey(name: string, storage?: KeyStorage): string {
  for (const place of [() => storage ?? (globalThis as { localStorage?: KeyStorage }).localStorage ?? forgetful, () => forgetful]) {
    try {
      const kept = place().getItem(name);
      if (kept && /^[!-~]{8,128}$/.test(kept)) return kept;
      const made = random(16);
      place().setItem(name, made);
      if (place().getItem(name) === made) return made;
    } catch {
      // blocked by the user, or full
    }
  }
  return random(16);
}
