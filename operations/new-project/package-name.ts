/** The package that a team's project depends on. Scoped: the bare name would be whoever's holds it in the registry. */
export const PACKAGE = "@tenantry/tenantry";

/** Where its files are in such a project. */
export const PACKAGE_DIR = `node_modules/${PACKAGE}`;
