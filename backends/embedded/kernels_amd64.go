package embedded

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// vectors says whether this processor runs the kernels in kernels_amd64.s. The condition is that of
// vek, because dot3 has to add in the order of its dot product.
func vectors() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA && runtime.GOOS != "darwin" }

//go:noescape
func expandNibblesAVX2(dst *float32, q *byte, scale, low *float32, blocks int)

//go:noescape
func expandBytesAVX2(dst *float32, q *byte, scale *float32, blocks int)

//go:noescape
func addScaledAVX2(dst, x *float32, a float32, eights int)

//go:noescape
func dot3AVX2(row, x0, x1, x2 *float32, thirtyTwos int, sums *[3]float32)
