// Command feedbackgen manufactures training signal from a model's own behaviour. Run it with
// --help, or read the README.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	columns, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		columns = 0 // it is no terminal
	}
	os.Exit(execute(context.Background(), environment{
		args:     os.Args[1:],
		getenv:   os.Getenv,
		stdin:    os.Stdin,
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
		columns:  columns,
		signals:  signals,
	}))
}
