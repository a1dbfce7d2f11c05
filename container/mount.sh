# shellcheck shell=sh
# The mount: TigrisFS as a child, from its start to its own end. Read by entrypoint.sh.
#
# TigrisFS never gets a signal that it could handle: unmounting ends it, and a second signal would make it panic.
# shellcheck disable=SC2154 # state_dir, mount_wait, mount_hung and app_uid are set by entrypoint.sh and app.sh

# as_listed PATH: as the kernel writes it in /proc/self/mounts.
as_listed() {
  printf '%s' "$1" | sed 's/\\/\\134/g; s/ /\\040/g; s/	/\\011/g'
}

# is_mounted TYPE: whether a file system of this type (a pattern) lies at mount_dir.
is_mounted() {
  while read -r _ folder type _; do
    [ "$folder" = "$listed_dir" ] || continue
    # shellcheck disable=SC2254 # a pattern is meant
    case $type in $1) return 0 ;; esac
  done </proc/self/mounts
  return 1
}

prepare_mount() {
  for name in MOUNT_PATH AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; do
    # Without a key TigrisFS would take a public bucket anonymously.
    eval "[ -n \"\${$name:-}\" ]" || die 78 "$name is not set"
  done
  # TigrisFS does not read AWS_ENDPOINT_URL_S3, the name that Fly and Tigris use.
  endpoint=${AWS_ENDPOINT_URL_S3:-${AWS_ENDPOINT_URL:-}}
  [ -n "$endpoint" ] || die 78 "AWS_ENDPOINT_URL_S3 is not set"
  case $BUCKET_NAME in
  [!a-z0-9]* | *[!a-z0-9.-]*) die 78 "BUCKET_NAME is not the name of a bucket: $BUCKET_NAME" ;;
  esac
  case ${TIGRISFS_RETRY_INTERVAL:-5s} in
  s | *[!0-9]*s | *[!s]) die 78 "TIGRISFS_RETRY_INTERVAL is not in whole seconds, such as 5s: $TIGRISFS_RETRY_INTERVAL" ;;
  esac
  # TigrisFS as root mounts without fusermount3, but cannot unmount without it.
  for program in tigrisfs fusermount3; do
    command -v "$program" >/dev/null || die 78 "there is no $program on PATH: the bucket cannot be mounted"
  done
  [ -c /dev/fuse ] || die 78 "there is no /dev/fuse: the bucket cannot be mounted"
  options=$(tigrisfs_options)
  memory_limit=$(whole TIGRISFS_MEMORY_LIMIT 1000 MB)

  mkdir -p -- "$state_dir" "$MOUNT_PATH"
  mount_dir=$(CDPATH='' cd -- "$MOUNT_PATH" && pwd -P)
  case $mount_dir in *"
"*) die 78 "MOUNT_PATH has a line break in it" ;; esac
  listed_dir=$(as_listed "$mount_dir")
  ! is_mounted '*' || die 69 "something is mounted at $mount_dir already"
  (cd "$state_dir" && rm -f state failed discarded flush.end unsettled watch.lost)
  : >"$state_dir/failed"
  enter mounting
}

# Whether nothing but the path can name a bucket: an address in numbers has no names below it, as `bucket.host` is.
is_by_path() {
  [ "${S3_PATH_STYLE:-}" != true ] || return 0
  host=${endpoint#*://}
  case $host in \[*) return 0 ;; esac
  case ${host%%[:/]*} in *[!0-9.]*) return 1 ;; esac
}

start_tigrisfs() {
  (cd "$state_dir" && rm -f tigrisfs.log tigrisfs.end answered refused denied)
  mkfifo -m 600 "$state_dir/tigrisfs.log"
  follow_tigrisfs <"$state_dir/tigrisfs.log" &
  # shellcheck disable=SC2086 # one option a line, without spaces or patterns
  set -- $options
  if [ -n "$app_uid" ]; then
    # --uid alone would make TigrisFS itself drop to that user, half way: its group stays root's.
    set -- -o=allow_other "--uid=$app_uid" "--gid=$app_gid" --setuid=0 --setgid=0 "$@"
  fi
  # What TigrisFS reads ahead, several times this much for one reader, must fit in its memory: else reads fail by ENOMEM.
  ahead=$((memory_limit * 128))
  ahead_large=$ahead
  [ "$ahead" -le 5120 ] || ahead=5120
  [ "$ahead_large" -le 102400 ] || ahead_large=102400
  is_by_path || set -- --subdomain "$@"
  # Of a repeated option the last counts: what the environment says comes after our defaults. Reads without a limit
  # would hang for good on a missing bucket; uploads that failed must get another chance within the time of a stop.
  setsid -- tigrisfs -f "--endpoint=$endpoint" "--region=${AWS_REGION:-auto}" --log-format=json \
    --read-retry-attempts=5 --retry-interval=5s "--read-ahead=$ahead" "--read-ahead-large=$ahead_large" "$@" \
    "$BUCKET_NAME" "$mount_dir" >"$state_dir/tigrisfs.log" 2>&1 &
  tigrisfs=$!
}

is_over() {
  [ -n "$stopping" ] || [ -e "$state_dir/tigrisfs.end" ]
}

is_up_or_over() {
  is_over || is_mounted fuse.tigrisfs
}

has_answered_or_is_over() {
  is_over || [ -e "$state_dir/answered" ] || [ -e "$state_dir/refused" ]
}

seconds_left() {
  echo $((mount_wait - $(date +%s) + began))
}

# A mount without a bucket behind it looks like any other until somebody lists it. Fails, with the reason in `why`, when it
# does not answer; it is over as well when the machine is told to stop.
is_mount_ready() {
  within "$(seconds_left)" is_up_or_over || give_up "the bucket was not mounted within $mount_wait s"
  (
    if find "$mount_dir" -maxdepth 0 -empty >/dev/null 2>&1; then answer=answered; else answer=refused; fi
    : >"$state_dir/$answer"
  ) &
  lister=$!
  within "$(seconds_left)" has_answered_or_is_over || give_up "the mount did not answer within $mount_wait s"
  [ -z "$stopping" ] || return 0
  why="the bucket could not be listed: it does not exist, or the key may not read it"
  [ ! -e "$state_dir/tigrisfs.end" ] || why="TigrisFS ended before the mount was ready; its own words are above"
  [ -e "$state_dir/answered" ] && [ ! -e "$state_dir/tigrisfs.end" ]
}

# A key or a policy that was made a moment ago may not be known everywhere yet: a refusal (403) is asked again for half of the
# time that the mount has.
mount_bucket() {
  began=$(date +%s)
  patience=$((mount_wait / 2)) is_said=''
  start_tigrisfs
  until is_mount_ready; do
    if [ ! -e "$state_dir/denied" ] || [ "$(seconds_left)" -le $((mount_wait - patience)) ]; then give_up "$why"; fi
    [ -n "$is_said" ] || say "the bucket refuses the key: asking again for $patience s, as the key may be new"
    is_said=yes
    abandon_mount
    wait "$lister" || :
    sleep 1
    [ -z "$stopping" ] || break
    start_tigrisfs
  done
  if [ -n "$stopping" ]; then
    abandon_mount
    enter ended
    die 143 "stopped before the app was started: there was nothing to flush"
  fi
  say "$BUCKET_NAME is mounted at $mount_dir"
  hear_lost_mount
}

give_up() {
  abandon_mount
  enter ended
  die 69 "$1: the app is not started on a bare directory"
}

# For a mount that holds nothing to save: none of the app's writes, or none that could still be saved.
abandon_mount() {
  kill -KILL "$tigrisfs" 2>/dev/null || :
  within 5 has_ended "$tigrisfs" || :
  fusermount3 -u -z -- "$mount_dir" 2>/dev/null || :
  within 2 [ -e "$state_dir/tigrisfs.end" ] || :
}

# The death of TigrisFS is seen by follow_tigrisfs; this sees that it lives and does not answer. Opening the root asks
# TigrisFS each time, takes its central lock and costs no call to S3, so that a lost network does not count as a hang.
watch_mount() {
  pause=$(((mount_hung + 5) / 6))
  rm -f "$state_dir/answered"
  (
    trap '' TERM INT USR1 USR2
    while :; do
      (: <"$mount_dir") 2>/dev/null && : >"$state_dir/answered"
      sleep "$pause" >/dev/null 2>&1
    done
  ) &
  prober=$!
  (
    trap '' TERM INT USR1 USR2
    silent=0
    while [ "$silent" -lt "$mount_hung" ]; do
      sleep "$pause" >/dev/null 2>&1
      silent=$((silent + pause))
      [ ! -e "$state_dir/answered" ] || silent=0
      rm -f "$state_dir/answered"
    done
    say "the mount has not answered for $mount_hung s: ending the app"
    kill -USR1 $$
  ) &
  watcher=$!
}

stop_watching() {
  kill -KILL "$watcher" "$prober" 2>/dev/null || :
}

try_unmount() {
  fusermount3 -u -- "$mount_dir" 2>/dev/null || ! is_mounted fuse.tigrisfs
}

# Detaching comes first and TigrisFS uploads what is left after it: only its own end means that it is through.
unmount() {
  clean=yes
  if ! within 15 try_unmount; then
    clean=
    say "the mount is still in use:" "$(describe "$(leftovers)")"
    fusermount3 -u -z -- "$mount_dir" 2>/dev/null || :
  fi
  if ! within 15 has_ended "$tigrisfs"; then
    clean=
    say "TigrisFS has not ended 15 s after the unmount: killing it"
    kill -KILL "$tigrisfs" 2>/dev/null || :
  fi
  wait "$tigrisfs" && code=0 || code=$?
  within 2 [ -e "$state_dir/tigrisfs.end" ] || :
  [ "$code" -eq 0 ] || say "TigrisFS ended with $code"
  [ -n "$clean" ] && [ "$code" -eq 0 ]
}
