// A block of a product of bfloat16 matrices, as the kernels for different instructions compute it.
#ifndef CKERNELS_BF16_KERNEL_H
#define CKERNELS_BF16_KERNEL_H
#include "bf16.h"

enum {
  /// Rows and columns of a block.
  CK_BLOCK_ROWS = 32,
  CK_BLOCK_COLUMNS = CK_PANEL_COLUMNS,
};

/// The upper left part of a block of C, `rows` × `columns`, = or += A B over `pairs` pairs of depth, a
/// multiple of 16.
typedef void ck_block_function(const uint16_t *a, size_t a_stride, const uint16_t *panel,
                               size_t pairs, float *c, size_t c_stride, size_t rows,
                               size_t columns, bool accumulate);

/// By AMX's tiles, and by the same sequence of instructions in plain C. Both compute whole blocks
/// only, whatever rows and columns say. AMX's needs the tiles' shapes to be set.
ck_block_function ck_block_amx, ck_block_tiles_in_c;
void ck_begin_tiles(void);
void ck_end_tiles(void);

#endif
