# shellcheck shell=sh
# The app: as whom it runs, and how it ends. Read by entrypoint.sh.
# shellcheck disable=SC2154 # state_dir, stop_app, mount_dir and others are set by entrypoint.sh and mount.sh

# Sets app_uid and app_gid, empty when the app runs as who runs this, and groups, how setpriv finds the others.
resolve_app_user() {
  app_uid='' app_gid='' groups=--clear-groups
  [ -n "${APP_USER:-}" ] || return 0
  user=${APP_USER%%:*}
  if app_uid=$(id -u -- "$user" 2>/dev/null); then
    app_gid=$(id -g -- "$user")
    groups=--init-groups
  else
    case $user in
    *[!0-9]* | '') die 78 "APP_USER: there is no user $user" ;;
    esac
    app_uid=$user app_gid=$user
  fi
  case $APP_USER in
  *:*)
    group=${APP_USER#*:}
    app_gid=$(getent group "$group" | cut -d : -f 3)
    app_gid=${app_gid:-$group}
    case $app_gid in
    *[!0-9]* | '') die 78 "APP_USER: there is no group $group" ;;
    esac
    ;;
  esac
  if [ "$app_uid" = "$(id -u)" ] && [ "$app_gid" = "$(id -g)" ]; then
    app_uid='' app_gid=''
  elif [ "$(id -u)" -ne 0 ]; then
    die 78 "APP_USER: only root can run the app as $APP_USER"
  fi
}

# A shell's background command ignores SIGINT and SIGQUIT, and one that is stopping the others too; the app must hear them all.
exec_app() {
  if [ -n "$app_uid" ]; then
    home=$(getent passwd "$app_uid" | cut -d : -f 6)
    name=$(getent passwd "$app_uid" | cut -d : -f 1)
    set -- "HOME=${home:-/}" "USER=${name:-$app_uid}" "LOGNAME=${name:-$app_uid}" \
      setpriv "--reuid=$app_uid" "--regid=$app_gid" "$groups" -- "$@"
  else
    set -- setpriv -- "$@"
  fi
  exec env --default-signal=INT,QUIT,TERM,USR1,USR2 "$@"
}

# In a session of its own, so that a terminal's Ctrl-C reaches this script alone, once, and leftovers can be told apart.
start_app() {
  exec_app setsid -- "$@" &
  app=$!
}

# Asks the app to end, once; what has not ended in time is killed. Called by signal handlers: waits for nothing.
end_app() {
  [ -n "$app" ] && [ -z "${app_timer:-}" ] || return 0
  kill -TERM "$app" 2>/dev/null || return 0
  (
    trap '' TERM INT
    # Not our log: this sleep may outlive us.
    sleep "$stop_app" >/dev/null 2>&1
    say "the app has not ended $stop_app s after SIGTERM: killing it"
    kill -KILL -- "-$app" 2>/dev/null || kill -KILL "$app"
  ) &
  app_timer=$!
}

# What the app has started and left behind still writes, and keeps the mount busy.
end_leftovers() {
  [ -z "${app_timer:-}" ] || kill -KILL "$app_timer" 2>/dev/null || :
  left=$(leftovers)
  [ -n "$left" ] || return 0
  say "ending what the app has left running:" "$(describe "$left")"
  signal_all TERM "$left"
  within 5 have_no_leftovers || signal_all KILL "$(leftovers)"
  within 2 have_no_leftovers || say "still there:" "$(describe "$(leftovers)")"
}

have_no_leftovers() {
  [ -z "$(leftovers)" ]
}

# Processes of the app's session, and those that hold something below the mount, also when they have left that session.
# Only from this mount namespace: elsewhere the same path is somebody else's.
leftovers() {
  own=$(readlink /proc/self/ns/mnt)
  ours=$({ first_touch_processes; watch_processes; } | tr '\n' ' ')
  {
    in_session "$app"
    [ -n "${SPARE_OTHERS:-}" ] || find /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe /proc/[0-9]*/fd -maxdepth 1 \
      \( -lname "$mount_dir" -o -lname "$mount_dir/*" \) 2>/dev/null | cut -d / -f 3
  } | sort -un | while read -r pid; do
    case " $ours " in *" $pid "*) continue ;; esac
    [ "$pid" -eq $$ ] || [ "$(readlink "/proc/$pid/ns/mnt" 2>/dev/null)" != "$own" ] || printf '%s ' "$pid"
  done
}

# A process's name may hold anything; the session is the fourth field behind the last ")" of its stat.
in_session() {
  cat /proc/[0-9]*/stat 2>/dev/null | sed -n "s/^\([0-9]*\) (.*) [^XZ] [0-9]* [0-9]* $1 .*/\1/p"
}

describe() {
  for pid in $1; do printf '%s (%s) ' "$pid" "$(cat "/proc/$pid/comm" 2>/dev/null)"; done
}

signal_all() {
  for pid in $2; do kill "-$1" "$pid" 2>/dev/null || :; done
}
