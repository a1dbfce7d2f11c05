/** Whether this is `make test-deep`: the same tests, with the seeds and sweeps that `make test` has no time for. */
export const isDeep = process.env["TENANTRY_DEEP"] === "1";

/** How often something random is tried: `usual` times by `make test`, `deep` times by `make test-deep`. */
export function times(usual: number, deep: number): number {
  return isDeep ? deep : usual;
}
