#include "textflag.h"

// These kernels need AVX2; kernels_amd64.go asks the processor first. Each computes exactly what its
// twin in kernels.go does.

DATA lowNibbles<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA lowNibbles<>+8(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL lowNibbles<>(SB), RODATA|NOPTR, $16

// func expandNibblesAVX2(dst *float32, q *byte, scale, low *float32, blocks int)
TEXT ·expandNibblesAVX2(SB), NOSPLIT, $0-40
	MOVQ    dst+0(FP), DI
	MOVQ    q+8(FP), SI
	MOVQ    scale+16(FP), R8
	MOVQ    low+24(FP), R9
	MOVQ    blocks+32(FP), CX
	VMOVDQU lowNibbles<>(SB), X7

nibbleBlock:
	VBROADCASTSS (R8), Y0
	VBROADCASTSS (R9), Y1
	VMOVDQU      (SI), X6
	VPAND        X7, X6, X5
	VPSRLW       $4, X6, X6
	VPAND        X7, X6, X6
	VPMOVZXBD    X5, Y2
	VPSRLDQ      $8, X5, X5
	VPMOVZXBD    X5, Y3
	VPMOVZXBD    X6, Y4
	VPSRLDQ      $8, X6, X6
	VPMOVZXBD    X6, Y5
	VCVTDQ2PS    Y2, Y2
	VCVTDQ2PS    Y3, Y3
	VCVTDQ2PS    Y4, Y4
	VCVTDQ2PS    Y5, Y5
	VMULPS       Y0, Y2, Y2
	VMULPS       Y0, Y3, Y3
	VMULPS       Y0, Y4, Y4
	VMULPS       Y0, Y5, Y5
	VADDPS       Y1, Y2, Y2
	VADDPS       Y1, Y3, Y3
	VADDPS       Y1, Y4, Y4
	VADDPS       Y1, Y5, Y5
	VMOVUPS      Y2, (DI)
	VMOVUPS      Y3, 32(DI)
	VMOVUPS      Y4, 64(DI)
	VMOVUPS      Y5, 96(DI)
	ADDQ         $16, SI
	ADDQ         $4, R8
	ADDQ         $4, R9
	ADDQ         $128, DI
	DECQ         CX
	JNZ          nibbleBlock
	VZEROUPPER
	RET

// func expandBytesAVX2(dst *float32, q *byte, scale *float32, blocks int)
TEXT ·expandBytesAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ q+8(FP), SI
	MOVQ scale+16(FP), R8
	MOVQ blocks+24(FP), CX

byteBlock:
	VBROADCASTSS (R8), Y0
	VPMOVSXBD    (SI), Y2
	VPMOVSXBD    8(SI), Y3
	VCVTDQ2PS    Y2, Y2
	VCVTDQ2PS    Y3, Y3
	VMULPS       Y0, Y2, Y2
	VMULPS       Y0, Y3, Y3
	VMOVUPS      Y2, (DI)
	VMOVUPS      Y3, 32(DI)
	ADDQ         $16, SI
	ADDQ         $4, R8
	ADDQ         $64, DI
	DECQ         CX
	JNZ          byteBlock
	VZEROUPPER
	RET

// func addScaledAVX2(dst, x *float32, a float32, eights int)
TEXT ·addScaledAVX2(SB), NOSPLIT, $0-32
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	VBROADCASTSS a+16(FP), Y0
	MOVQ         eights+24(FP), CX

eight:
	VMULPS  (SI), Y0, Y1
	VADDPS  (DI), Y1, Y1
	VMOVUPS Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	DECQ    CX
	JNZ     eight
	VZEROUPPER
	RET

// func dot3AVX2(row, x0, x1, x2 *float32, thirtyTwos int, sums *[3]float32)
//
// Three dot products with one row, each in the order of vek32.Dot: four registers of eight lanes,
// added up in the same tree. Three times four accumulators and four registers for the row are all
// that there are.
TEXT ·dot3AVX2(SB), NOSPLIT, $0-48
	MOVQ   row+0(FP), SI
	MOVQ   x0+8(FP), R8
	MOVQ   x1+16(FP), R9
	MOVQ   x2+24(FP), R10
	MOVQ   thirtyTwos+32(FP), CX
	MOVQ   sums+40(FP), DI
	SHLQ   $5, CX
	XORL   AX, AX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11

three:
	VMOVUPS     (SI)(AX*4), Y12
	VMOVUPS     32(SI)(AX*4), Y13
	VMOVUPS     64(SI)(AX*4), Y14
	VMOVUPS     96(SI)(AX*4), Y15
	VFMADD231PS (R8)(AX*4), Y12, Y0
	VFMADD231PS 32(R8)(AX*4), Y13, Y1
	VFMADD231PS 64(R8)(AX*4), Y14, Y2
	VFMADD231PS 96(R8)(AX*4), Y15, Y3
	VFMADD231PS (R9)(AX*4), Y12, Y4
	VFMADD231PS 32(R9)(AX*4), Y13, Y5
	VFMADD231PS 64(R9)(AX*4), Y14, Y6
	VFMADD231PS 96(R9)(AX*4), Y15, Y7
	VFMADD231PS (R10)(AX*4), Y12, Y8
	VFMADD231PS 32(R10)(AX*4), Y13, Y9
	VFMADD231PS 64(R10)(AX*4), Y14, Y10
	VFMADD231PS 96(R10)(AX*4), Y15, Y11
	ADDQ        $32, AX
	CMPQ        AX, CX
	JNE         three
	VADDPS       Y0, Y1, Y0
	VADDPS       Y0, Y2, Y0
	VADDPS       Y0, Y3, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VPERMILPD    $1, X0, X1
	VADDPS       X1, X0, X0
	VMOVSHDUP    X0, X1
	VADDSS       X1, X0, X0
	VMOVSS       X0, (DI)
	VADDPS       Y4, Y5, Y4
	VADDPS       Y4, Y6, Y4
	VADDPS       Y4, Y7, Y4
	VEXTRACTF128 $1, Y4, X5
	VADDPS       X5, X4, X4
	VPERMILPD    $1, X4, X5
	VADDPS       X5, X4, X4
	VMOVSHDUP    X4, X5
	VADDSS       X5, X4, X4
	VMOVSS       X4, 4(DI)
	VADDPS       Y8, Y9, Y8
	VADDPS       Y8, Y10, Y8
	VADDPS       Y8, Y11, Y8
	VEXTRACTF128 $1, Y8, X9
	VADDPS       X9, X8, X8
	VPERMILPD    $1, X8, X9
	VADDPS       X9, X8, X8
	VMOVSHDUP    X8, X9
	VADDSS       X9, X8, X8
	VMOVSS       X8, 8(DI)
	VZEROUPPER
	RET
