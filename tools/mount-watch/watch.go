package main

import (
	"context"
	"time"
)

const (
	// So many files of a folder are asked for one by one; of more the folder is listed anew.
	fewFiles = 20
	// In one round: the files alone, then their folders, then a last look.
	looks = 3
	// Rounds after which it is left to TigrisFS: what cannot be shown must not cost requests for good.
	mostRounds = 5
	// The kernel hears of a change a moment after TigrisFS.
	moment = 20 * time.Millisecond
)

// wanted is a change that the mount may not show yet.
type wanted struct {
	etag   string
	rounds int
}

type pending map[string]*wanted

// watch never returns.
func watch(ctx context.Context, b *bucket, m *mount, p pace) {
	known := begin(ctx, b, m, p)
	waiting, changed, isAway := pending{}, time.Now(), false
	for {
		time.Sleep(p.pause(len(known), time.Since(changed)))
		pages, differs, err := b.list(ctx, known)
		if err != nil {
			if !isAway {
				say("the bucket cannot be listed: changes made elsewhere are not seen meanwhile: %v", err)
			}
			isAway = true
			continue
		}
		if isAway {
			say("the bucket is listed again")
			isAway = false
		}
		if differs {
			for key, etag := range changes(known, pages) {
				waiting[key] = &wanted{etag: etag}
				changed = time.Now()
			}
			known = pages
		}
		waiting.show(m)
	}
}

// begin lists the bucket, and has the mount forget what it may have learned before that.
func begin(ctx context.Context, b *bucket, m *mount, p pace) []page {
	for said := false; ; time.Sleep(p.every) {
		pages, _, err := b.list(ctx, nil)
		names := 0
		if err == nil {
			names, err = m.refreshAll()
		}
		if err == nil {
			say("%d objects, listed %d names", count(pages), names)
			return pages
		}
		if !said {
			say("cannot begin: %v", err)
		}
		said = true
	}
}

// show brings the mount to show what is pending: by the files alone where that does it, else by their folders.
func (w pending) show(m *mount) {
	for look := 1; len(w) > 0; look++ {
		folders := w.missing(m)
		if look == looks || len(folders) == 0 {
			break
		}
		for folder, keys := range folders {
			w.refresh(m, folder, keys, look == 1 && len(keys) <= fewFiles)
		}
		time.Sleep(moment)
	}
	for key, each := range w {
		if each.rounds++; each.rounds >= mostRounds {
			say("the mount does not show a change of %q", key)
			delete(w, key)
		}
	}
}

// missing takes out what is shown, and answers the rest by the folder that has to be listed for it.
func (w pending) missing(m *mount) map[string][]string {
	folders := map[string][]string{}
	for key, each := range w {
		folder := m.folderOf(key)
		// Looking for a name that is not there may cost requests; a folder with many is listed anyway.
		if len(folders[folder]) <= fewFiles && m.shows(key, each.etag) {
			delete(w, key)
			continue
		}
		folders[folder] = append(folders[folder], key)
	}
	return folders
}

func (w pending) refresh(m *mount, folder string, keys []string, alone bool) {
	isWhole := !alone
	for _, key := range keys {
		if err := m.upload(key); err != nil {
			// What cannot be uploaded now must not be lost: later, and not counted.
			w[key].rounds--
			return
		}
		if alone && !m.shows(key, w[key].etag) && m.refreshFile(key) != nil {
			isWhole = true
		}
	}
	if isWhole {
		_ = m.refreshFolder(folder)
	}
}
