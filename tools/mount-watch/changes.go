package main

import "strings"

// gone is the ETag of what is there no more; no object has it.
const gone = ""

// changes answers what differs, by its key, with the ETag that is to be shown. Both listings are in the order of keys.
func changes(before, after []page) map[string]string {
	found := map[string]string{}
	old, now := reader{pages: before}, reader{pages: after}
	for was, is := old.next(), now.next(); was != nil || is != nil; {
		switch {
		case is == nil || (was != nil && was.key < is.key):
			found[was.key] = gone
			was = old.next()
		case was == nil || is.key < was.key:
			found[is.key] = is.etag
			is = now.next()
		default:
			if was.etag != is.etag {
				found[is.key] = is.etag
			}
			was, is = old.next(), now.next()
		}
	}
	for key := range found {
		if !canBeShown(key) {
			delete(found, key)
		}
	}
	return found
}

type reader struct {
	pages       []page
	page, place int
}

func (r *reader) next() *object {
	for ; r.page < len(r.pages); r.page, r.place = r.page+1, 0 {
		if objects := r.pages[r.page].objects; r.place < len(objects) {
			r.place++
			return &objects[r.place-1]
		}
	}
	return nil
}

// canBeShown says whether a file system can have such a name at all; TigrisFS passes over the others.
func canBeShown(key string) bool {
	for _, part := range strings.Split(strings.TrimSuffix(key, "/"), "/") {
		if part == "" || part == "." || part == ".." || len(part) > 255 || strings.ContainsRune(part, 0) {
			return false
		}
	}
	return true
}

func count(pages []page) int {
	total := 0
	for _, each := range pages {
		total += len(each.objects)
	}
	return total
}
