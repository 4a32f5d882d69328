package export_test

import (
	"context"
	"fmt"
	"os"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/export"
)

func ExampleDir() {
	dir, err := os.MkdirTemp("", "export")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	// Any type with a Records method is a source; this one holds its records in memory.
	source := sourceOf(feedbackgen.SFT{
		Prompt:     feedbackgen.Conversation(feedbackgen.User("1+1?")),
		Completion: feedbackgen.Conversation(feedbackgen.Assistant("2")),
	})
	if err := export.Dir(context.Background(), dir, source, export.Card{Module: "mcts", Problems: 1}); err != nil {
		fmt.Println(err)
		return
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, file := range files {
		fmt.Println(file.Name())
	}
	// Output:
	// README.md
	// sft.jsonl
}
