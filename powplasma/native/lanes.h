/* Searching and judging with LANES nonces side by side; each kernel includes this after it has defined
 *
 *   LANES, LANE_BITS       nonces per vector, and its logarithm
 *   V                      the vector type: LANES words of 64 bits
 *   V_ALL(word)            the same word in every lane
 *   V_RAMP                 0, 1, .. LANES - 1
 *   V_ADD(a, b)            per lane, modulo 2^64
 *   V_LOAD(p), V_STORE(p, a)   LANES words at an address aligned to V
 *   V_XOR, V_XOR3, V_CHI, V_ROL    as in keccak.h; V_COMPLEMENTED likewise, with V_OR, V_AND, V_NOT
 *   V_GOOD(a, t)           bit i: lane i of a >= lane i of t (unsigned)
 *   SLICE, KERNEL          see pp_kernel, and the name of the one to define
 *   TABLE_BITS             if long ranges take the quadratic block: see block.h
 *   STREAMS                if integer registers help there: see side.h
 */
#include "kernel.h"

#define INLINE static inline __attribute__((always_inline))

static const uint64_t IOTA[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

#define W V
#define N(name) lanes_##name
#define ALL V_ALL
#define XOR V_XOR
#define XOR3 V_XOR3
#define CHI V_CHI
#define ROL V_ROL
#ifdef V_COMPLEMENTED
#define COMPLEMENTED
#define OR V_OR
#define AND V_AND
#define NOT V_NOT
#endif
#include "keccak.h"

/* The state before chi of round 1 for nonce 0: what a whole search has in common.
 *
 * Nonce || data hash || padding fills 17 lanes of the state: lane 0 is the nonce's counter, 1 to 4 the
 * data hash, 5 the domain byte 06, 16 the final bit; the rest is zero. */
INLINE void first_common(V *b, V h1, V h2, V h3, V h4)
{
    const V none = V_ALL(0), domain = V_ALL(6), final = V_ALL((uint64_t)1 << 63);
    const V a[25] = {none, h1,   h2,   h3,    h4,   domain, none, none, none, none, none, none, none,
                     none, none, none, final, none, none,   none, none, none, none, none, none};
    lanes_before_chi(b, a);
#ifdef V_COMPLEMENTED
    static const int complements[] = {0, 2, 3, 5, 7, 10, 12, 16, 18, 19, 20, 23};
    for (int i = 0; i < 12; i++)
        b[complements[i]] = V_NOT(b[complements[i]]);
#endif
}

/* The state after round 1. A nonce reaches 11 lanes of the state before chi: its own lane, and
 * through theta all of columns 1 and 4 (there rotated by one). */
INLINE void first_round(V *e, const V *b, V n)
{
    lanes_chi(e, 0, V_XOR(b[0], n), V_XOR(b[1], V_ROL(n, 44)), b[2], b[3], V_XOR(b[4], V_ROL(n, 15)));
    e[0] = V_XOR(e[0], V_ALL(IOTA[0]));
    lanes_chi(e + 5, 1, b[5], V_XOR(b[6], V_ROL(n, 21)), b[7], V_XOR(b[8], V_ROL(n, 45)), b[9]);
    lanes_chi(e + 10, 2, V_XOR(b[10], V_ROL(n, 1)), b[11], b[12], V_XOR(b[13], V_ROL(n, 9)), b[14]);
    lanes_chi(e + 15, 3, V_XOR(b[15], V_ROL(n, 28)), b[16], V_XOR(b[17], V_ROL(n, 10)), b[18], b[19]);
    lanes_chi(e + 20, 4, b[20], b[21], V_XOR(b[22], V_ROL(n, 40)), b[23], V_XOR(b[24], V_ROL(n, 2)));
}

/* The prefix, out of the state after `done` rounds; done is odd. */
INLINE V last_rounds(V *a, int done)
{
    V e[25];
    for (int r = done; r < 23; r += 2) {
        lanes_round(e, a, IOTA[r]);
        lanes_round(a, e, IOTA[r + 1]);
    }
    return lanes_last_round(a);
}

INLINE V prefix_of(const V *common, V nonce)
{
    V a[25];
    first_round(a, common, nonce);
    return last_rounds(a, 1);
}

/* Index of the first good nonce among counter .. counter + count - 1, or count. */
static uint64_t search_linear(const V *common, uint64_t counter, uint64_t count, uint64_t threshold)
{
    const V least = V_ALL(threshold);
    for (uint64_t i = 0; i < count; i += LANES) {
        const unsigned good = V_GOOD(prefix_of(common, V_ADD(V_ALL(counter + i), V_RAMP)), least);
        if (good) {
            const uint64_t index = i + (unsigned)__builtin_ctz(good);
            return index < count ? index : count;
        }
    }
    return count;
}

/* The states after round 1 of up to LANES works, each with a data hash of its own. */
INLINE void first_of_works(V *a, const uint8_t *data_hashes, const uint8_t *nonces, unsigned size)
{
    _Alignas(V) uint64_t words[5][LANES] = {{0}};
    for (unsigned j = 0; j < size; j++) {
        for (int k = 0; k < 4; k++)
            words[k][j] = pp_word(data_hashes + 32 * j + 8 * k);
        words[4][j] = pp_word(nonces + 8 * j);
    }
    V common[25];
    first_common(common, V_LOAD(words[0]), V_LOAD(words[1]), V_LOAD(words[2]), V_LOAD(words[3]));
    first_round(a, common, V_LOAD(words[4]));
}

#ifdef TABLE_BITS
#include "block.h"
#endif

static uint64_t search(const uint64_t h[4], uint64_t counter, uint64_t count, uint64_t threshold)
{
    V common[25];
    first_common(common, V_ALL(h[0]), V_ALL(h[1]), V_ALL(h[2]), V_ALL(h[3]));
#ifdef TABLE_BITS
    /* Up to the first multiple of a unit one by one, then whole units as far as they go, then the rest. */
    const uint64_t head = -counter & (UNIT - 1);
    if (count >= head + LEAST_UNITS * UNIT) {
        uint64_t index = search_linear(common, counter, head, threshold);
        if (index < head)
            return index;
        const uint64_t body = (count - head) & ~(uint64_t)(UNIT - 1);
        index = search_block(common, counter + head, body, threshold);
        if (index < body)
            return head + index;
        counter += head + body;
        return head + body + search_linear(common, counter, count - head - body, threshold);
    }
#endif
    return search_linear(common, counter, count, threshold);
}

static void check_many(const uint8_t *data_hashes, const uint8_t *nonces, const uint64_t *difficulties, uint64_t count,
                       uint8_t *good)
{
    uint64_t i = 0;
#ifdef STREAMS
    for (; count - i > AHEAD; i += AHEAD + 1) {
        _Alignas(V) uint64_t prefixes[AHEAD + 1];
        both_prefixes(prefixes, data_hashes + 32 * i, nonces + 8 * i);
        for (unsigned j = 0; j <= AHEAD; j++)
            good[i + j] = pp_good(prefixes[j], difficulties[i + j]);
    }
#endif
    for (; i < count; i += LANES) {
        _Alignas(V) uint64_t prefixes[LANES];
        const unsigned size = count - i < LANES ? (unsigned)(count - i) : LANES;
        V a[25];
        first_of_works(a, data_hashes + 32 * i, nonces + 8 * i, size);
        V_STORE(prefixes, last_rounds(a, 1));
        for (unsigned j = 0; j < size; j++)
            good[i + j] = pp_good(prefixes[j], difficulties[i + j]);
    }
}

const pp_kernel KERNEL = {SLICE, search, check_many};
