/** Beginnings that credentials of well-known makers have. */
const KNOWN_BEGINNINGS =
  /^(?:tsec_|tid_|(?:AKIA|ASIA)[A-Z0-9]{8}|gh[opsur]_|github_pat_|glpat-|npm_\w{16}|pypi-\w{16}|sk[-_][\w-]{8}|[rp]k_(?:live|test)_|whsec_|xox[abeoprs]-|xapp-|FlyV1 |fm[12][ar]?_|eyJ[\w-]+\.|AIza[\w-]{8}|ya29\.|SG\.[\w-]{8}|hf_\w{8}|dop_v1_|shp(?:at|ss)_|[Bb]earer (?=\S*\d)\S{8}|Basic (?=\S*[\d=])[\w+/=]{8,}$|-----BEGIN )/;

/** `?token=…`, `;Password=…`, `--api-key=…`, `"secret": "…"`, and `password: …` at the beginning of a line. */
const NAMED_INSIDE =
  /(?:^|[?&;,\s{"'-])(?:[\w-]{0,40}(?:token|password|passwd|secret|(?:api|account|access)[_-]?key)|pwd)(?:=|["']\s*:)\s*["']?(?!\[secret\])[^\s"';&,]|^\s*[\w.-]{0,40}(?:token|password|secret|api[_-]?key):\s+(?!\[secret\])\S/im;

/** `scheme://user:password@`, and a word as long as a token alone before the `@`. A colon with a port behind it is none. */
const CREDENTIALS_IN_URL =
  /\b[a-z][a-z0-9+.-]{0,30}:\/\/(?:[^/?#@\s[]*:(?!\d{1,5}(?:[/?#]|$))[^\s@]+|[^/?#@\s:]{20,})@/i;

/** `user:password@tcp(host)`, `user:password@host/base`: the address without its scheme, as drivers take it. */
const CREDENTIALS_BARE = /^(?!mailto:)[\w.%+-]+:[^\s:@/]+@(?!sha\d+:)[\w[(]/i;

/** Addresses whose path is the key. */
const KEY_IN_PATH = /\/\/(?:hooks\.slack\.com\/services|(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks)\/\w/i;

/** A long word of mixed letters and digits, as random keys are; no path, no address, no sentence. */
const LONG_WORD = /^[A-Za-z0-9+/_=-]{24,}$/;

/** Names that hold a secret, in capitals. Also the source of the pattern in tenants/tenant.schema.json. */
export const SECRETS_NAME =
  "(?:.*(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY)|(?:.*_)?(?:PASS|PWD|CREDENTIALS?|(?:PRIVATE|SECRET|ACCESS|ENCRYPTION|SIGNING|MASTER|ACCOUNT|AUTH)_KEY|SECRET_KEY_BASE))";
const SAYS_SECRET = new RegExp(`^${SECRETS_NAME}$`);

/** Beyond those that no tenant file may use: what is shown of a value from elsewhere can be less. */
const MAY_HOLD_SECRET =
  /(?:^|_)(?:SECRETS|TOKENS|CREDS|COOKIE|JWT|DSN|AUTH|AUTHORIZATION|RAW_VALUE)$|.(?<!PUBLIC|SITE|SORT|CACHE|PARTITION|PRIMARY)_KEYS?$/;

/**
 * Whether a text is probably a credential, or holds one. A guess: it knows common makers, user:password in an address, what
 * is called a password inside the text, and long random words. Digests in hex and UUIDs pass.
 */
export function looksLikeSecret(text: string): boolean {
  const whole = text.trim();
  const forms = [KNOWN_BEGINNINGS, NAMED_INSIDE, CREDENTIALS_IN_URL, CREDENTIALS_BARE, KEY_IN_PATH];
  return (
    forms.some((form) => form.test(whole)) ||
    whole.split(/[\s"'`,;=|()[\]{}<>]+/).some(looksRandom) ||
    whole.split(/[\s"'`,;=|()[\]{}<>/@:?&#]+/).some((word) => KNOWN_BEGINNINGS.test(word))
  );
}

/** Whether `validate` refuses an environment variable of this name as a secret's. */
export function refusedAsSecret(name: string): boolean {
  return SAYS_SECRET.test(name);
}

/** Whether what is called so is a secret: `STRIPE_SECRET_KEY`, `authToken`, `db-password`. */
export function saysSecret(name: string): boolean {
  const capitals = name
    .replaceAll(/([a-z0-9])(?=[A-Z])/g, "$1_")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
  return SAYS_SECRET.test(capitals) || MAY_HOLD_SECRET.test(capitals);
}

function looksRandom(word: string): boolean {
  if (!LONG_WORD.test(word) || word.startsWith("/")) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(word)).length;
  return kinds === 3 && bitsPerCharacter(word) > 3.7;
}

function bitsPerCharacter(word: string): number {
  const counts = new Map<string, number>();
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / word.length) * Math.log2(count / word.length), 0);
}
