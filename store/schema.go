package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	_ "modernc.org/sqlite" // the driver, in Go
)

// The marks in a file's header by which a run is known.
const (
	applicationID = 0x66_62_67_6e // "fbgn"
	version       = 1
	pageSize      = 4096
)

// Calls are numbered as they come, because appending stays fast however many there are; keyed by
// their hash, each would land on a random page. Records are keyed by kind, job and line (see
// recordID), so that a file's lines lie in the order in which they are read.
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (
	id INTEGER PRIMARY KEY, problem TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
	counts TEXT NOT NULL, lines TEXT NOT NULL
) STRICT;
CREATE TABLE kinds (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE records (id INTEGER PRIMARY KEY, line BLOB NOT NULL) STRICT;
CREATE TABLE calls (
	id INTEGER PRIMARY KEY, job INTEGER NOT NULL, key BLOB NOT NULL,
	prompt_tokens INTEGER NOT NULL, tokens INTEGER NOT NULL, reply BLOB NOT NULL
) STRICT;
CREATE INDEX calls_by_job ON calls (job);
CREATE TABLE usage (calls INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, tokens INTEGER NOT NULL) STRICT;
INSERT INTO usage VALUES (0, 0, 0);`

// A record's key has 7 bits for the kind, 32 for the job and 24 for the line.
const (
	lineBits = 24
	jobBits  = 32
	maxKind  = 1<<(63-jobBits-lineBits) - 1
)

func recordID(kind int64, job, line int) int64 {
	return kind<<(jobBits+lineBits) | int64(job)<<lineBits | int64(line)
}

// idle is how many connections a pool keeps for later: opening one takes as long as ten queries.
const idle = 8

// openPool opens the file in the given URI mode when a connection is first needed.
func openPool(path, mode string, pragmas ...string) *sql.DB {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	name.RawQuery = mode
	for _, pragma := range append([]string{"busy_timeout(10000)"}, pragmas...) {
		name.RawQuery += "&_pragma=" + url.QueryEscape(pragma)
	}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		panic(err) // only an unknown driver
	}
	db.SetMaxIdleConns(idle)
	return db
}

// querier is what a pool and a connection share.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// begin checks that the file is a run, and makes one of an empty file. A file that is not is left
// as it was.
func begin(ctx context.Context, conn *sql.Conn, cut bool) error {
	empty, err := check(ctx, conn)
	if err != nil {
		return err
	}
	if cut {
		return errCutOff
	}
	var mode string
	if err := conn.QueryRowContext(ctx, `PRAGMA journal_mode = wal`).Scan(&mode); err != nil {
		return err
	}
	if !strings.EqualFold(mode, "wal") {
		return fmt.Errorf("%w: it keeps no write-ahead log (journal mode %q)", ErrDenied, mode)
	}
	if !empty {
		return nil
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, version)
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE;"+marks+schema+"COMMIT;")
	if err != nil {
		_, undo := conn.ExecContext(ctx, "ROLLBACK")
		return errors.Join(err, undo)
	}
	return nil
}

// check reports whether the file is empty, or an error if it is not a run of this version. It reads
// the first pages only: a whole check of a large run would take minutes.
func check(ctx context.Context, db querier) (empty bool, err error) {
	var application, made, tables int64
	for query, into := range map[string]*int64{
		`PRAGMA application_id`:              &application,
		`PRAGMA user_version`:                &made,
		`SELECT count(*) FROM sqlite_schema`: &tables,
	} {
		if err := db.QueryRowContext(ctx, query).Scan(into); err != nil {
			return false, err
		}
	}
	switch {
	case application == 0 && made == 0 && tables == 0:
		return true, nil
	case application != applicationID:
		return false, fmt.Errorf("%w: it is another program's database", ErrForeign)
	case made > version:
		return false, fmt.Errorf("%w: it has version %d, this program writes %d", ErrNewer, made, version)
	}
	return false, nil
}

// cutOff reports whether a file ends within a page, which SQLite would read as zeros. It has to be
// asked before the file is opened: a file with a write-ahead log may be in the middle of growing.
func cutOff(path string) bool {
	return size(path)%pageSize != 0 && size(path+"-wal") == 0
}

// size is a file's size, 0 if there is none.
func size(path string) int64 {
	file, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return file.Size()
}
