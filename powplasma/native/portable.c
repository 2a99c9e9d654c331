/* The kernel in plain C: 64-bit integer registers, one nonce at a time. */
#include <stdint.h>

typedef uint64_t word;

#define LANES 1
#define LANE_BITS 0
#define TABLE_BITS 6
#define V word
#define V_ALL(w) ((word)(w))
#define V_RAMP 0
#define V_ADD(a, b) ((a) + (b))
#define V_LOAD(p) (*(p))
#define V_STORE(p, a) (*(p) = (a))
#define V_XOR(a, b) ((a) ^ (b))
#define V_XOR3(a, b, c) ((a) ^ (b) ^ (c))
#define V_CHI(a, b, c) ((a) ^ (~(b) & (c)))
#define V_ROL(a, n) rotated(a, n)
#ifdef __x86_64__ /* which has no "and not" in its base */
#define V_COMPLEMENTED
#define V_OR(a, b) ((a) | (b))
#define V_AND(a, b) ((a) & (b))
#define V_NOT(a) (~(a))
#endif
#define V_GOOD(a, t) ((unsigned)((a) >= (t)))
#define SLICE 8192
#define KERNEL pp_portable

static inline word rotated(word a, int n)
{
    return a << n | a >> (64 - n);
}

#include "lanes.h"
