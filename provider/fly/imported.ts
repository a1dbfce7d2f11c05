/**
 * Inputs as far as Fly shows them. Whose a resource is, and under which claim, Fly does not know: at an import the plugin
 * fills these in from the name that the resource is given.
 */
export function imported<Inputs extends object>(shown: Partial<Inputs>): Inputs {
  return shown as Inputs;
}
