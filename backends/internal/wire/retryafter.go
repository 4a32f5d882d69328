package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what a server may ask for; beyond it, it is a mistake or malice.
const maxRetryAfter = 24 * time.Hour

// retryAfter is how long a reply asks to be left alone; 0 if it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(strings.TrimSpace(header.Get("Retry-After-Ms")), 64); err == nil {
		return bounded(ms, time.Millisecond)
	}
	if value := header.Get("Retry-After"); value != "" {
		return ParseRetryAfter(value, now)
	}
	// OpenAI's headers say when a spent budget is full again.
	var longest time.Duration
	for _, budget := range []string{"Requests", "Tokens"} {
		if header.Get("X-Ratelimit-Remaining-"+budget) != "0" {
			continue
		}
		if reset, err := time.ParseDuration(header.Get("X-Ratelimit-Reset-" + budget)); err == nil {
			longest = max(longest, min(reset, maxRetryAfter))
		}
	}
	return longest
}

// ParseRetryAfter reads a Retry-After header: seconds, possibly with a fraction, or an HTTP date.
// The result is between 0 and a day; 0 for what cannot be read.
func ParseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return bounded(seconds, time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// bounded is n units, between 0 and [maxRetryAfter]; not a number counts as 0.
func bounded(n float64, unit time.Duration) time.Duration {
	switch limit := float64(maxRetryAfter / unit); {
	case n >= limit:
		return maxRetryAfter
	case n > 0:
		return time.Duration(n * float64(unit))
	default:
		return 0
	}
}
