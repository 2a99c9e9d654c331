/* The kernel for 64-bit ARM: two nonces side by side. */
#include <arm_neon.h>

#define LANES 2
#define LANE_BITS 1
#define TABLE_BITS 5
#define V uint64x2_t
#define V_ALL(w) vdupq_n_u64(w)
#define V_RAMP vcombine_u64(vcreate_u64(0), vcreate_u64(1))
#define V_ADD vaddq_u64
#define V_LOAD(p) vld1q_u64(p)
#define V_STORE(p, a) vst1q_u64(p, a)
#define V_XOR veorq_u64
#define V_XOR3(a, b, c) V_XOR(V_XOR(a, b), c)
#define V_CHI(a, b, c) V_XOR(a, vbicq_u64(c, b))
#define V_ROL(a, n) vsriq_n_u64(vshlq_n_u64(a, n), a, 64 - (n))
#define V_GOOD(a, t) at_least(a, t)
#define SLICE 8192
#define KERNEL pp_neon

static inline unsigned at_least(uint64x2_t a, uint64x2_t t)
{
    const uint64x2_t good = vcgeq_u64(a, t);
    return (unsigned)(vgetq_lane_u64(good, 0) & 1) | (unsigned)(vgetq_lane_u64(good, 1) & 2);
}

#include "lanes.h"
