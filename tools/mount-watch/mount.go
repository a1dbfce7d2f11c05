package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// Setting it makes TigrisFS ask S3 again (core/goofys_fuse.go, SetXattr).
	invalidate = ".invalidate"
	// What TigrisFS knows of an object; answered without a request (core/handles.go, getXattrMap).
	knownEtag = "s3.etag"
)

type walkLimits struct {
	names int
	time  time.Duration
}

// mount is what a machine sees of the bucket.
type mount struct {
	root   string
	limits walkLimits
}

func mountedAt(root string, limits walkLimits) *mount {
	return &mount{root: filepath.Clean(root), limits: limits}
}

func (m *mount) path(key string) string {
	return filepath.Join(m.root, key)
}

// shows says whether the mount has this object in this state.
func (m *mount) shows(key, etag string) bool {
	path := m.path(key)
	status, err := os.Lstat(path)
	if err != nil {
		return etag == gone && isAbsent(err)
	}
	if etag == gone || strings.HasSuffix(key, "/") {
		// A folder is there as long as anything is in it, and has no ETag that counts.
		return status.IsDir()
	}
	buffer := make([]byte, 256)
	size, err := unix.Lgetxattr(path, knownEtag, buffer)
	return err == nil && bare(string(buffer[:size])) == etag
}

// folderOf answers the closest folder above a key that the mount has.
func (m *mount) folderOf(key string) string {
	for folder := filepath.Dir(m.path(key)); ; folder = filepath.Dir(folder) {
		if len(folder) <= len(m.root) {
			return m.root
		}
		if status, err := os.Lstat(folder); err == nil && status.IsDir() {
			return folder
		}
	}
}

// upload waits until what the machine has written to a file is in the bucket. TigrisFS gives it up where it asks S3 again
// and finds somebody else's change.
func (m *mount) upload(key string) error {
	if strings.HasSuffix(key, "/") {
		return nil
	}
	file, err := os.OpenFile(m.path(key), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if isAbsent(err) || errors.Is(err, unix.ELOOP) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}

func (m *mount) refreshFile(key string) error {
	return unix.Lsetxattr(m.path(key), invalidate, nil, 0)
}

// refreshFolder makes TigrisFS list a folder anew. To forget it is not enough: a name that TigrisFS does not know is looked
// for in the listings that it has made, also of the whole bucket, and those stay (core/dir.go, checkGapLoaded).
func (m *mount) refreshFolder(folder string) error {
	if folder == m.root {
		_, err := m.refreshAll()
		return err
	}
	if err := unix.Lsetxattr(folder, invalidate, nil, 0); err != nil {
		return err
	}
	_, err := os.ReadDir(folder)
	return err
}

// refreshAll makes TigrisFS forget everything and lists it again, within the limits; it answers how many names it listed. A
// folder that was forgotten has no name any more for who works in it, until somebody looks it up: the walk does.
func (m *mount) refreshAll() (int, error) {
	if err := unix.Lsetxattr(m.root, invalidate, nil, 0); err != nil {
		return 0, err
	}
	names, until := 0, time.Now().Add(m.limits.time)
	err := filepath.WalkDir(m.root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil && !isAbsent(err) && path == m.root {
			return err
		}
		if path != m.root {
			names++
		}
		if names >= m.limits.names || time.Now().After(until) {
			return filepath.SkipAll
		}
		return nil
	})
	return names, err
}

func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}
