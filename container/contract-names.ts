/**
 * Every variable that the entrypoint takes from a machine's environment, but for `TIGRISFS_*` (tigrisfs-flags.ts). They are
 * between the machine's config, the image and the entrypoint: a tenant file that set one would move its state into the
 * bucket, run the app as somebody else or give its uploads no time. A test holds the list against the scripts.
 */
export const ENTRYPOINT_NAMES = [
  "APP_USER",
  "AWS_ACCESS_KEY_ID",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "BUCKET_NAME",
  "FIRST_TOUCH_NAMES",
  "FIRST_TOUCH_SECONDS",
  "MOUNT_BY",
  "MOUNT_HUNG_SECONDS",
  "MOUNT_PATH",
  "MOUNT_WAIT_SECONDS",
  "S3_PATH_STYLE",
  "SPARE_OTHERS",
  "STATE_DIR",
  "STOP_APP_SECONDS",
  "STOP_FLUSH_SECONDS",
  "WATCHED_STAT_CACHE_TTL",
  "WATCH_SECONDS",
] as const;
