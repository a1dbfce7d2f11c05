# shellcheck shell=sh
# Sourced by the scripts beside it: how they speak, and how they wait for something long.

# All of it goes to stderr: stdout is for answers.
say() {
  printf 'tenantry: %s\n' "$*" >&2
}

die() {
  say "$*"
  exit 1
}

# elapsed SINCE: the time since then, for people.
elapsed() {
  seconds=$(($(date +%s) - $1))
  if [ "$seconds" -lt 60 ]; then
    printf '%s s' "$seconds"
  else
    printf '%s min %s s' $((seconds / 60)) $((seconds % 60))
  fi
}

# attended LABEL WHAT LOG COMMAND...: runs the command with its stderr in LOG and tells every 15 seconds how many lines
# LOG has ("WHAT" says what a line stands for). At a failure it shows the end of LOG. The command dies with us.
attended() {
  label=$1 what=$2 log=$3
  shift 3
  "$@" 2>"$log" &
  child=$!
  # Without the lock of tools/programs.sh: the last sleep outlives us by up to a second.
  heartbeat 9>&- &
  heart=$!
  trap 'kill "$child" "$heart" 2>/dev/null; exit 130' INT TERM HUP
  status=0
  wait "$child" || status=$?
  trap - INT TERM HUP
  kill "$heart"
  wait "$heart" 2>/dev/null || :
  if [ "$status" -ne 0 ]; then
    say "  $label failed (status $status); the last lines it wrote:"
    tail -n 30 "$log" >&2
  fi
  return "$status"
}

heartbeat() {
  began=$(date +%s)
  beats=0
  while sleep 1 >/dev/null 2>&1; do
    beats=$((beats + 1))
    [ $((beats % 15)) -ne 0 ] || say "  $label: $(($(wc -l <"$log"))) $what ($(elapsed "$began"))"
  done
}
