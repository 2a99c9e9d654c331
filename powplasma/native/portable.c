/* The kernel in plain C: 64-bit integer registers, one nonce at a time. */
#include <stdint.h>

typedef uint64_t word;

#define LANES 1
#define V word
#define V_ALL(w) ((word)(w))
#define V_RAMP 0
#define V_ADD(a, b) ((a) + (b))
#define V_LOAD(p) (*(p))
#define V_STORE(p, a) (*(p) = (a))
#define XOR(a, b) ((a) ^ (b))
#define XOR3(a, b, c) ((a) ^ (b) ^ (c))
#define CHI(a, b, c) ((a) ^ (~(b) & (c)))
#define ROL(a, n) rotated(a, n)
#define V_GOOD(a, t) ((unsigned)((a) >= (t)))
#define SLICE 8192
#define KERNEL pp_portable

static inline word rotated(word a, int n)
{
    return a << n | a >> (64 - n);
}

#include "lanes.h"
