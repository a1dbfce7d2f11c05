/** Where a machine's entrypoint says how the mount is: mounting, running, unhealthy, stopping or ended (`STATE_DIR`). */
export const STATE_FILE = "/run/tenantry/state";
