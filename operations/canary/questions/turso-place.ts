import { at, must, NotAsked } from "../caller.ts";
import { making, once, type Room } from "../room.ts";

/** A database of the canary with its own token. */
export interface CanaryDatabase {
  readonly name: string;
  readonly hostname: string;
  readonly token: string;
}

/** What the questions about Turso share. */
export interface TursoPlace {
  readonly room: Room;
  /** The canary's own group: changes to its tokens affect nobody else. */
  readonly group: () => Promise<{ readonly name: string; readonly shown: unknown }>;
  readonly database: () => Promise<CanaryDatabase>;
  readonly other: () => Promise<CanaryDatabase>;
  /** A database that no question changes. */
  readonly neighbour: () => Promise<CanaryDatabase>;
  readonly mint: (database: string) => Promise<string>;
}

type Three = [TursoPlace["database"], TursoPlace["other"], TursoPlace["neighbour"]];

export const LOCATION = "aws-us-east-1";

export function tursoPlace(room: Room): TursoPlace {
  const group = once(async () => {
    const name = room.names.name();
    const create = () => room.askTurso("POST", "/groups", { json: { name, location: LOCATION } });
    const made = must("creating a group", await making(room, { kind: "group", name }, create));
    return { name, shown: at(made.body, "group") };
  });
  const mint = async (name: string): Promise<string> => {
    const token = await room.turso.mint(name, { expiration: "1h", authorization: "full-access" }, room);
    room.secrets.add(token);
    return token;
  };
  const make = async (letter: string): Promise<CanaryDatabase> => {
    const name = room.names.name(letter);
    const json = { name, group: (await group()).name };
    const create = () => room.askTurso("POST", "/databases", { json });
    const made = must("creating a database", await making(room, { kind: "database", name }, create));
    const hostname = at(made.body, "database", "Hostname");
    if (typeof hostname !== "string") throw new NotAsked("a new database without Hostname");
    return { name, hostname, token: await mint(name) };
  };
  const [database, other, neighbour] = ["a", "b", "c"].map((letter) => once(() => make(letter))) as Three;
  return { room, group, mint, database, other, neighbour };
}
