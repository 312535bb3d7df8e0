// A block of fixed point in registers of 256 bits; included once for each way to multiply and add.

CK_FIXED_FUNCTION(const uint16_t *a, const float *a_scales, const uint16_t *panel, size_t pairs,
                  float *c, size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  enum { some_rows = 4, lanes = 8, some_columns = 2 * lanes };
  for (size_t top = 0; top < rows; top += some_rows)
    for (size_t left = 0; left < columns; left += some_columns) {
      __m256i sums[some_rows][2];
      for (int r = 0; r < some_rows; r++)
        for (int h = 0; h < 2; h++) sums[r][h] = _mm256_setzero_si256();
      const uint16_t *values = panel + CK_PAIR_VALUES + 2 * left;
      for (size_t p = 0; p < pairs; p++) {
        const __m256i *own = (const __m256i *)(values + p * CK_PAIR_VALUES);
        __m256i b[2] = {_mm256_loadu_si256(own), _mm256_loadu_si256(own + 1)};
        for (int r = 0; r < some_rows; r++) {
          __m256i pair = _mm256_set1_epi32(pair_at(a + (top + r) * CK_STRETCH + 2 * p));
          for (int h = 0; h < 2; h++) sums[r][h] = CK_FIXED_DOT(sums[r][h], pair, b[h]);
        }
      }
      float scales[some_columns];
      memcpy(scales, panel + 2 * left, sizeof scales);
      CK_UNROLL for (int r = 0; r < some_rows; r++)
        for (int h = 0; h < 2; h++) {
          if (top + r >= rows) break;
          size_t column = left + lanes * h;
          __m256 own = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[r][h]),
                                     _mm256_set1_ps(a_scales[top + r]));
          float *out = c + (top + r) * c_stride + column;
          size_t count = column < columns ? ck_smaller(lanes, columns - column) : 0;
          // A constant size, else the copy is a call.
          float some[lanes] = {0};
          if (accumulate && count == lanes)
            memcpy(some, out, sizeof some);
          else if (accumulate)
            memcpy(some, out, count * sizeof *some);
          __m256 sum =
              _mm256_fmadd_ps(own, _mm256_loadu_ps(scales + lanes * h), _mm256_loadu_ps(some));
          _mm256_storeu_ps(some, sum);
          if (count == lanes)
            memcpy(out, some, sizeof some);
          else
            memcpy(out, some, count * sizeof *some);
        }
    }
}

#undef CK_FIXED_FUNCTION
#undef CK_FIXED_DOT
