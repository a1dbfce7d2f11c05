// mount-watch tells a mounted bucket what was changed elsewhere.
//
//	mount-watch FOLDER
//
// TigrisFS keeps what it knows for --stat-cache-ttl. With a long one a look-up costs nothing, and a change made elsewhere is
// not seen. So this lists the bucket again and again, compares names and ETags with those of the time before, asks the
// mount which of the changes it shows already (its own uploads, above all), and sets the extended attribute `.invalidate`
// on the files and folders of the others. What the machine has not uploaded yet is uploaded first.
//
// From the environment: BUCKET_NAME, AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL), S3_PATH_STYLE, AWS_REGION, AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY, and WATCH_SECONDS, FIRST_TOUCH_NAMES, FIRST_TOUCH_SECONDS as entrypoint.sh has them. It never ends by
// itself; container/watch.sh starts it anew when it does.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		fail("usage: mount-watch FOLDER")
	}
	// A listing is short-lived: collecting often costs little and keeps the process small.
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(16 << 20)
	bucket, err := bucketOf(os.Getenv)
	if err != nil {
		fail(err.Error())
	}
	names, seconds := number("FIRST_TOUCH_NAMES"), number("FIRST_TOUCH_SECONDS")
	mount := mountedAt(os.Args[1], walkLimits{names: names, time: time.Duration(seconds) * time.Second})
	pace := pace{every: time.Duration(max(1, number("WATCH_SECONDS"))) * time.Second}
	watch(context.Background(), bucket, mount, pace)
}

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		fail(name + " is not a number")
	}
	return value
}

func say(format string, words ...any) {
	fmt.Fprintf(os.Stderr, "tenantry: watch: "+format+"\n", words...)
}

func fail(why string) {
	say("%s", why)
	os.Exit(78)
}
