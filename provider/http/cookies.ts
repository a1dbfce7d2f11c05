import type { IncomingHttpHeaders } from "node:http";

/** The cookies of one vendor's address, kept for as long as the client lives. */
export interface Cookies {
  /** What to send with a request; undefined while there is none. */
  readonly header: () => string | undefined;
  /** Takes in what an answer sets. */
  readonly take: (headers: IncomingHttpHeaders) => void;
}

/** Empty at first. An expiry other than "at once" is not heeded: a run is over before that. */
export function cookies(): Cookies {
  const kept = new Map<string, string>();
  return {
    header: () => (kept.size === 0 ? undefined : [...kept].map((pair) => pair.join("=")).join("; ")),
    take(headers) {
      for (const line of headers["set-cookie"] ?? []) {
        const [, name = "", value = ""] = /^\s*([^=;\s]+)\s*=\s*([^;]*)/.exec(line) ?? [];
        if (name === "") continue;
        if (/;\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)/i.test(line)) kept.delete(name);
        else kept.set(name, value.trim());
      }
    },
  };
}
