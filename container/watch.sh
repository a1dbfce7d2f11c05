# shellcheck shell=sh
# The watch: has the mount see what is changed elsewhere, so that its cache may be long. Read by entrypoint.sh.
#
# With a short stat cache TigrisFS asks S3 itself, each time; with a long one mount-watch (tools/mount-watch) lists the bucket
# every second while somebody works on it, less often later, and tells TigrisFS which files and folders to ask for anew. It
# lists all folders at its start, so that there is no first touch beside it. docs/tigrisfs.md says what it costs.
#
# Without it the machine would miss changes for as long as the cache lasts: it is started anew when it ends, has the mount
# forget all that is in the cache then, and when that does not help the machine ends, with an error.
# shellcheck disable=SC2154 # mount_dir, state_dir, first_touch_names and others are set by mount.sh, entrypoint.sh and first-touch.sh

# Sets watch_seconds: how often, 0 is not at all; and the stat cache that goes with it.
read_watch() {
  watch_seconds=$(seconds WATCH_SECONDS 1)
  [ -n "${WATCHED_STAT_CACHE_TTL:-}" ] || watch_seconds=0
  [ "$watch_seconds" -gt 0 ] || return 0
  why=$(why_no_watch)
  if [ -n "$why" ]; then
    watch_seconds=0
    say "the bucket is not watched: $why; the stat cache stays at ${TIGRISFS_STAT_CACHE_TTL:-1m}"
    return 0
  fi
  TIGRISFS_STAT_CACHE_TTL=$WATCHED_STAT_CACHE_TTL
  export TIGRISFS_STAT_CACHE_TTL
}

# A TigrisFS of a release hangs when a folder that is being listed is told to forget: only ours says that it is fixed
# (tools/tigrisfs/patches).
why_no_watch() {
  case ${TIGRISFS_READ_ONLY:-}${TIGRISFS_DISABLE_XATTR:-} in *true*)
    echo "a mount that is read-only or without extended attributes cannot be told anything"
    return
    ;;
  esac
  if ! command -v mount-watch >/dev/null; then
    echo "there is no mount-watch on PATH"
  elif ! tigrisfs --version 2>&1 | grep -q '+tenantry'; then
    echo "this TigrisFS lacks the patches of tenantry"
  fi
}

# In a session of its own, by which it is told apart from what the app has left running.
start_watch() {
  watch=''
  [ "$watch_seconds" -gt 0 ] || return 0
  # shellcheck disable=SC2016 # for the other shell
  keep='
    ends=0
    while :; do
      began=$(date +%s)
      mount-watch "$1" && code=0 || code=$?
      if [ $(($(date +%s) - began)) -lt 60 ]; then ends=$((ends + 1)); else ends=1; fi
      if [ "$ends" -ge 5 ]; then
        echo "tenantry: the watch has ended five times: the mount would miss changes made elsewhere; ending the app" >&2
        : >"$2/watch.lost"
        exec kill -TERM "$3"
      fi
      echo "tenantry: the watch has ended with $code: starting it anew" >&2
      sleep 1
    done'
  WATCH_SECONDS=$watch_seconds FIRST_TOUCH_NAMES=$first_touch_names FIRST_TOUCH_SECONDS=$first_touch_seconds \
    setsid -- sh -c "$keep" watch "$mount_dir" "$state_dir" $$ &
  watch=$!
}

watch_processes() {
  [ -z "${watch:-}" ] || in_session "$watch"
}

watch_has_ended() {
  [ -z "$(watch_processes)" ]
}

# Waits for nothing, as end_first_touch.
end_watch() {
  signal_all KILL "$(watch_processes)"
}
