package main

import "time"

const (
	// So long after the last change somebody still works on it.
	busyFor = time.Minute
	// A page is one request: of a large bucket it is listed less often when nobody works on it.
	idlePerPage = 5
	mostIdle    = 10 * time.Second
	// Pages that are listed in the time of one round; more make the rounds longer.
	pagesPerRound = 10
)

// pace says how long to wait until the bucket is listed again.
type pace struct {
	every time.Duration
}

func (p pace) pause(pages int, quiet time.Duration) time.Duration {
	pages = max(1, pages)
	busy := p.every * time.Duration((pages+pagesPerRound-1)/pagesPerRound)
	if quiet < busyFor {
		return busy
	}
	return max(busy, min(mostIdle, p.every*idlePerPage*time.Duration(pages)))
}
