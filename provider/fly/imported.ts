/**
 * Inputs as far as Fly shows them. Fly does not know a resource's tenant and claim: at an import the plugin derives them from
 * the resource's name.
 */
export function imported<Inputs extends object>(shown: Partial<Inputs>): Inputs {
  return shown as Inputs;
}
