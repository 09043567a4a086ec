// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Widths of codes. A source that includes this is compiled once for each
// combination of 8 and 16 bits that its kernel exists in;
// runtime/CMakeLists.txt defines
//   QRT_A_BITS  codes of the first operand
//   QRT_B_BITS  of the second, for kernels that have one
//   QRT_Y_BITS  of the result
// and each build is an object of its own in the library: a model links the
// widths that it calls. Without definitions all are 8.

#ifndef QRT_REF_CODES_H
#define QRT_REF_CODES_H

#include <stdint.h>

#ifndef QRT_A_BITS
#define QRT_A_BITS 8
#define QRT_B_BITS 8
#define QRT_Y_BITS 8
#endif

#define QRT_INT_(bits) int##bits##_t
#define QRT_INT(bits) QRT_INT_(bits)
typedef QRT_INT(QRT_A_BITS) code_a;
typedef QRT_INT(QRT_B_BITS) code_b;
typedef QRT_INT(QRT_Y_BITS) code_y;

// qrt_ref_<op>_s8, qrt_ref_<op>_s8_s16, qrt_ref_<op>_s16_s8_s8: one width where
// all are equal.
#define QRT_NAME1_(op, a) qrt_ref_##op##_s##a
#define QRT_NAME2_(op, a, y) qrt_ref_##op##_s##a##_s##y
#define QRT_NAME3_(op, a, b, y) qrt_ref_##op##_s##a##_s##b##_s##y
#define QRT_NAME1(op, a) QRT_NAME1_(op, a)
#define QRT_NAME2(op, a, y) QRT_NAME2_(op, a, y)
#define QRT_NAME3(op, a, b, y) QRT_NAME3_(op, a, b, y)

/// Name of a kernel whose codes all have the same width.
#define QRT_SAME(op) QRT_NAME1(op, QRT_A_BITS)

/// Name of a kernel that reads one width and writes another.
#if QRT_A_BITS == QRT_Y_BITS
#define QRT_UNARY(op) QRT_NAME1(op, QRT_A_BITS)
#else
#define QRT_UNARY(op) QRT_NAME2(op, QRT_A_BITS, QRT_Y_BITS)
#endif

/// Name of a kernel of two operands.
#if QRT_A_BITS == QRT_B_BITS && QRT_A_BITS == QRT_Y_BITS
#define QRT_BINARY(op) QRT_NAME1(op, QRT_A_BITS)
#else
#define QRT_BINARY(op) QRT_NAME3(op, QRT_A_BITS, QRT_B_BITS, QRT_Y_BITS)
#endif

#endif // QRT_REF_CODES_H
