import { type Cut, parseEntry } from "./entry.ts";

/** A switch of a tenant to a snapshot that has begun and has not ended. */
export interface OpenSwitch {
  readonly to: Cut;
  /** What takes it back. */
  readonly undo: Cut;
}

/** The tenants of which a switch has begun and not ended, however long ago: they are half one thing and half the other. Pure. */
export function switchesIn(lines: readonly string[]): ReadonlyMap<string, OpenSwitch> {
  const open = new Map<string, OpenSwitch>();
  for (const line of lines) {
    const { kind, tenant, cut, undo } = parseEntry(line) ?? {};
    if (tenant === undefined || cut === undefined || undo === undefined) continue;
    if (kind === "restoring") open.set(tenant, { to: cut, undo });
    if (kind === "restored") open.delete(tenant);
  }
  return open;
}
