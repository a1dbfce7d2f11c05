#!/bin/sh
# Moves every exact version to the newest that its registry serves, and prints what moved. Commits nothing.
#
#   tools/newest.sh [npm] [go]      default: both
#
# npm packages: package.json and package-lock.json. Go programs: the module of each go.mod's `tool`. TigrisFS stays at its
# pinned commit, and Pulumi's language host at the last release of the module that has it. A version that is listed and not served is passed over, since proxies list releases before they have them.
set -eu

project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$project"

newest_npm() {
  outdated=$(npm outdated --json) || :
  # shellcheck disable=SC2016 # JavaScript's
  moves=$(printf '%s' "${outdated:-{\}}" | node -e '
    const found = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    for (const [name, { current, latest }] of Object.entries(found))
      if (current !== latest) console.log(`${name}@${latest}`);
  ')
  # One by one: a package that does not go with the others must not hold them back.
  for move in $moves; do
    if npm install --save-exact --ignore-scripts --no-audit --silent "$move" >/dev/null 2>&1; then echo "$move"; else echo "$move does not go with the others"; fi
  done
}

# newest_of MODULE: its newest release that the proxy serves.
newest_of() {
  go list -m -f '{{range .Versions}}{{println .}}{{end}}' -versions "$1" | grep -E '^v[0-9]+\.[0-9]+\.[0-9]+$' | sort -rV | head -n 10 |
    while read -r version; do
      if go mod download "$1@$version" >/dev/null 2>&1; then
        printf '%s\n' "$version"
        break
      fi
    done
}

newest_go() {
  for mod in tools/*/go.mod; do
    program=$(basename "$(dirname "$mod")")
    case $program in tigrisfs | mount-watch | pulumi-language-nodejs) continue ;; esac
    (
      cd "tools/$program"
      package=$(awk '$1 == "tool" { print $2 }' go.mod)
      module=$(go list -f '{{.Module.Path}}' "$package")
      now=$(go list -m -f '{{.Version}}' "$module")
      version=$(newest_of "$module")
      [ -n "$version" ] && [ "$version" != "$now" ] || exit 0
      printf '%s %s (was %s)\n' "$program" "$version" "$now"
      go get "$package@$version"
      go mod tidy
    )
  done
}

[ $# -gt 0 ] || set -- npm go
for registry; do
  case $registry in
  npm) newest_npm ;;
  go) newest_go ;;
  *) echo "usage: tools/newest.sh [npm] [go]" >&2 && exit 64 ;;
  esac
done
