package mock

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is a handler that listens on the loopback interface.
type Server struct {
	// URL is where it listens, without a path, such as "http://127.0.0.1:41234".
	URL string

	server *http.Server
	done   chan struct{}
}

// Serve listens at addr, or at any free port if addr is "". To let a server go away and come back,
// close it and serve again at its Addr.
func Serve(addr string, h http.Handler) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mock server: %w", err)
	}
	s := &Server{
		URL:    "http://" + listener.Addr().String(),
		server: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute},
		done:   make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener) // ends with ErrServerClosed
	}()
	return s, nil
}

// Addr is the host and port.
func (s *Server) Addr() string { return s.URL[len("http://"):] }

// Close cuts all connections, waits until nobody listens, and returns. From then on connections
// are refused.
func (s *Server) Close() error {
	err := s.server.Close()
	<-s.done
	return err
}

// RefusingURL is the address of a server that is gone: connections to it are refused.
func RefusingURL() (string, error) {
	s, err := Serve("", http.NotFoundHandler())
	if err != nil {
		return "", err
	}
	return s.URL, s.Close()
}
