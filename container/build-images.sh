#!/bin/sh
# Builds the images of this folder where there is neither an engine for images nor a registry of them: with buildah in a
# chroot, on a minimal Debian that debootstrap makes.
#
#   container/build-images.sh FOLDER [mount] [app] [basic-memory]        default: mount and app
#
# Leaves FOLDER/tenantry-mount.oci.tar and so on (OCI archives) and keeps its bases in FOLDER. An image whose files, Go and Node
# are as they were is left as it is: a second run is quick. Debian's newest packages come with an empty FOLDER. Needs root, buildah and debootstrap (Debian packages), Go and Node. Where a registry answers, `docker build` with
# the commands at the head of each Dockerfile does the same on the official bases.
set -eu

project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
folder=${1:?usage: container/build-images.sh FOLDER [mount] [app] [basic-memory]}
shift
[ $# -gt 0 ] || set -- mount app
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd -P)
# The computer's own certificates: a base has none yet, and a proxy between here and the registries may have its own.
certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
suite=trixie

say() {
  printf 'images: %s\n' "$*" >&2
}

die() {
  say "$*"
  exit 1
}

for program in buildah debootstrap; do
  command -v "$program" >/dev/null || die "$program is not installed (Debian: apt-get install $program)"
done
[ "$(id -u)" -eq 0 ] || die "only root can build images here"

# Storage of its own: the computer's images are left alone. vfs works everywhere, also inside a container.
images() {
  command=$1
  shift
  buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver vfs "$command" "$@"
}

is_built() {
  images inspect --type image "$1" >/dev/null 2>&1
}

# base NAME VARIABLE=VALUE [FOLDER TARGET]...: a minimal Debian, with folders of this computer in it.
base() {
  name=$1 variable=$2
  shift 2
  if is_built "$name"; then return; fi
  say "$name: building"
  if [ ! -e "$folder/debian/etc/os-release" ]; then
    rm -rf "$folder/debian.new"
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$folder/debian.new" >"$folder/debootstrap.log" 2>&1 ||
      die "debootstrap failed; see $folder/debootstrap.log"
    mv "$folder/debian.new" "$folder/debian"
  fi
  container=$(images from scratch)
  images add --quiet "$container" "$folder/debian" / >/dev/null
  while [ $# -gt 0 ]; do
    images add --quiet "$container" "$1" "$2" >/dev/null
    shift 2
  done
  images config --env "$variable" "$container"
  images commit --quiet --rm "$container" "$name" >/dev/null
}

# Changes with everything that an image here is made of, but for the packages of registries, which lock files name.
ingredients() {
  (cd "$project" && find container tools/patched tools/tigrisfs tools/mount-watch -name node_modules -prune -o -type f -print | sort | xargs sha256sum)
  go env GOVERSION
  node --version
}

# build NAME DOCKERFILE [ARGUMENT=VALUE]...
build() {
  name=$1 file=$2
  shift 2
  arguments=
  for pair in "$@"; do arguments="$arguments --build-arg $pair"; done
  key=$(ingredients | sha256sum)
  archive=$folder/$name.oci.tar
  if [ -e "$archive" ] && is_built "$name" && [ "$(cat "$folder/$name.key" 2>/dev/null)" = "$key" ]; then
    say "$name: as it was built before"
    return
  fi
  say "$name: building from $file"
  # The certificates lie over the image's own while it builds, and are no part of it.
  # shellcheck disable=SC2086 # names of ours, without spaces
  # Without layers of their own for each instruction: vfs would copy the whole base for each. Cache mounts keep what is fetched.
  images bud --quiet --isolation chroot --network host --pull-never --build-arg "TARGETARCH=$(dpkg --print-architecture)" \
    --volume "$certificates:/etc/ssl/certs/ca-certificates.crt:ro" \
    $arguments -f "$project/$file" --ignorefile "$project/$file.dockerignore" -t "$name" "$project" \
    >"$folder/$name.log" 2>&1 || {
    tail -n 20 "$folder/$name.log" >&2
    die "$name: not built; see $folder/$name.log"
  }
  rm -f "$archive"
  images push --quiet "$name" "oci-archive:$archive:$name" >/dev/null
  echo "$key" >"$folder/$name.key"
  say "$name: $archive, $(du -m "$archive" | cut -f 1) MB"
}

path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
base tenantry-debian "PATH=$path"
for image in "$@"; do
  case $image in
  mount)
    base tenantry-go "PATH=/usr/local/go/bin:$path" "$(go env GOROOT)" /usr/local/go
    build tenantry-mount container/Dockerfile GO_IMAGE=tenantry-go BASE_IMAGE=tenantry-debian
    ;;
  app)
    node=$(command -v node)
    npm=$(dirname "$(readlink -f "$(command -v npm)")")/..
    # npm's own launcher looks for the folder that Node was installed in.
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\nexec node /usr/local/lib/npm/bin/npm-cli.js "$@"\n' >"$folder/bin/npm"
    chmod 755 "$folder/bin/npm"
    base tenantry-node NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
      "$(readlink -f "$node")" /usr/local/bin/ "$npm" /usr/local/lib/npm "$folder/bin" /usr/local/bin
    build reference-app container/app/Dockerfile NODE_IMAGE=tenantry-node MOUNT_IMAGE=tenantry-mount
    ;;
  basic-memory)
    build basic-memory container/examples/basic-memory/Dockerfile MOUNT_IMAGE=tenantry-mount
    ;;
  *) die "there is no image $image: mount, app or basic-memory" ;;
  esac
done
