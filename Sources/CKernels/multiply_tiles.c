// Blocks of products of bfloat16 matrices in AMX's tile registers: C takes four of 16×16 floats, A and B two
// each of 16 rows of 64 bytes.
#include "bf16_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

/// What LDTILECFG reads: all eight registers are 16 rows of 64 bytes.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_shapes;

static const tile_shapes full_tiles = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

__attribute__((target("amx-tile"))) void ck_begin_tiles(void) { _tile_loadconfig(&full_tiles); }
__attribute__((target("amx-tile"))) void ck_end_tiles(void) { _tile_release(); }

#define CK_TILE_FUNCTION __attribute__((target("amx-tile,amx-bf16"))) void ck_block_amx
#define CK_TILE_STATE
#define CK_TILE_ZERO(t) _tile_zero(t)
#define CK_TILE_LOAD(t, from, stride) _tile_loadd(t, from, stride)
#define CK_TILE_STORE(t, to, stride) _tile_stored(t, to, stride)
#define CK_TILE_MULTIPLY(c, a, b) _tile_dpbf16ps(c, a, b)
#include "tile_block.h"
#endif

// The same sequence of tile instructions in plain C, so that machines without them can test it.
typedef struct {
  uint8_t bytes[16][64];
} tile;

static void tile_load(tile *t, const void *from, size_t stride) {
  for (int r = 0; r < 16; r++) memcpy(t->bytes[r], (const uint8_t *)from + r * stride, 64);
}

static void tile_store(const tile *t, void *to, size_t stride) {
  for (int r = 0; r < 16; r++) memcpy((uint8_t *)to + r * stride, t->bytes[r], 64);
}

static void tile_multiply(tile *c, const tile *a, const tile *b) {
  for (int r = 0; r < 16; r++) {
    float sums[16];
    uint16_t left[32], right[32];
    memcpy(sums, c->bytes[r], sizeof sums);
    memcpy(left, a->bytes[r], sizeof left);
    for (int p = 0; p < 16; p++) {
      memcpy(right, b->bytes[p], sizeof right);
      for (int i = 0; i < 16; i++)
        sums[i] += ck_bf16_value(left[2 * p]) * ck_bf16_value(right[2 * i]) +
                   ck_bf16_value(left[2 * p + 1]) * ck_bf16_value(right[2 * i + 1]);
    }
    memcpy(c->bytes[r], sums, sizeof sums);
  }
}

#define CK_TILE_FUNCTION void ck_block_tiles_in_c
#define CK_TILE_STATE tile tiles[8];
#define CK_TILE_ZERO(t) memset(&tiles[t], 0, sizeof(tile))
#define CK_TILE_LOAD(t, from, stride) tile_load(&tiles[t], from, stride)
#define CK_TILE_STORE(t, to, stride) tile_store(&tiles[t], to, stride)
#define CK_TILE_MULTIPLY(c, a, b) tile_multiply(&tiles[c], &tiles[a], &tiles[b])
#include "tile_block.h"
