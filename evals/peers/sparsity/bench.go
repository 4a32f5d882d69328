package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// megabytes is the size of each of the two checkpoints.
const megabytes = 500

// bench times comparisons of two checkpoints that were written just before, so that the system still
// holds them in memory: the median of five, in megabytes of both files a second.
func bench(ctx context.Context, w io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "sparsity")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fmt.Fprintf(w, "%d cores, %s/%s, two checkpoints of %d MB\n", runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, megabytes)
	for _, run := range []struct {
		dtype  safetensors.DType
		update float64
	}{{safetensors.BF16, 0}, {safetensors.BF16, .05}, {safetensors.BF16, .3}, {safetensors.BF16, 1}, {safetensors.F32, .3}, {safetensors.F16, .3}} {
		names := []string{filepath.Join(folder, "base.safetensors"), filepath.Join(folder, "tuned.safetensors")}
		for i, name := range names {
			if err := write(name, run.dtype, float64(i)*run.update); err != nil {
				return err
			}
		}
		var seconds []float64
		var share float64
		for range 5 {
			began := time.Now()
			share, err = compare(ctx, names)
			if err != nil {
				return err
			}
			seconds = append(seconds, time.Since(began).Seconds())
		}
		slices.Sort(seconds)
		fmt.Fprintf(w, "%-4s update of %3.0f %%: unchanged %.4f, %5.0f MB/s (%.2f s)\n",
			run.dtype, run.update*100, share, 2*megabytes/seconds[2], seconds[2])
	}
	fmt.Fprintf(w, "most memory held at any time: %s\n", peakMemory())
	return nil
}

func compare(ctx context.Context, names []string) (share float64, err error) {
	var c [2]*safetensors.Checkpoint
	for i, name := range names {
		if c[i], err = safetensors.Open(name); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, c[i].Close()) }()
	}
	report, err := sparsity.Compare(ctx, c[0], c[1], sparsity.Options{})
	if err != nil {
		return 0, err
	}
	return *report.Overall.Share, nil
}

// write writes random weights, the same ones each time but for the share that an update has changed.
func write(name string, dtype safetensors.DType, update float64) (err error) {
	const cols = 1000
	rows := megabytes * 1000 / dtype.Size() / 10
	var tensors []safetensorstest.Tensor
	for i := range 10 {
		tensors = append(tensors, safetensorstest.Tensor{Name: fmt.Sprintf("layers.%d.weight", i), DType: dtype, Shape: []int64{rows, cols}})
	}
	file, err := os.Create(name) //nolint:gosec // in a folder of our own
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, 1<<20)
	if _, err := out.Write(safetensorstest.Header(tensors...)); err != nil {
		return err
	}
	weights, updated := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(3, 4))
	var number [8]byte
	for range rows * cols * 10 {
		bits := weights.Uint64()&0x807f_ffff_0000_807f | 0x3c00_0000_0000_3c00 // about 1/100, or 1 as F16
		if update > 0 && updated.Float64() < update {
			bits ^= 0x0040_0000_0000_0040 // by a part of its size
		}
		binary.LittleEndian.PutUint64(number[:], bits)
		if dtype == safetensors.F32 {
			binary.LittleEndian.PutUint32(number[:], uint32(bits>>32))
		}
		if _, err := out.Write(number[:dtype.Size()]); err != nil {
			return err
		}
	}
	return out.Flush()
}

// peakMemory is this process's largest resident size, as far as the system tells.
func peakMemory() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "this system does not tell"
	}
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return "this system does not tell"
}
