/* The kernel for AVX-512: eight nonces side by side, with rotations and three-operand logic. */
#include <immintrin.h>

#define LANES 8
#define LANE_BITS 3
#define TABLE_BITS 5
#define STREAMS 1
#define V __m512i
#define V_ALL(w) _mm512_set1_epi64((long long)(w))
#define V_RAMP _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7)
#define V_ADD _mm512_add_epi64
#define V_LOAD(p) _mm512_load_si512(p)
#define V_STORE(p, a) _mm512_store_si512(p, a)
#define V_XOR _mm512_xor_si512
#define V_XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define V_CHI(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xd2)
#define V_ROL(a, n) _mm512_rol_epi64(a, n)
#define V_GOOD(a, t) ((unsigned)_mm512_cmpge_epu64_mask(a, t))
#define SLICE 32768
#define KERNEL pp_avx512

#include "lanes.h"
