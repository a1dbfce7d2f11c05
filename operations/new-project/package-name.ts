/** The package that a team's project depends on. Scoped, because anybody could own the bare name in the registry. */
export const PACKAGE = "@tenantry/tenantry";

/** Where its files are in such a project. */
export const PACKAGE_DIR = `node_modules/${PACKAGE}`;
