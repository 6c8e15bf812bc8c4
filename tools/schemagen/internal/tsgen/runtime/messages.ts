// Stands in for the file that is generated beside the runtime: the least that a protocol tells it. It is not copied.

export type Code = "not_found" | "internal";

export interface Requests {
  plain: { request: { id?: number | undefined }; answer: { name: string } };
  write: { request: { id: number; token: string }; answer: null; credential: "token" };
  ping: { request: object; answer: { echo: unknown } };
}

export interface Broadcasts {
  happened: { id: number };
}

export interface Credentials {
  token?: string | undefined;
}

export interface RequestInfo {
  readonly credential?: keyof Credentials;
  readonly mutates?: boolean;
  readonly answerFrame?: string;
}

export const requestInfo: { readonly [type: string]: RequestInfo | undefined } = {
  write: { credential: "token", mutates: true },
  ping: { answerFrame: "pong" },
};

export const broadcastTypes: readonly (keyof Broadcasts)[] = ["happened"];

export const executionCodes: readonly string[] = ["not_found"];

export const heartbeat: string | undefined = "ping";

export const announcesClose: boolean = true;

export const contractHash: string = "0";
