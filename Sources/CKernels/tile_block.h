// One whole block of C in tile registers; included once for each set of tile operations.

CK_TILE_FUNCTION(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs, float *c,
                 size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  (void)rows, (void)columns;
  CK_TILE_STATE
  const size_t a_bytes = a_stride * sizeof *a, c_bytes = c_stride * sizeof *c;
  const size_t b_bytes = CK_PAIR_VALUES * sizeof *panel;
  if (accumulate) {
    CK_TILE_LOAD(0, c, c_bytes);
    CK_TILE_LOAD(1, c + 16, c_bytes);
    CK_TILE_LOAD(2, c + 16 * c_stride, c_bytes);
    CK_TILE_LOAD(3, c + 16 * c_stride + 16, c_bytes);
  } else {
    CK_TILE_ZERO(0);
    CK_TILE_ZERO(1);
    CK_TILE_ZERO(2);
    CK_TILE_ZERO(3);
  }
  for (size_t p = 0; p < pairs; p += 16) {
    CK_TILE_LOAD(4, a + 2 * p, a_bytes);
    CK_TILE_LOAD(6, panel + p * CK_PAIR_VALUES, b_bytes);
    CK_TILE_MULTIPLY(0, 4, 6);
    CK_TILE_LOAD(7, panel + p * CK_PAIR_VALUES + CK_PANEL_COLUMNS, b_bytes);
    CK_TILE_MULTIPLY(1, 4, 7);
    CK_TILE_LOAD(5, a + 16 * a_stride + 2 * p, a_bytes);
    CK_TILE_MULTIPLY(2, 5, 6);
    CK_TILE_MULTIPLY(3, 5, 7);
  }
  CK_TILE_STORE(0, c, c_bytes);
  CK_TILE_STORE(1, c + 16, c_bytes);
  CK_TILE_STORE(2, c + 16 * c_stride, c_bytes);
  CK_TILE_STORE(3, c + 16 * c_stride + 16, c_bytes);
}

#undef CK_TILE_FUNCTION
#undef CK_TILE_STATE
#undef CK_TILE_ZERO
#undef CK_TILE_LOAD
#undef CK_TILE_STORE
#undef CK_TILE_MULTIPLY
