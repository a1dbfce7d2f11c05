// Imported before everything else: libuv reads this once, at the first file operation. On a bucket an fsync is a request
// that takes tens of milliseconds, and with Node's four threads every other read would wait behind four of them.
process.env["UV_THREADPOOL_SIZE"] ??= "16";
