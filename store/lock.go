package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// LockName is the file that is locked, and holds the process's id. The system releases the lock
// when the process ends, however that happens; the file stays, because removing it would race.
const LockName = "run.lock"

func lockDir(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, LockName)
	lock := flock.New(path, flock.SetPermissions(0o644))
	ours, err := lock.TryLock()
	if err != nil {
		return nil, failure("lock run", dir, err)
	}
	if !ours {
		return nil, failure("lock run", dir, fmt.Errorf("%w %s", ErrInUse, holder(path)))
	}
	if err := os.WriteFile(path, strconv.AppendInt(nil, int64(os.Getpid()), 10), 0o644); err != nil {
		return nil, errors.Join(failure("lock run", dir, err), lock.Close())
	}
	return lock, nil
}

// holder names who holds the lock, as well as that can be told.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "process"
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return "process"
	}
	return fmt.Sprintf("process (pid %d)", pid)
}
