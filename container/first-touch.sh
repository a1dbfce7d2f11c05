# shellcheck shell=sh
# First touch: lists the folders of the mount once, in the background, when the app has been started. Read by entrypoint.sh.
#
# The first file in a folder that TigrisFS has not listed costs several calls to S3; in a listed one none. What a listing
# has taught holds as long as the stat cache, and after that TigrisFS asks for every name it knows one by one. So with a
# short stat cache a walk costs more than it saves (docs/performance.md), and there is none.
#
# One lister, not several: TigrisFS reads ahead over the folders that follow, and listers side by side read the same twice.
# shellcheck disable=SC2154 # mount_dir and watch_seconds are set by mount.sh and watch.sh

# Sets first_touch_names and first_touch_seconds.
read_first_touch() {
  case ${TIGRISFS_STAT_CACHE_TTL:-1m} in
  *ms) by_default=0 ;;
  *h* | *m | *m[0-9]* | [3-9][0-9]s | [1-9][0-9][0-9]*s) by_default=50000 ;;
  *) by_default=0 ;;
  esac
  first_touch_names=$(whole FIRST_TOUCH_NAMES "$by_default" names)
  first_touch_seconds=$(seconds FIRST_TOUCH_SECONDS 20)
}

# In a session of its own, by which the listers are told apart from what the app has left running.
start_first_touch() {
  first_touch=''
  # The watch does it.
  [ "$watch_seconds" -eq 0 ] && [ "$first_touch_names" -gt 0 ] && [ "$first_touch_seconds" -gt 0 ] || return 0
  # shellcheck disable=SC2016 # for the other shell
  list='find "$1" -xdev -mindepth 1 -printf . 2>/dev/null | head -c "$2" | wc -c'
  setsid -- timeout -s KILL "$first_touch_seconds" env --default-signal=PIPE sh -c \
    "echo \"tenantry: first touch: listed \$($list) names\" >&2" sh "$mount_dir" "$first_touch_names" &
  first_touch=$!
}

first_touch_processes() {
  [ -z "${first_touch:-}" ] || in_session "$first_touch"
}

first_touch_has_ended() {
  [ -z "$(first_touch_processes)" ]
}

# Waits for nothing: a lister that waits for S3 ends when it has its answer, not before.
end_first_touch() {
  signal_all KILL "$(first_touch_processes)"
}
