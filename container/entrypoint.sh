#!/bin/sh
# Runs a tenant's app on its mounted bucket:  entrypoint.sh COMMAND [ARGUMENT...]
#
# Start: mounts the bucket, waits until it answers, and only then starts the app; never on a bare directory.
# Stop (SIGTERM, SIGINT or the app's own end): app down, flush, unmount, wait for TigrisFS's own end. The app's exit code is
# kept, and the last line says whether everything is in the bucket.
# If TigrisFS dies or hangs, or the bucket refuses a write for good (403), the app is ended too and the exit code is an
# error, so that Fly's restart policy starts the machine anew. There is no remount below a running app: its open files
# would stay dead, and it would not learn that what was not uploaded is gone.
#
# Needs a Linux with GNU coreutils and findutils, util-linux, fuse3 and tigrisfs. From the environment:
#   BUCKET_NAME, AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, MOUNT_PATH
#   S3_PATH_STYLE       true: the bucket is named in the path always, not by a host name of its own where the address has those
#   TIGRISFS_*          options of TigrisFS, see tigrisfs-options.sh
#   MOUNT_BY            fly: the folder is a volume that Fly has mounted; app: the app reads and writes the bucket itself, by
#                       the S3 API. With either, or without BUCKET_NAME, only the app is run
#   APP_USER            who runs the app: NAME, UID, or either with :GROUP; default: who runs this
#   MOUNT_WAIT_SECONDS  30   how long the mount may take to answer; a bucket that refuses the key is asked again for half of it
#   MOUNT_HUNG_SECONDS  60   how long it may fail to answer while the app runs
#   STOP_APP_SECONDS    30   how long the app may take to end after SIGTERM
#   STOP_FLUSH_SECONDS  45   how long uploads may take then; all of it must fit in Fly's stop_config.timeout
#   FIRST_TOUCH_NAMES, FIRST_TOUCH_SECONDS
#                       50000 and 20: how many files and folders to list at the start at most, and how long; 0 is none.
#                       None by default where TIGRISFS_STAT_CACHE_TTL is below 30 s, see first-touch.sh
#   WATCHED_STAT_CACHE_TTL
#                       if set, the bucket is watched for changes made elsewhere, and this stat cache kept instead of
#                       TIGRISFS_STAT_CACHE_TTL; where it cannot be watched that one stays, see watch.sh
#   WATCH_SECONDS       1   how often the bucket is listed for that while somebody works on it; 0 is never
#   SPARE_OTHERS        if set, only the app's own session is ended at a stop, not all that works in the folder
#   STATE_DIR           /run/tenantry; `state` in it says mounting, running, unhealthy, stopping or ended
#
# Exit codes of its own (those of sysexits): 69 the mount did not come up, 74 not everything was flushed, 75 the mount or
# its watch was lost while the app ran, 78 the environment is wrong.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
# shellcheck source=container/tigrisfs-options.sh
. "$here/tigrisfs-options.sh"
# shellcheck source=container/signals.sh
. "$here/signals.sh"
# shellcheck source=container/app.sh
. "$here/app.sh"
# shellcheck source=container/mount.sh
. "$here/mount.sh"
# shellcheck source=container/uploads.sh
. "$here/uploads.sh"
# shellcheck source=container/first-touch.sh
. "$here/first-touch.sh"
# shellcheck source=container/watch.sh
. "$here/watch.sh"

say() {
  printf 'tenantry: %s\n' "$*" >&2
}

# die CODE MESSAGE
die() {
  code=$1
  shift
  say "$*"
  exit "$code"
}

# In one step: whoever checks on us reads one state or the other, never none.
enter() {
  printf '%s\n' "$1" >"$state_dir/state.new"
  mv "$state_dir/state.new" "$state_dir/state"
}

# whole NAME DEFAULT WHAT: the value of an environment variable that holds a whole number.
whole() {
  eval "value=\${$1:-$2}"
  case $value in
  *[!0-9]* | '') die 78 "$1 is not a number of $3: $value" ;;
  esac
  printf '%s' "$value"
}

seconds() {
  whole "$1" "$2" seconds
}

# within SECONDS COMMAND...: repeats the command until it succeeds; fails when the time is over.
within() {
  until_when=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt "$until_when" ] || return 1
    sleep 0.05
  done
}

has_ended() {
  ! kill -0 "$1" 2>/dev/null
}

read_environment() {
  state_dir=${STATE_DIR:-/run/tenantry}
  mount_wait=$(seconds MOUNT_WAIT_SECONDS 30)
  mount_hung=$(seconds MOUNT_HUNG_SECONDS 60)
  stop_app=$(seconds STOP_APP_SECONDS 30)
  stop_flush=$(seconds STOP_FLUSH_SECONDS 45)
  read_watch
  read_first_touch
  resolve_app_user
}

# The app without a mount of ours: on a volume that Fly has mounted, on a plain directory, or on the bucket's own API.
run_only_the_app() {
  if [ "${MOUNT_BY:-}" = fly ] && [ -n "${MOUNT_PATH:-}" ]; then
    mount_dir=$(CDPATH='' cd -- "$MOUNT_PATH" 2>/dev/null && pwd -P) || die 69 "there is no folder $MOUNT_PATH"
    listed_dir=$(as_listed "$mount_dir")
    is_mounted '*' || die 69 "$MOUNT_PATH is a bare directory: Fly has mounted no volume there; the app is not started"
    # A new volume belongs to root.
    [ -z "$app_uid" ] || [ "$(stat -c %u "$mount_dir")" -ne 0 ] || chown "$app_uid:$app_gid" "$mount_dir"
  fi
  exec_app "$@"
}

# Nothing of ours waits for an answer of the mount.
listers_have_ended() {
  # shellcheck disable=SC2317 # called by within
  first_touch_has_ended && watch_has_ended
}

# finish CODE: ends what is left, in this order, and says how it went.
finish() {
  trap '' TERM INT USR1 USR2
  stopping=${stopping:-END}
  say "the app ended with $1"
  [ -n "$lost" ] || enter stopping
  stop_watching
  end_first_touch
  end_watch
  end_leftovers
  if [ -n "$lost" ]; then
    abandon_mount
    enter ended
    die 75 "the mount was lost while the app ran: what was not uploaded yet is gone; the machine has to start anew"
  fi
  flush && flushed=yes || flushed=
  # A flush that hangs keeps the mount busy itself, and its time is over. So does a lister that hangs, but when all is
  # flushed TigrisFS has nothing left to save.
  if [ ! -e "$state_dir/flush.end" ] || { [ -n "$flushed" ] && ! within 5 listers_have_ended; }; then
    abandon_mount
  else
    unmount || flushed=
  fi
  report_unflushed || flushed=
  enter ended
  [ ! -e "$state_dir/watch.lost" ] || set -- 75
  if [ -n "$flushed" ]; then
    say "everything was flushed: all that the app wrote is in the bucket"
    exit "$1"
  fi
  [ "$1" -ne 0 ] || set -- 74
  die "$1" "NOT everything was flushed: the bucket lacks changes that the app made"
}

main() {
  [ $# -gt 0 ] || die 78 "usage: entrypoint.sh COMMAND [ARGUMENT...]"
  stopping='' lost='' app=''
  read_environment
  case ${MOUNT_BY:-} in
  fly | app) run_only_the_app "$@" ;;
  '') [ -n "${BUCKET_NAME:-}" ] || run_only_the_app "$@" ;;
  *) die 78 "MOUNT_BY is neither fly nor app: $MOUNT_BY" ;;
  esac

  handle_signals
  prepare_mount
  mount_bucket
  watch_mount
  enter running
  start_app "$@"
  start_first_touch
  start_watch
  # The handlers found no app to end when the signal came before this line.
  [ -z "$stopping$lost" ] || end_app
  wait_for_app
  finish "$ended_with"
}

main "$@"
