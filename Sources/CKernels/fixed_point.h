// 16-bit fixed point with shared scales: bfloat16 factors as processors multiply them whose dot products
// of integers are faster than their arithmetic on floats.
//
// A row of the first factor and a column of the second are cut into stretches of CK_STRETCH of the
// depth. A stretch v becomes integers q = v / s, with the scale s such that |q| <= CK_FIXED_NORM, |.| the
// Euclidean norm. By the Cauchy–Schwarz inequality no sum of products then leaves 32 bits, whatever the
// values are, and sums of integers are exact in any order. What is lost is the rounding of q:
// for values of similar size about a twelfth of what bfloat16's own rounding takes, at worst a sixth.
#ifndef CKERNELS_FIXED_POINT_H
#define CKERNELS_FIXED_POINT_H
#include "bf16.h"

/// With the roundings of a stretch, at most a half each, a norm stays below 2^15.
#define CK_FIXED_NORM 32700.0f

/// Sums of squares below it have lost digits: their stretch, of a norm below 1e-18, becomes zeros.
#define CK_LEAST_SQUARES 1e-36f

/// What a stretch is multiplied by, and what its integers stand for. Where something is no number, or
/// so large that its square is none, all sums are not-a-number.
CK_INLINE float ck_fixed_inverse(float sum_of_squares) {
  return sum_of_squares >= CK_LEAST_SQUARES ? CK_FIXED_NORM / ck_sqrt(sum_of_squares) : 0;
}

CK_INLINE float ck_fixed_scale(float sum_of_squares) {
  float scale = ck_sqrt(sum_of_squares) * (1 / CK_FIXED_NORM);
  return scale < INFINITY ? scale : NAN;
}

/// Adding it leaves the nearest integer, ties to even, in a float's lowest bits.
#define CK_TO_INTEGER 12582912.0f

#endif
