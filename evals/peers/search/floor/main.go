// Command floor makes as many calls as a search does and looks at nothing that comes back: what HTTP
// alone costs a Go client. compare.py runs it.
//
//	floor URL CALLS IN_FLIGHT
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

const request = `{"model":"toy","messages":[{"role":"user","content":"Start with 3. Add 4. What is the result?"}],` +
	`"max_tokens":512,"temperature":1,"top_p":1,"seed":%d,"n":1}`

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: floor URL CALLS IN_FLIGHT")
	}
	calls, err := strconv.Atoi(os.Args[2])
	inFlight, err2 := strconv.Atoi(os.Args[3])
	if err := errors.Join(err, err2); err != nil {
		log.Fatal(err)
	}
	if err := load(context.Background(), os.Args[1]+"/v1/chat/completions", calls, inFlight); err != nil {
		log.Fatal(err)
	}
	fmt.Println(`{"solved": 0}`)
}

func load(ctx context.Context, url string, calls, inFlight int) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
	var next atomic.Int64
	errs := make([]error, inFlight)
	var callers sync.WaitGroup
	for i := range inFlight {
		callers.Go(func() {
			for seed := next.Add(1); seed <= int64(calls) && errs[i] == nil; seed = next.Add(1) {
				errs[i] = call(ctx, client, url, seed)
			}
		})
	}
	callers.Wait()
	return errors.Join(errs...)
}

func call(ctx context.Context, client *http.Client, url string, seed int64) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(fmt.Sprintf(request, seed)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	reply, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reply.Body.Close()) }()
	if reply.StatusCode != http.StatusOK {
		return errors.New(reply.Status)
	}
	_, err = io.Copy(io.Discard, reply.Body)
	return err
}
