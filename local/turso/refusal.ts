import type { TursoSwitches } from "./switches.ts";

/** An answer of the Platform API that is no success. Its body is `{"error": message}`, as the vendor's. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: 400 | 401 | 403 | 404 | 409 | 422 | 423 | 501 | 503;

  constructor(status: Refusal["status"], message: string) {
    super(message);
    this.status = status;
  }
}

export const noDatabase = (name: string) =>
  new Refusal(404, `could not find database with name ${name}: record not found`);

/** Why something protected is not deleted. */
export const isProtected = (switches: TursoSwitches, what: string) =>
  new Refusal(DELETE_PROTECTED[switches.read("deleteProtected")], `${what} is protected against deletion`);

const DELETE_PROTECTED = { "400": 400, "409": 409, "422": 422, "423": 423 } as const;

export const noGroup = () => new Refusal(404, "group not found");
