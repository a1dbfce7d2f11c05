# shellcheck shell=sh
# shellcheck disable=SC2154 # tools and work are of programs.sh
# Sourced by programs.sh: takes a program from the archive that its makers publish, in seconds where a build takes minutes.
# TENANTRY_RELEASES: a copy of https://github.com that a company keeps. Empty: no release is taken.

RELEASES=${TENANTRY_RELEASES-https://github.com}
# Then it is quicker to build.
RELEASE_SECONDS=${TENANTRY_RELEASE_SECONDS:-60}

# release NAME: sets place, archive and sums, what its makers publish for this platform, and held, where the archive has it. Fails
# where there is none that is what we would build: what has patches of ours is none.
release() {
  [ ! -d "$tools/$1/patches" ] || return 1
  case $(uname -s) in Linux) os=linux ;; Darwin) os=darwin ;; *) return 1 ;; esac
  case $(uname -m) in x86_64) cpu=x64 ;; aarch64 | arm64) cpu=arm64 ;; *) return 1 ;; esac
  case $1 in
  pulumi | pulumi-language-nodejs)
    v=$(version pulumi)
    place=pulumi/pulumi archive=pulumi-$v-$os-$cpu.tar.gz sums=pulumi-${v#v}-checksums.txt held=pulumi/$1
    ;;
  *) return 1 ;;
  esac
  place=$RELEASES/$place/releases/download/$v
}

# take_release NAME: puts it where it is kept. Fails, and says why, where it has to be built.
take_release() {
  name=$1
  [ -n "$RELEASES" ] && command -v curl >/dev/null && command -v tar >/dev/null && release "$name" || return 1
  mkdir -p "$work/releases"
  # Two programs may be of one archive.
  if [ ! -e "$work/releases/$archive" ]; then
    [ "$place" != "${unreachable:-}" ] || return 1
    say "$name $v: fetching $archive"
    began_at=$(date +%s)
    fetch_release || {
      unreachable=$place
      rm -f "$work/releases/$archive.new"
      say "$name $v: $why; building it"
      return 1
    }
    mv "$work/releases/$archive.new" "$work/releases/$archive"
    say "$name $v: fetched in $(elapsed "$began_at")"
  fi
  mkdir -p "$work/$name.release"
  tar -xzf "$work/releases/$archive" -C "$work/$name.release" "$held" || return 1
  kept=$(path "$name")
  mkdir -p "${kept%/*}"
  mv "$work/$name.release/$held" "$kept"
}

# What does not come within the time, or is not what its makers say it is, is not taken. Sets why.
fetch_release() {
  new=$work/releases/$archive.new
  why="no answer from $RELEASES"
  said=$(curl -fsSL --connect-timeout 5 --max-time "$RELEASE_SECONDS" "$place/$sums" 2>/dev/null) || return 1
  expected=$(printf '%s\n' "$said" | awk -v file="$archive" '{ sub(/^\*/, "", $2) } $2 == file { print $1 }')
  why="$sums does not name $archive"
  [ -n "$expected" ] || return 1
  why="$archive did not come within $RELEASE_SECONDS s"
  attended "$archive" "lines said" "$work/releases/curl.log" \
    curl -fsSL --connect-timeout 5 --max-time "$RELEASE_SECONDS" -o "$new" "$place/$archive" || return 1
  why="$archive has another checksum than $sums says"
  [ "$(sha256 <"$new" | cut -d ' ' -f 1)" = "$expected" ]
}
