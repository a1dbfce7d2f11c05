import { type ErrorRoom } from "./error-rooms.ts";
import { cell, code, table } from "./markdown.ts";

/** One table per room: code, meaning, what to do next. */
export function errorTables(rooms: readonly ErrorRoom[]): string {
  return rooms.map(section).join("\n\n");
}

function section({ folder, kinds }: ErrorRoom): string {
  const rows = kinds.map(({ code: name, meaning, next }) => [code(name), cell(meaning), cell(next)]);
  return `## ${folder}\n\n${table(["code", "meaning", "what to do next"], rows)}`;
}
