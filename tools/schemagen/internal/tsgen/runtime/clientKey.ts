/** A storage for the key of a client, such as `localStorage` in browsers. */
export interface KeyStorage {
  /** The text with a name; null if there is none. */
  getItem(name: string): string | null;
  /** Stores a text under a name. */
  setItem(name: string, text: string): void;
}

/** Random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const memoryEntries = new Map<string, string>();

const memoryStorage: KeyStorage = {
  getItem: (name) => memoryEntries.get(name) ?? null,
  setItem: (name, text) => void memoryEntries.set(name, text),
};

/**
 * Loads the key with a name, or generates and stores one. If the storage fails, the key is kept in
 * memory.
 */
export function loadKey(name: string, storage?: KeyStorage): string {
  for (const storageOf of [() => storage ?? (globalThis as { localStorage?: KeyStorage }).localStorage ?? memoryStorage, () => memoryStorage]) {
    try {
      const stored = storageOf().getItem(name);
      if (stored && /^[!-~]{8,128}$/.test(stored)) return stored;
      const created = randomHex(16);
      storageOf().setItem(name, created);
      if (storageOf().getItem(name) === created) return created;
    } catch {
      // the storage is blocked by the user, or full
    }
  }
  return randomHex(16);
}
