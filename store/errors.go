package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/feedbackgen/feedbackgen"
)

// Why a run cannot be opened, read or written. Test with [errors.Is].
var (
	// ErrInUse: another process works on the run.
	ErrInUse = errors.New("in use by another")
	// ErrDenied: the directory or the file cannot be opened, such as a read-only one to write to.
	ErrDenied = errors.New("access is denied")
	// ErrFull: the disk is full. What was acknowledged is there, and later writes may succeed.
	ErrFull = errors.New("the disk is full")
	// ErrForeign: the file is not a run.
	ErrForeign = errors.New("not a feedbackgen run")
	// ErrNewer: a later version of the program wrote the run.
	ErrNewer = errors.New("written by a newer feedbackgen")
	// ErrCorrupt: the file is damaged.
	ErrCorrupt = errors.New("the file is damaged")
	// ErrClosed: the store was closed before.
	ErrClosed = errors.New("the run is closed")
)

var errCutOff = fmt.Errorf("%w: its end is missing", ErrCorrupt)

// reason says which of the errors above an error of the system's or SQLite's amounts to.
func reason(err error) error {
	if code(err) == sqlite3.SQLITE_IOERR_SHORT_READ {
		return ErrCorrupt
	}
	switch code(err) & primary {
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_NOTADB:
		return ErrForeign
	case sqlite3.SQLITE_CORRUPT:
		return ErrCorrupt
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return ErrDenied
	case sqlite3.SQLITE_BUSY:
		return ErrInUse
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ErrDenied
	}
	return nil
}

// advice says what helps, and of which kind the failure is if other arguments would.
func advice(err error) (hint string, kind error) {
	switch {
	case errors.Is(err, ErrInUse):
		return "wait until the other process ends, or use another --out", feedbackgen.ErrInput
	case errors.Is(err, ErrDenied):
		return "use a directory of your own that is not read-only", feedbackgen.ErrInput
	case errors.Is(err, ErrForeign):
		return "use another --out; the file was left as it is", feedbackgen.ErrInput
	case errors.Is(err, ErrNewer):
		return "use that version, or another --out; the file was left as it is", feedbackgen.ErrInput
	case errors.Is(err, fs.ErrNotExist):
		return "give a directory that a run was written to", feedbackgen.ErrInput
	case errors.Is(err, ErrFull):
		return "free some space, then run the same command again: nothing that was finished is lost", nil
	case errors.Is(err, ErrCorrupt):
		return "restore it from a copy, or start again with another --out", nil
	}
	return "", nil
}

// failure wraps an error in what was being done to what, why it failed and what helps; nil stays
// nil, and what is wrapped already stays as it is.
func failure(op, subject string, err error) error {
	if err == nil {
		return nil
	}
	if wrapped := (*feedbackgen.Failure)(nil); errors.As(err, &wrapped) {
		return err
	}
	if why := reason(err); why != nil && !errors.Is(err, why) {
		err = fmt.Errorf("%w (%w)", why, err)
	}
	hint, kind := advice(err)
	return &feedbackgen.Failure{Op: op, Subject: subject, Cause: err, Hint: hint, Kind: kind}
}

// primary masks the general part of SQLite's result codes.
const primary = 0xff

// code is SQLite's result code in err, 0 if there is none.
func code(err error) int {
	var from *sqlite.Error
	if !errors.As(err, &from) {
		return 0
	}
	return from.Code()
}
