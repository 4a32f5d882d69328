//go:build !amd64

package embedded

// vectors is false: on this processor the plain Go kernels run.
func vectors() bool { return false }

func expandNibblesAVX2(*float32, *byte, *float32, *float32, int) { panic("no such kernel") }

func expandBytesAVX2(*float32, *byte, *float32, int) { panic("no such kernel") }

func addScaledAVX2(*float32, *float32, float32, int) { panic("no such kernel") }

func dot3AVX2(*float32, *float32, *float32, *float32, int, *[3]float32) { panic("no such kernel") }
