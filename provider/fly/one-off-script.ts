/** Names of variables whose values are struck out of what a command has said. `DATABASE_URL` holds the token too. */
const STRUCK_OUT = ["DATABASE_AUTH_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"];

/** Where a one-off machine keeps what it is handed and what its command said. */
const FOLDER = "/tmp/tenantry-once";

// For the shell and the coreutils that every image has (container/entrypoint.sh needs them).
const SCRIPT = `names=$1 handed=$2 limit=$3 kept=$4 dir=${FOLDER}
shift 4
(umask 077 && mkdir -p "$dir")
if [ "$handed" = yes ]; then
  mkfifo "$dir/secrets"
  # Whoever was to hand them over may be gone.
  lines=$(timeout 600 cat "$dir/secrets") || exit 1
  while IFS= read -r line; do export "$line"; done <<END
$lines
END
  unset lines
fi
timeout -s KILL "$limit" "$@" >"$dir/out" 2>"$dir/err" </dev/null
code=$?
shown() {
  tail -n 20 "$1" | while IFS= read -r line || [ -n "$line" ]; do
    for name in $names; do
      eval "value=\\\${$name-}"
      [ \${#value} -ge 6 ] || continue
      while :; do
        case $line in
          *"$value"*) line=\${line%%"$value"*}***\${line#*"$value"} ;;
          *) break ;;
        esac
      done
    done
    printf '%s\\n' "$line"
  done
}
{ shown "$dir/out"; shown "$dir/err"; } >"$dir/last"
cat "$dir/last"
sum=$(sha256sum <"$dir/out")
printf '%s %s\\n' "$code" "\${sum%% *}" >"$dir/end.new"
mv "$dir/end.new" "$dir/end"
sleep "$kept"
exit "$code"`;

/** What is run in place of a one-off machine's entrypoint. Nothing in it is secret: everybody at Fly can read a config. */
export function onceCommand(
  command: readonly string[],
  { isHanded, limitSeconds, keptSeconds }: { isHanded: boolean; limitSeconds: number; keptSeconds: number },
): string[] {
  const options = [STRUCK_OUT.join(" "), isHanded ? "yes" : "no", String(limitSeconds), String(keptSeconds)];
  return ["/bin/sh", "-c", SCRIPT, "sh", ...options, ...command];
}

/** Takes the command's variables from its stdin, one `NAME=value` per line. Exits with 1 while the machine is not ready. */
export const HAND_OVER: readonly string[] = [
  "/bin/sh",
  "-c",
  `[ -e ${FOLDER}/handed ] || { [ -p ${FOLDER}/secrets ] && cat >${FOLDER}/secrets && : >${FOLDER}/handed; }`,
];

/**
 * Tells what the command said last, and on the last line how it ended: exit code and digest. So an answer that was cut short is
 * seen. Ends with 1 while it runs.
 */
export const READ_END: readonly string[] = [
  "/bin/sh",
  "-c",
  `[ -f ${FOLDER}/end ] && cat ${FOLDER}/last ${FOLDER}/end`,
];
