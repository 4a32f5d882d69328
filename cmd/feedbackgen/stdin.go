package main

import (
	"context"
	"errors"
	"io"
)

// copyInput copies the input until it ends or the user has had enough: a read of a terminal or a pipe waits
// for as long as nobody writes, and cannot be called off. So it is left to a goroutine, which ends with the
// read that it is in, at the latest with the process, and by then can reach nothing but a closed pipe.
func copyInput(ctx context.Context, to io.Writer, from io.Reader) error {
	read, write := io.Pipe()
	go func() {
		_, err := io.Copy(write, from)
		_ = write.CloseWithError(err) // it never fails
	}()
	forget := context.AfterFunc(ctx, func() { _ = write.CloseWithError(context.Cause(ctx)) })
	defer forget()
	_, err := io.Copy(to, read)
	return errors.Join(err, read.Close())
}
