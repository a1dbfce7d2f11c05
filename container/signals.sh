# shellcheck shell=sh
# Signals: which one ends the app, and how the app's own exit code survives them. Read by entrypoint.sh.
# shellcheck disable=SC2154 # app is set by app.sh

# The first signal decides how this ends, and later ones are not heard: a shell's handler that a second signal interrupts
# would lose the exit code it has just looked at, and could end this script before the flush.
handle_signals() {
  hear TERM
  hear INT
  hear USR2
  # Until the bucket is mounted the end of TigrisFS is looked for, not heard: nothing is lost by it yet.
  trap : USR1
}

hear() {
  # shellcheck disable=SC2064 # the signal's name is meant as it is now
  trap "trap '' TERM INT USR1 USR2 || :; on_signal $1" "$1"
}

hear_lost_mount() {
  [ -n "$stopping" ] || hear USR1
  # It may have ended just before.
  [ ! -e "$state_dir/tigrisfs.end" ] || on_signal USR1
}

# TERM and INT: stop. USR1: the mount is lost. USR2: the bucket refuses a write; a mount with a key that may only read takes
# every write, and can never upload one, so the sooner the app ends the less is lost.
on_signal() {
  interrupted=yes
  case $stopping$lost in ?*) return 0 ;; esac
  case $1 in
  USR1)
    lost=yes
    enter unhealthy
    ;;
  USR2)
    stopping=refused
    enter unhealthy
    ;;
  *)
    stopping=$1
    say "SIG$1: stopping"
    ;;
  esac
  end_app
}

# Sets `ended_with`. A signal interrupts `wait`, which then tells the signal's number and not what the app ended with, also
# when the app has ended meanwhile: so it is asked again, until no signal came in between.
wait_for_app() {
  ended_with=''
  while :; do
    interrupted=''
    wait "$app" && waited=0 || waited=$?
    # The signal may have come just before the wait: then the shell has told the code, and may know the app no more.
    [ "$waited" -eq 127 ] && [ -n "$ended_with" ] || ended_with=$waited
    [ -n "$interrupted" ] || ! has_ended "$app" || return 0
  done
}
