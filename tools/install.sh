#!/bin/sh
# Installs what the project needs, and says what it does. Safe to repeat: what is there already is left alone.
#
#   tools/install.sh run    for `make up`: Node, npm packages, Pulumi and its language host, versitygw, TigrisFS, fuse3
#   tools/install.sh gates  for all of `tenantry gates`: that, and Litestream, whose build takes minutes
#   tools/install.sh test   for `make test`: what `run` has, and actionlint, hadolint, shellcheck, rclone, umoci and Chromium
#
# Programs are linked into .tenantry/bin, which comes first on PATH in the CLI, the tests and .tenantry/activate.
set -eu
# Programs and packages are read by the users that machines run as, whatever the umask. What is secret is closed by its mode.
umask 022

package=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=processes/place.sh
. "$package/processes/place.sh"
tools=$package/tools
home=$project/.tenantry
bin=$home/bin
# shellcheck source=tools/progress.sh
. "$tools/progress.sh"

case ${1:-run} in
run) required="pulumi pulumi-language-nodejs versitygw" optional="tigrisfs mount-watch" debian="fuse3:fusermount3" ;;
gates) required="pulumi pulumi-language-nodejs versitygw" optional="tigrisfs mount-watch litestream" debian="fuse3:fusermount3" ;;
test) required="pulumi pulumi-language-nodejs versitygw" optional="tigrisfs mount-watch actionlint hadolint" debian="fuse3:fusermount3 shellcheck:shellcheck rclone:rclone chromium:chromium umoci:umoci" ;;
*) die "usage: tools/install.sh [run|gates|test]" ;;
esac

# PATH as it is without us: what we linked ourselves does not count as found.
path_of_others() (
  set -f
  IFS=:
  others=
  for folder in $PATH; do [ "$folder" = "$bin" ] || others=$others${others:+:}$folder; done
  printf '%s' "$others"
)
PATH=$(path_of_others)

# link NAME TARGET
link() {
  if [ "$(readlink "$bin/$1")" != "$2" ]; then
    ln -s "$2" "$bin/.$1.$$"
    mv -f "$bin/.$1.$$" "$bin/$1"
  fi
}

# link_made NAME: links what tools/programs.sh has made.
link_made() {
  link "$1" "$("$tools/programs.sh" path "$1")"
}

install_node() {
  found=$(command -v node) || found=
  if [ -n "$found" ] && "$tools/at-least.sh" 22.18 "$(node --version)"; then
    link node "$found"
  else
    "$tools/programs.sh" make node
    link_made node
  fi
}

install_npm_packages() {
  # A project that tenantry is a package of installs its own.
  [ "$package" = "$project" ] || return 0
  if ! "$bin/node" "$tools/npm-in-step.ts"; then
    command -v npm >/dev/null || die "there is no npm; install it (it comes with Node), then run this again"
    say "npm packages: installing what package-lock.json says"
    npm_config_cache=${npm_config_cache:-${XDG_CACHE_HOME:-$HOME/.cache}/tenantry/npm}
    export npm_config_cache
    attended "npm packages" "answers so far" "$home/npm.log" npm_ci >/dev/null || die "npm packages: see above"
  fi
  # npm links the commands of dependencies, not those of the project itself.
  mkdir -p "$project/node_modules/.bin"
  [ -L "$project/node_modules/.bin/tenantry" ] || ln -sf ../../cli/tenantry "$project/node_modules/.bin/tenantry"
}

# On the Node that was chosen. Whole, whatever NODE_ENV and npm's own settings leave out elsewhere: the engine of the embedded
# database is a development package, and programs for this platform are optional ones.
npm_ci() {
  PATH=$bin:$PATH npm ci --prefix "$project" --include=dev --include=optional --ignore-scripts --dry-run=false --global=false --loglevel=http
}

# A checkout, and packages of before, that a strict umask has closed. Whoever may not enter the folder above stays outside.
open_to_machines() {
  if [ -d "$package/container" ]; then chmod -R a+rX "$package/container"; fi
  [ -z "$(find "$project/node_modules" -prune ! -perm -005)" ] || chmod -R a+rX "$project/node_modules"
}

# Whether PATH has a Pulumi that is new enough and its language host for Node.
pulumi_on_path() {
  command -v pulumi-language-nodejs >/dev/null && command -v pulumi >/dev/null &&
    "$tools/at-least.sh" 3.249 "$(PULUMI_SKIP_UPDATE_CHECK=true PULUMI_HOME=$home/pulumi pulumi version 2>/dev/null)"
}

# Whether PATH has a Litestream of the format and the options that the pinned one has.
litestream_on_path() {
  command -v litestream >/dev/null && "$tools/at-least.sh" 0.5 "$(litestream version 2>/dev/null)"
}

# Takes Pulumi and Litestream from PATH where it can, and all else from tools/programs.sh.
install_programs() {
  made=$required
  if pulumi_on_path; then
    for name in pulumi pulumi-language-nodejs; do link "$name" "$(command -v "$name")"; done
    made=versitygw
  fi
  # shellcheck disable=SC2086 # names of ours, without spaces
  "$tools/programs.sh" make $made
  for name in $made; do link_made "$name"; done
  for name in $optional; do
    if [ "$name" = litestream ] && litestream_on_path; then
      link litestream "$(command -v litestream)"
    elif "$tools/programs.sh" make "$name"; then link_made "$name"; else say "going on without $name"; fi
  done
}

# Debian packages, as package:command.
install_debian_packages() {
  wanted=
  for pair in $debian; do command -v "${pair#*:}" >/dev/null || wanted="$wanted ${pair%:*}"; done
  [ -n "$wanted" ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    say "going on without$wanted: not installed, and only root can (apt-get install$wanted)"
    return 0
  fi
  say "Debian packages:$wanted"
  # shellcheck disable=SC2086 # names of ours, without spaces
  attended "Debian packages" "lines from apt" "$home/apt.log" apt_install $wanted ||
    say "going on without$wanted: apt could not install them"
}

# A list of packages that is too old, or none at all, is fetched and the installation tried again.
apt_install() {
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  set -- -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 install "$@"
  apt-get "$@" >&2 || { apt-get -q update >&2 && apt-get "$@" >&2; }
}

began_at=$(date +%s)
mkdir -p "$bin"
chmod 700 "$home"
install_node
install_npm_packages
open_to_machines
install_debian_packages
install_programs
"$bin/node" "$tools/activate.ts" "$project"
say "tools are ready ($(elapsed "$began_at")); npx tenantry doctor lists them"
