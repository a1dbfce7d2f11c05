import { OWNER_TAG, type Owner, ownerMark } from "../../resource-kinds/claim.ts";

/** The owner of the machine: with it a create that is repeated after a crash finds the machine of the earlier attempt. */
export const OWNER_MARK = OWNER_TAG;
/** The version of the app's secrets that it booted with: Fly itself does not show it. */
export const SECRETS_MARK = "tenantry-secrets-version";
/** How the machine was before it was suspended, while it is: a machine that was stopped is stopped again when it is resumed. */
export const BEFORE_MARK = "tenantry-before-suspension";
/** Metadata that tenantry writes itself and that no input declares. */
export const MARKS: readonly string[] = [OWNER_MARK, SECRETS_MARK, BEFORE_MARK];

/** A machine before its suspension. */
export type Before = "started" | "stopped";

interface Marked {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The config as it is POSTed: what is declared, with our marks in its metadata. */
export function withMarks<Config extends Marked>(
  config: Config,
  owner: Owner,
  secretsVersion: number | undefined,
  before?: Before,
): Config & { readonly metadata: Readonly<Record<string, string>> } {
  const marks = {
    [OWNER_MARK]: ownerMark(owner),
    ...(secretsVersion === undefined ? {} : { [SECRETS_MARK]: String(secretsVersion) }),
    ...(before === undefined ? {} : { [BEFORE_MARK]: before }),
  };
  return { ...config, metadata: { ...config.metadata, ...marks } };
}

/** What the marks of an observed config say, and the config as it would be declared. */
export function withoutMarks<Config extends Marked>(
  config: Config,
): { config: Config; owner: string | undefined; secretsVersion: number | undefined; before: Before | undefined } {
  const { metadata = {}, ...rest } = config;
  const { [OWNER_MARK]: owner, [SECRETS_MARK]: version, [BEFORE_MARK]: written, ...declared } = metadata;
  const before = written === "started" || written === "stopped" ? written : undefined;
  const secretsVersion = version !== undefined && /^\d+$/.test(version) ? Number(version) : undefined;
  const bare = Object.keys(declared).length === 0 ? rest : { ...rest, metadata: declared };
  return { config: bare as Config, owner, secretsVersion, before };
}
