# shellcheck shell=sh
# From TIGRISFS_* in the environment to flags of TigrisFS v1.2.1, which itself reads none of them. tigrisfs-flags.ts says
# what each means; a test keeps the two in step. Read by entrypoint.sh.

# The flag of a variable with a value.
value_flag() {
  case $1 in
  TIGRISFS_MEMORY_LIMIT) echo --memory-limit ;;
  TIGRISFS_ENTRY_LIMIT) echo --entry-limit ;;
  TIGRISFS_STAT_CACHE_TTL) echo --stat-cache-ttl ;;
  TIGRISFS_READ_RETRY_ATTEMPTS) echo --read-retry-attempts ;;
  TIGRISFS_RETRY_INTERVAL) echo --retry-interval ;;
  TIGRISFS_SDK_MAX_RETRIES) echo --sdk-max-retries ;;
  TIGRISFS_HTTP_TIMEOUT) echo --http-timeout ;;
  TIGRISFS_MAX_FLUSHERS) echo --max-flushers ;;
  TIGRISFS_MAX_PARALLEL_PARTS) echo --max-parallel-parts ;;
  TIGRISFS_READ_AHEAD) echo --read-ahead ;;
  TIGRISFS_READ_AHEAD_LARGE) echo --read-ahead-large ;;
  TIGRISFS_SINGLE_PART) echo --single-part ;;
  TIGRISFS_PART_SIZES) echo --part-sizes ;;
  TIGRISFS_FILE_MODE) echo --file-mode ;;
  TIGRISFS_DIR_MODE) echo --dir-mode ;;
  TIGRISFS_PRINT_STATS) echo --print-stats ;;
  *) return 1 ;;
  esac
}

# The flag of a variable that is true or false.
switch_flag() {
  case $1 in
  TIGRISFS_FSYNC_ON_CLOSE) echo --fsync-on-close ;;
  TIGRISFS_ENABLE_PERMS) echo --enable-perms ;;
  TIGRISFS_ENABLE_MTIME) echo --enable-mtime ;;
  TIGRISFS_NO_SPECIALS) echo --no-specials ;;
  TIGRISFS_NO_TIGRIS_PREFETCH) echo --no-tigris-prefetch ;;
  TIGRISFS_NO_IMPLICIT_DIR) echo --no-implicit-dir ;;
  TIGRISFS_NO_DIR_OBJECT) echo --no-dir-object ;;
  TIGRISFS_NO_PRELOAD_DIR) echo --no-preload-dir ;;
  TIGRISFS_CHEAP) echo --cheap ;;
  TIGRISFS_DISABLE_XATTR) echo --disable-xattr ;;
  TIGRISFS_READ_ONLY) echo -o=ro ;;
  *) return 1 ;;
  esac
}

# Prints one flag a line. Fails, and says why, at a variable it does not know: a misspelt limit must not go unnoticed.
tigrisfs_options() {
  for name in $(env | sed -n 's/^\(TIGRISFS_[A-Z0-9_]*\)=.*/\1/p' | sort); do
    eval "value=\${$name:-}"
    [ -n "$value" ] || continue
    if flag=$(value_flag "$name"); then
      case $value in
      *[!A-Za-z0-9.,:_-]*) die 78 "$name holds what no option of TigrisFS takes" ;;
      esac
      printf '%s=%s\n' "$flag" "$value"
    elif flag=$(switch_flag "$name"); then
      case $value in
      true) printf '%s\n' "$flag" ;;
      false) ;;
      *) die 78 "$name is neither true nor false: $value" ;;
      esac
    else
      die 78 "there is no option of TigrisFS for $name"
    fi
  done
}
