import type { Precondition } from "../note-service.ts";

/** The conditions of a request: If-Match and If-None-Match as RFC 9110 has them. */
export function preconditionOf(header: (name: string) => string | undefined): Precondition {
  return { ifMatch: tags(header("if-match"), "strong"), ifNoneMatch: tags(header("if-none-match"), "weak") };
}

/** For a comparison that has to be strong a weak tag is none; a list that names nothing matches nothing. */
function tags(value: string | undefined, comparison: "strong" | "weak"): string[] | undefined {
  if (value === undefined) return undefined;
  if (value.trim() === "*") return ["*"];
  return [...value.matchAll(/(W\/)?"([^"]*)"/g)].flatMap(([, weak, tag = ""]) =>
    weak !== undefined && comparison === "strong" ? [] : tag === "*" ? [] : [tag],
  );
}
