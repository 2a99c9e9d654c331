/* The kernel for AVX2: four nonces side by side. There is no rotation and no three-operand logic. */
#include <immintrin.h>

#define LANES 4
#define LANE_BITS 2
#define TABLE_BITS 4
#define STREAMS 2
#define V __m256i
#define V_ALL(w) _mm256_set1_epi64x((long long)(w))
#define V_RAMP _mm256_setr_epi64x(0, 1, 2, 3)
#define V_ADD _mm256_add_epi64
#define V_LOAD(p) _mm256_load_si256((const __m256i *)(p))
#define V_STORE(p, a) _mm256_store_si256((__m256i *)(p), a)
#define V_XOR _mm256_xor_si256
#define V_XOR3(a, b, c) V_XOR(V_XOR(a, b), c)
#define V_CHI(a, b, c) V_XOR(a, _mm256_andnot_si256(b, c))
#define V_ROL(a, n) rotated(a, n)
#define V_GOOD(a, t) at_least(a, t)
#define SLICE 32768
#define KERNEL pp_avx2

static inline __attribute__((always_inline)) __m256i rotated(__m256i a, int n)
{
    /* One instruction where bytes move as a whole, and an addition where it spares the shift units. */
    if (n == 8)
        return _mm256_shuffle_epi8(a, _mm256_set_epi64x(0x0e0d0c0b0a09080f, 0x0605040302010007,
                                                        0x0e0d0c0b0a09080f, 0x0605040302010007));
    if (n == 56)
        return _mm256_shuffle_epi8(a, _mm256_set_epi64x(0x080f0e0d0c0b0a09, 0x0007060504030201,
                                                        0x080f0e0d0c0b0a09, 0x0007060504030201));
    const __m256i left = n == 1 ? _mm256_add_epi64(a, a) : _mm256_slli_epi64(a, n);
    return _mm256_or_si256(left, _mm256_srli_epi64(a, 64 - n));
}

static inline unsigned at_least(__m256i a, __m256i t)
{
    /* The comparison is signed, so the sign bits are flipped first. */
    const __m256i sign = _mm256_set1_epi64x((long long)((unsigned long long)1 << 63));
    const __m256i less = _mm256_cmpgt_epi64(_mm256_xor_si256(t, sign), _mm256_xor_si256(a, sign));
    return ~(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(less)) & 15;
}

#include "lanes.h"
