import type { Answer } from "./attempt.ts";

interface Message {
  readonly type?: string;
}

/** Asks a database for a statement of SQL over a WebSocket (Hrana 2). A refused greeting is answered as 401. */
export function askedBySocket(url: string, sql: string, token: string | undefined, limitMs: number): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const socket = new WebSocket(url.replace(/^http/, "ws"), "hrana2");
  const end = (status: number, text: string) => {
    clearTimeout(timer);
    socket.close();
    resolve({ status, text, headers: {} });
  };
  const timer = setTimeout(() => end(0, "no answer"), limitMs);
  const say = (message: object) => socket.send(JSON.stringify(message));
  socket.addEventListener("open", () => {
    say({ type: "hello", jwt: token ?? null });
    say({ type: "request", request_id: 0, request: { type: "open_stream", stream_id: 0 } });
    say({ type: "request", request_id: 1, request: { type: "execute", stream_id: 0, stmt: { sql, want_rows: true } } });
  });
  socket.addEventListener("message", ({ data }) => {
    const text = String(data);
    const { type, ...rest } = JSON.parse(text) as Message & { readonly request_id?: number };
    if (type === "hello_error") end(401, text);
    else if (type === "response_error") end(/auth/i.test(text) ? 401 : 400, text);
    else if (type === "response_ok" && rest.request_id === 1) end(200, text);
  });
  socket.addEventListener("error", () => end(0, "the connection broke"));
  // A server may end the conversation instead of answering a greeting that it does not take.
  socket.addEventListener("close", ({ code, reason }) => end(code === 1006 ? 0 : 401, reason));
  return promise;
}
