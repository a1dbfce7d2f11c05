# shellcheck shell=sh
# Uploads: what TigrisFS says about those that failed, and whether all are done at the end. Read by entrypoint.sh.
#
# No exit code tells: TigrisFS ends with 0 when an upload has failed for good, and fsync of a folder succeeds although
# files below it were not uploaded. Only its log says so, and fsync of the one file.
# shellcheck disable=SC2154 # state_dir, mount_dir and stop_flush are set by entrypoint.sh and mount.sh

# Passes TigrisFS's log on, and writes down who failed. The log ends when TigrisFS does, however it does.
follow_tigrisfs() {
  trap '' TERM INT USR1 USR2
  noted=0 refused=''
  while IFS= read -r line; do
    note_failure "$line"
    case $line in *"status code: 403"*) : >"$state_dir/denied" ;; esac
    without "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
    printf '%s\n' "$line" >&2
  done
  : >"$state_dir/tigrisfs.end"
  kill -USR1 $$ 2>/dev/null || :
}

# Takes secrets out of `line`: TigrisFS logs the key's id when it starts.
without() {
  for secret; do
    while :; do
      case $line in
      *"$secret"*) line="${line%%"$secret"*}***${line#*"$secret"}" ;;
      *) break ;;
      esac
    done
  done
}

# Appends "SECONDS NAME: ERROR" to `failed` for an upload, a deletion or a rename that TigrisFS reports as failed and will try
# again, and to `discarded` what it gives up because somebody else has changed the bucket meanwhile.
note_failure() {
  message=${1#*'"message":"'}
  case $message in
  "Failed to flush small file "*) rest=${message#Failed to flush small file } ;;
  "Failed to flush part "* | "Failed to copy unmodified range "*) rest=${message#* of object } ;;
  "Failed to load part "*)
    rest=${message#* of object }
    rest="${rest%' to flush it: '*}: ${rest##*' to flush it: '}"
    ;;
  "Failed to finalize multi-part upload of object "*) rest=${message#* of object } ;;
  "Failed to initiate multipart upload for "*) rest=${message#* upload for } ;;
  "Error flushing metadata using COPY for "*) rest=${message#* COPY for } ;;
  "Failed to create directory object "* | "Failed to delete object "*) rest=${message#* object } ;;
  "Failed to copy "*" (rename): "*)
    note_rename "$1" "${message#Failed to copy }"
    return 0
    ;;
  *" discarding "*"local changes"* | *", dropping cache"*)
    printf '%s\n' "${message%'"}'}" >>"$state_dir/discarded"
    return 0
    ;;
  *) return 0 ;;
  esac
  note_failed "$1" "$rest"
  case $refused$message in
  "Failed "*"status code: 403"*)
    refused=yes
    # What makes an edited file of the parts that did not change is a call of its own, which Tigris does not say a policy allows.
    case $message in
    "Failed to copy unmodified range "*) why="the key may not copy parts of a file; TIGRISFS_SINGLE_PART avoids that" ;;
    *) why="the key may only read" ;;
    esac
    say "the bucket refuses what this machine writes, $why: $(printf '%s\n' "$rest" | names)"
    kill -USR2 $$ 2>/dev/null || :
    ;;
  esac
  noted=$((noted + 1))
  # A long outage repeats itself: of each name the last time is enough.
  if [ "$noted" -ge 10000 ] && [ "$(cat "$state_dir/state")" = running ]; then
    noted=0
    last_failures >"$state_dir/failed.new"
    mv "$state_dir/failed.new" "$state_dir/failed"
  fi
}

# note_failed LINE REST: REST is "NAME: ERROR" in JSON, without what differs from one error of a kind to the next.
note_failed() {
  at=${1#*'"time":'}
  at=${at%%[!0-9]*}
  rest=${2%'"}'}
  rest=${rest%'\n\tstatus code: '*}
  case $rest in
  *'send request failed'*) rest="${rest%'send request failed'*}send request failed" ;;
  esac
  printf '%s %s\n' "${at:-$(date +%s)}" "$rest" >>"$state_dir/failed"
}

# note_rename LINE "FROM to NAME (rename): ERROR": FROM may hold " to " too, so that each end may be the name.
note_rename() {
  line=$1 left=${2%' (rename): '*}
  while :; do
    case $left in
    *' to '*) left=${left#*' to '} ;;
    *) return 0 ;;
    esac
    note_failed "$line" "$left: ${2##*' (rename): '}"
  done
}

# The names in lines of "NAME: ERROR". An error is a code with its text, or a text alone; a name may hold ": " as well, so
# that what comes last counts; a refusal's text begins with "User: arn:", which is no code. Shown as JSON has it, on one line,
# but for quotes and backslashes.
names() {
  sed -E 's/^(.*: [A-Z][A-Za-z0-9]*): User: arn:.*$/\1: refused/
    s/^(.*): [A-Z][A-Za-z0-9]*: .*$/\1/; t show
    s/^(.*): .*$/\1/
    :show
    s/\\(["\\])/\1/g'
}

# Every name that has failed, with its error and the last time it did.
last_failures() {
  awk '{ at = $1; sub(/^[0-9]+ /, ""); last[$0] = at } END { for (name in last) print last[name], name }' "$state_dir/failed"
}

# Of the names that have failed those that may still be missing. A file is proven by fsync, which fails as long as its
# last upload has. A folder, a deletion or a rename is not: it counts as done when TigrisFS, which tries again after its
# retry interval, has had the time for that and has not complained.
unsettled() {
  retry=${TIGRISFS_RETRY_INTERVAL:-5s}
  quiet=$((${retry%s} + 10))
  now=$(date +%s)
  last_failures | while IFS= read -r line; do
    at=${line%% *} rest=${line#* } is_proven=''
    name=$(printf '%s\n' "$rest" | names)
    candidate=$rest
    # Whatever may be the name is asked for, since no mark tells where a name ends.
    while :; do
      prove_file "$candidate" "$name"
      case $candidate in *': '*) candidate=${candidate%': '*} ;; *) break ;; esac
    done
    case $rest in
    # Not written as it is, so that nothing can prove it.
    *\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]*) printf '%s\n' "$name" ;;
    *) [ -n "$is_proven" ] || [ $((at + quiet)) -le "$now" ] || printf '%s\n' "$name" ;;
    esac
  done
}

# prove_file CANDIDATE NAME: names a file of this name that fsync finds not uploaded. Sets is_proven for NAME's own.
prove_file() {
  shown=$(printf '%s: \n' "$1" | names)
  # A final dot keeps line breaks at the end of a name.
  file=$(printf '%b.' "$(printf '%s' "$1" | sed 's/\\"/"/g')")
  file=$mount_dir/${file%.}
  [ -f "$file" ] && [ ! -L "$file" ] || return 0
  [ "$shown" != "$2" ] || is_proven=yes
  sync -- "$file" 2>/dev/null || printf '%s\n' "$shown"
}

# fsync of the root starts every upload and waits for it, but passes over those that have failed shortly before.
flush_until_settled() {
  deadline=$(($(date +%s) + stop_flush))
  while sync -- "$mount_dir" 2>/dev/null; do
    unsettled >"$state_dir/unsettled"
    [ -s "$state_dir/unsettled" ] || return 0
    [ "$(date +%s)" -lt "$deadline" ] || return 1
    sleep 1
  done
  return 1
}

# In the background, for a mount that hangs would hang us too.
flush() {
  (
    if flush_until_settled; then result=settled; else result=failed; fi
    wc -l <"$state_dir/failed" >"$state_dir/failed.seen"
    printf '%s\n' "$result" >"$state_dir/flush.result"
    mv "$state_dir/flush.result" "$state_dir/flush.end"
  ) &
  flusher=$!
  # Longer than it gives itself: on a crowded machine it comes late, and knows more than we do.
  if ! within $((stop_flush + 3)) [ -e "$state_dir/flush.end" ]; then
    kill -KILL "$flusher" 2>/dev/null || :
    say "the uploads were not done within $stop_flush s"
    return 1
  fi
  [ "$(cat "$state_dir/flush.end")" = settled ]
}

# Names what is missing in the bucket; fails when there is anything. Uploads may also fail after the unmount.
report_unflushed() {
  if [ -e "$state_dir/flush.end" ]; then
    doubt='not'
    {
      cat "$state_dir/unsettled" 2>/dev/null
      tail -n "+$(($(cat "$state_dir/failed.seen") + 1))" "$state_dir/failed" | cut -d ' ' -f 2- | names
    } | sort -u >"$state_dir/missing"
  else
    # The flush could not find out; what has failed lately may have been uploaded since.
    doubt='perhaps not'
    recently=$(($(date +%s) - stop_flush - 60))
    last_failures | awk -v recently="$recently" '$1 >= recently { sub(/^[0-9]+ /, ""); print }' | names | sort -u >"$state_dir/missing"
  fi
  while IFS= read -r name; do say "$doubt in the bucket: $name"; done <"$state_dir/missing"
  [ ! -e "$state_dir/discarded" ] ||
    while IFS= read -r message; do say "given up for somebody else's change: $message"; done <"$state_dir/discarded"
  [ ! -s "$state_dir/missing" ]
}
