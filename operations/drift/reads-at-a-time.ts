/**
 * Resources read at a time. Each read is up to three calls, at different vendors and apps; Fly's limits are per app. Pulumi's
 * own default is four per core, so that a small machine would wait for answers most of the time.
 */
export const READS_AT_A_TIME = 64;
