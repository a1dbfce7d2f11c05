import type { Configuration, ConfigurationPatch } from "./database-calls.ts";
import { isNoLimit, sameSize, type Size, sizeInBytes } from "./size-limit.ts";

/** The settings of a database that can be changed in place, as inputs. */
export interface DatabaseSettings {
  sizeLimit?: Size | undefined;
  deleteProtection: boolean;
  blockReads: boolean;
  blockWrites: boolean;
  allowedIps?: string[] | undefined;
}

/**
 * The changes from Turso's settings to the declared ones; empty when nothing differs. An undeclared allow-list means no
 * restriction. The size limit is `sizeLimitChange`'s: most databases refuse one, and nothing else may depend on it.
 */
export function settingsPatch(declared: DatabaseSettings, shown: Configuration): ConfigurationPatch {
  const patch: ConfigurationPatch = {};
  if (declared.deleteProtection !== shown.deleteProtection) patch.delete_protection = declared.deleteProtection;
  if (declared.blockReads !== shown.blockReads) patch.block_reads = declared.blockReads;
  if (declared.blockWrites !== shown.blockWrites) patch.block_writes = declared.blockWrites;
  const allowed = declared.allowedIps ?? [];
  if (!sameMembers(allowed, shown.allowedIps)) patch.allowed_ips = allowed;
  return patch;
}

/**
 * The size limit to set, in bytes; undefined when there is nothing to do. One that is not declared is left alone: there is
 * no call to remove it.
 */
export function sizeLimitChange({ sizeLimit }: DatabaseSettings, shown: Configuration): number | undefined {
  return sizeLimit === undefined || sameSize(sizeLimit, shown.sizeLimit) ? undefined : sizeInBytes(sizeLimit);
}

/**
 * What Turso shows, as inputs. What means the same keeps the spelling in which it is declared, so that only a real
 * change is seen. `declared` is undefined for an import, which takes everything over.
 */
export function settingsShown(shown: Configuration, declared: DatabaseSettings | undefined): DatabaseSettings {
  const sizeLimit = sizeShown(shown.sizeLimit, declared);
  const allowedIps = sameMembers(declared?.allowedIps ?? [], shown.allowedIps)
    ? declared?.allowedIps
    : [...shown.allowedIps];
  return {
    ...(sizeLimit === undefined ? {} : { sizeLimit }),
    deleteProtection: shown.deleteProtection,
    blockReads: shown.blockReads,
    blockWrites: shown.blockWrites,
    ...(allowedIps === undefined ? {} : { allowedIps }),
  };
}

function sizeShown(shown: string | undefined, declared: DatabaseSettings | undefined): Size | undefined {
  if (declared !== undefined && (declared.sizeLimit === undefined || sameSize(declared.sizeLimit, shown))) {
    return declared.sizeLimit;
  }
  return isNoLimit(shown) ? undefined : shown;
}

function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.every((each) => others.includes(each)) && others.every((each) => some.includes(each));
}
