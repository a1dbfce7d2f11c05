/** Beginnings that credentials of well-known makers have. */
const KNOWN_BEGINNINGS =
  /^(?:tsec_|tid_|(?:AKIA|ASIA)[A-Z0-9]{8}|gh[opsur]_|github_pat_|glpat-|npm_\w{16}|pypi-\w{16}|sk[-_][\w-]{8}|[rp]k_(?:live|test)_|whsec_|xox[abeoprs]-|xapp-|FlyV1 |fm[12][ar]?_|eyJ[\w-]+\.|AIza[\w-]{8}|ya29\.|SG\.[\w-]{8}|hf_\w{8}|dop_v1_|shp(?:at|ss)_|hv[sbr]\.\w{8}|dp\.pt\.|sbp_[0-9a-f]{16}|pat-(?:na|eu)\d-|key-[0-9a-f]{32}|[\w]{8,}\.atlasv1\.|AGE-SECRET-KEY-1|base64:[\w+/]{16}|PuTTY-User-Key-File|[Bb]earer (?=\S*\d)\S{8}|Basic (?=\S*[\d=])[\w+/=]{8,}$|-----BEGIN )/;

/** `?token=…`, `;Password=…`, `--api-key=…`, `"secret": "…"`, and `password: …` at the beginning of a line. */
const NAMED_INSIDE =
  /(?:^|[?&;,\s{"'-])(?:[\w-]{0,40}(?:token|password|passwd|secret|(?:api|account|access)[_-]?key)|pwd)(?:=|["']\s*:)\s*["']?(?!\[secret\])[^\s"';&,]|^\s*[\w.-]{0,40}(?:token|password|secret|api[_-]?key):\s+(?!\[secret\])\S/im;

/** `Authorization: Bearer …`, `--password …`, `curl -u user:password`, `<password>…</password>`: what comes before, and the secret. */
export const GIVEN_INSIDE =
  /(authorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+|\bbearer (?=\S*\d\S*)(?=\S{8})|(?:^|\s)--?[\w-]{0,40}(?:password|passwd|token|secret|api-?key)\s+(?!-)|(?:^|\s)(?:-u|--user)[ =]?[\w.-]+:|<[\w:-]{0,40}(?:password|secret|token|api-?key)>\s*)(?!\[secret\])([^\s"'`,<]+)/i;

/** `?sig=…`, `&X-Amz-Signature=…`, `?key=…` in an address. */
const SIGNED_ADDRESS = /:\/\/\S*[?&](?:(?:x-(?:amz|goog)-)?sig(?:nature)?|key)=(?!\[secret\])[^&\s]/i;

/** `scheme://user:password@`, and a word as long as a token alone before the `@`. A colon with a port behind it is none. */
const CREDENTIALS_IN_URL =
  /\b[a-z][a-z0-9+.-]{0,30}:\/\/(?:[^/?#@\s[]*:(?!\d{1,5}(?:[/?#]|$))[^\s@]+|[^/?#@\s:]{20,})@/i;

/** `user:password@tcp(host)`, `user:password@host/base`, Oracle's `user/password@host`: addresses as drivers take them. */
const CREDENTIALS_BARE = /^(?!mailto:)[\w.%+-]+:[^\s:@/]+@(?!sha\d+:)[\w[(]|^jdbc:oracle:\w+:[^\s/@]+\/[^\s@]+@/i;

/** Addresses whose path is the key. */
const KEY_IN_PATH = /\/\/(?:hooks\.slack\.com\/services|(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks)\/\w/i;

/** A long word of mixed letters and digits, as random keys are; no path, no address, no sentence. */
const LONG_WORD = /^[A-Za-z0-9+/_=-]{24,}$/;

/** Which of several a secret is: `DB_PASSWORD_2`, `API_TOKEN_PROD`. */
const WHICH_ONE = "(?:_?V?[0-9]+|_(?:OLD|NEW|NEXT|PREVIOUS|CURRENT|PROD|PRODUCTION|STAGING|DEV|TEST|LIVE))*";

/** Names that hold a secret, in capitals. Also the source of the pattern in tenants/tenant.schema.json. */
export const SECRETS_NAME = `(?:.*(?:PASSWORDS?|PASSWD|PASSPHRASE|PASSCODE|SECRET|TOKEN|API_?KEY)|(?:.*_)?(?:(?:DB|PG|MYSQL|REDIS|SMTP|MAIL|ADMIN|ROOT|USER)?(?:PASS|PWD)|CREDENTIALS?|PAT|(?:PRIVATE|SECRET|ACCESS|ENCRYPTION|SIGNING|MASTER|ACCOUNT|AUTH)_KEY|SECRET_KEY_BASE))${WHICH_ONE}`;
const SAYS_SECRET = new RegExp(`^${SECRETS_NAME}$`);

/** Beyond those that no tenant file may use: what is shown of a value from elsewhere can be less. */
const MAY_HOLD_SECRET = new RegExp(
  `(?:(?:^|_)(?:SECRETS|(?<!(?:^|_)(?:MAX|MIN|NUM|TOTAL|NEW|INPUT|OUTPUT|PROMPT|CONTEXT)_)TOKENS|CREDS|COOKIE|JWT|DSN|AUTH|AUTHORIZATION|RAW_VALUE)|.(?<!PUBLIC|SITE|SORT|CACHE|PARTITION|PRIMARY)_KEYS?|PASSWORD_HASH|(?:SECRET|TOKEN|PASSWORD|CREDENTIALS?|_KEY)_(?:B64|BASE64|JSON|VALUE|STRING|HEX|PEM))${WHICH_ONE}$`,
);

/** Of a variable, which is written in capitals. Of settings, which are not, these words are plain ones. */
const VARIABLE_MAY_HOLD_SECRET = new RegExp(
  `(?:^KEYS?|(?:^|_)(?:O?AUTH|BEARER|HMAC|SALT|PEPPER|(?<!RANDOM_)SEED|MNEMONIC|SIGNATURE|T?OTP|PIN|RECOVERY_CODES?|KUBECONFIG|WEBHOOK(?:_URL)?|CONN(?:ECTION)?_STR(?:ING)?))${WHICH_ONE}$`,
);

/**
 * Whether a text is probably a credential, or holds one. A guess: it knows common makers, user:password in an address, what
 * is called a password inside the text, and long random words. Digests in hex and UUIDs pass.
 */
export function looksLikeSecret(text: string): boolean {
  const whole = text.trim();
  const forms = [
    KNOWN_BEGINNINGS,
    NAMED_INSIDE,
    GIVEN_INSIDE,
    SIGNED_ADDRESS,
    CREDENTIALS_IN_URL,
    CREDENTIALS_BARE,
    KEY_IN_PATH,
  ];
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
  const isVariable = name === name.toUpperCase() && VARIABLE_MAY_HOLD_SECRET.test(name);
  return isVariable || SAYS_SECRET.test(capitals) || MAY_HOLD_SECRET.test(capitals);
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
