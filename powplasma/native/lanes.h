/* Keccak for LANES nonces side by side; each kernel includes this with its own vector operations.
 *
 * The includer defines
 *   LANES, LANE_BITS       nonces per vector, and its logarithm
 *   V                      the vector type: LANES words of 64 bits
 *   V_ALL(word)            the same word in every lane
 *   V_RAMP                 0, 1, .. LANES - 1
 *   V_ADD(a, b)            per lane, modulo 2^64
 *   V_LOAD(p), V_STORE(p, a)   LANES words at an address aligned to V
 *   XOR, XOR3              exclusive or of two, of three
 *   CHI(a, b, c)           a ^ (~b & c)
 *   ROL(a, n)              every lane rotated left by 0 < n < 64
 *   V_GOOD(a, t)           bit i: lane i of a >= lane i of t (unsigned)
 *   SLICE                  see pp_kernel
 *   KERNEL                 name of the pp_kernel to define
 *   TABLE_BITS             if long ranges take the quadratic block (below): its table has
 *                          2^TABLE_BITS vectors; at most LANES
 *   LEAST_BLOCK            nonces that are worth setting one up
 *
 * Nonce || data hash || padding fills 17 lanes of the state: lane 0 is the nonce's counter, 1 to 4
 * the data hash, 5 the domain byte 06, 16 the final bit; the rest is zero. B names the state
 * before chi, index 5 * row + column.
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

#define PARITY(a, x) XOR3(XOR3(a[x], a[x + 5], a[x + 10]), a[x + 15], a[x + 20])

#define PARITIES(a)                                                                                  \
    const V c0 = PARITY(a, 0), c1 = PARITY(a, 1), c2 = PARITY(a, 2), c3 = PARITY(a, 3), c4 = PARITY(a, 4);

/* Column parities and what theta adds to each column. */
#ifdef TERNARY_THETA
/* Both terms of theta are added by one ternary operation per lane. */
#define THETA(a)                                                                                     \
    PARITIES(a)                                                                                      \
    const V r0 = ROL(c0, 1), r1 = ROL(c1, 1), r2 = ROL(c2, 1), r3 = ROL(c3, 1), r4 = ROL(c4, 1);
#define COLUMN0(lane) XOR3(lane, c4, r1)
#define COLUMN1(lane) XOR3(lane, c0, r2)
#define COLUMN2(lane) XOR3(lane, c1, r3)
#define COLUMN3(lane) XOR3(lane, c2, r4)
#define COLUMN4(lane) XOR3(lane, c3, r0)
#else
#define THETA(a)                                                                                     \
    PARITIES(a)                                                                                      \
    const V d0 = XOR(c4, ROL(c1, 1)), d1 = XOR(c0, ROL(c2, 1)), d2 = XOR(c1, ROL(c3, 1)),              \
            d3 = XOR(c2, ROL(c4, 1)), d4 = XOR(c3, ROL(c0, 1));
#define COLUMN0(lane) XOR(lane, d0)
#define COLUMN1(lane) XOR(lane, d1)
#define COLUMN2(lane) XOR(lane, d2)
#define COLUMN3(lane) XOR(lane, d3)
#define COLUMN4(lane) XOR(lane, d4)
#endif

/* Rows of the state before chi, out of the state a after THETA(a). */
#define ROW0(a) COLUMN0(a[0]), ROL(COLUMN1(a[6]), 44), ROL(COLUMN2(a[12]), 43), ROL(COLUMN3(a[18]), 21), ROL(COLUMN4(a[24]), 14)
#define ROW1(a) ROL(COLUMN3(a[3]), 28), ROL(COLUMN4(a[9]), 20), ROL(COLUMN0(a[10]), 3), ROL(COLUMN1(a[16]), 45), ROL(COLUMN2(a[22]), 61)
#define ROW2(a) ROL(COLUMN1(a[1]), 1), ROL(COLUMN2(a[7]), 6), ROL(COLUMN3(a[13]), 25), ROL(COLUMN4(a[19]), 8), ROL(COLUMN0(a[20]), 18)
#define ROW3(a) ROL(COLUMN4(a[4]), 27), ROL(COLUMN0(a[5]), 36), ROL(COLUMN1(a[11]), 10), ROL(COLUMN2(a[17]), 15), ROL(COLUMN3(a[23]), 56)
#define ROW4(a) ROL(COLUMN2(a[2]), 62), ROL(COLUMN3(a[8]), 55), ROL(COLUMN4(a[14]), 39), ROL(COLUMN0(a[15]), 41), ROL(COLUMN1(a[21]), 2)

INLINE void chi_row(V *e, V b0, V b1, V b2, V b3, V b4)
{
    e[0] = CHI(b0, b1, b2);
    e[1] = CHI(b1, b2, b3);
    e[2] = CHI(b2, b3, b4);
    e[3] = CHI(b3, b4, b0);
    e[4] = CHI(b4, b0, b1);
}

INLINE void round_of(V *e, const V *a, uint64_t iota)
{
    THETA(a)
    chi_row(e, ROW0(a));
    e[0] = XOR(e[0], V_ALL(iota));
    chi_row(e + 5, ROW1(a));
    chi_row(e + 10, ROW2(a));
    chi_row(e + 15, ROW3(a));
    chi_row(e + 20, ROW4(a));
}

/* The state before chi of round 1 for nonce 0: what a whole search has in common. */
INLINE void first_common(V *b, V h0, V h1, V h2, V h3)
{
    const V c0 = V_ALL(6), last = V_ALL((uint64_t)1 << 63), c1 = XOR(h0, last);
    const V d0 = XOR(h3, ROL(c1, 1)), d1 = XOR(c0, ROL(h1, 1)), d2 = XOR(c1, ROL(h2, 1)), d3 = XOR(h1, ROL(h3, 1)),
            d4 = XOR(h2, V_ALL(12));
    const V a[25] = {d0,          XOR(h0, d1), XOR(h1, d2), XOR(h2, d3), XOR(h3, d4), XOR(d0, c0), d1, d2, d3,
                     d4,          d0,          d1,          d2,          d3,          d4,          d0, XOR(last, d1),
                     d2,          d3,          d4,          d0,          d1,          d2,          d3, d4};
    b[0] = a[0], b[1] = ROL(a[6], 44), b[2] = ROL(a[12], 43), b[3] = ROL(a[18], 21), b[4] = ROL(a[24], 14);
    b[5] = ROL(a[3], 28), b[6] = ROL(a[9], 20), b[7] = ROL(a[10], 3), b[8] = ROL(a[16], 45), b[9] = ROL(a[22], 61);
    b[10] = ROL(a[1], 1), b[11] = ROL(a[7], 6), b[12] = ROL(a[13], 25), b[13] = ROL(a[19], 8), b[14] = ROL(a[20], 18);
    b[15] = ROL(a[4], 27), b[16] = ROL(a[5], 36), b[17] = ROL(a[11], 10), b[18] = ROL(a[17], 15), b[19] = ROL(a[23], 56);
    b[20] = ROL(a[2], 62), b[21] = ROL(a[8], 55), b[22] = ROL(a[14], 39), b[23] = ROL(a[15], 41), b[24] = ROL(a[21], 2);
}

/* The state after round 1. A nonce reaches 11 lanes of the state before chi: its own lane, and
 * through theta all of columns 1 and 4 (there rotated by one). */
INLINE void first_round(V *e, const V *b, V n)
{
    chi_row(e, XOR(b[0], n), XOR(b[1], ROL(n, 44)), b[2], b[3], XOR(b[4], ROL(n, 15)));
    e[0] = XOR(e[0], V_ALL(IOTA[0]));
    chi_row(e + 5, b[5], XOR(b[6], ROL(n, 21)), b[7], XOR(b[8], ROL(n, 45)), b[9]);
    chi_row(e + 10, XOR(b[10], ROL(n, 1)), b[11], b[12], XOR(b[13], ROL(n, 9)), b[14]);
    chi_row(e + 15, XOR(b[15], ROL(n, 28)), b[16], XOR(b[17], ROL(n, 10)), b[18], b[19]);
    chi_row(e + 20, b[20], b[21], XOR(b[22], ROL(n, 40)), b[23], XOR(b[24], ROL(n, 2)));
}

/* Rounds first + 1 to 24 (first even or odd such that 23 - first is even), lane 0 of the result. */
INLINE V last_rounds(V *a, int first)
{
    V e[25];
    for (int r = first; r < 23; r += 2) {
        round_of(e, a, IOTA[r]);
        round_of(a, e, IOTA[r + 1]);
    }
    PARITIES(a)
    const V b0 = XOR3(a[0], c4, ROL(c1, 1));
    const V b1 = ROL(XOR3(a[6], c0, ROL(c2, 1)), 44);
    const V b2 = ROL(XOR3(a[12], c1, ROL(c3, 1)), 43);
    return XOR(CHI(b0, b1, b2), V_ALL(IOTA[23]));
}

INLINE V prefix_of(const V *common, V nonce)
{
    V a[25];
    first_round(a, common, nonce);
    return last_rounds(a, 1);
}

static uint64_t search_linear(const V *common, uint64_t counter, uint64_t count, uint64_t threshold)
{
    const V least = V_ALL(threshold);
    for (uint64_t i = 0; i < count; i += LANES) {
        unsigned good = V_GOOD(prefix_of(common, V_ADD(V_ALL(counter + i), V_RAMP)), least);
        if (good) {
            uint64_t index = i + (unsigned)__builtin_ctz(good);
            return index < count ? index : count;
        }
    }
    return count;
}

#ifdef TABLE_BITS
/* The quadratic block. Over the low 15 bits of a nonce chi of round 1 is affine: it multiplies only
 * neighbours in a row, the only neighbours that a nonce reaches are lanes 0, 1 and 4 of row 0, and
 * there its bits stand 15, 20, 44 or 49 apart. So the state before chi of round 2 is affine, and
 * the state before chi of round 3 is a polynomial of degree 2 in those bits. Split them into a high
 * part h, TABLE_BITS that number a vector t, and the lane. For a polynomial Q of degree 2
 *
 *   Q(h, t, lane) = Q(0, t, lane) ^ [Q(h, 0, lane) ^ Q(0, 0, lane)] ^ B(h, t)
 *
 * where B is linear in h and in t and does not depend on the lane: a table of vectors, a vector
 * for each h, and a word for each h and t. One ternary operation per lane of the state replaces
 * two and a half rounds. */
enum { VECTORS = 1 << TABLE_BITS, LOW_BITS = TABLE_BITS + LANE_BITS, BLOCK_BITS = 15 };

INLINE void before_third_chi(uint64_t (*q)[LANES], const V *common, V nonce)
{
    V e[25], a[25];
    first_round(e, common, nonce);
    round_of(a, e, IOTA[1]);
    THETA(a)
    const V b[25] = {ROW0(a), ROW1(a), ROW2(a), ROW3(a), ROW4(a)};
    for (int i = 0; i < 25; i++)
        V_STORE(q[i], b[i]);
}

typedef struct {
    _Alignas(V) uint64_t table[VECTORS][25][LANES]; /* Q(0, t, lane) */
    _Alignas(V) uint64_t high[25][LANES];           /* Q(h, 0, lane) ^ Q(0, 0, lane) */
    uint64_t cross[VECTORS][25];                    /* B(h, t) */
} block;

static void set_base(block *q, const V *common, uint64_t base)
{
    for (uint64_t t = 0; t < VECTORS; t++)
        before_third_chi(q->table[t], common, V_ADD(V_ALL(base + t * LANES), V_RAMP));
}

static void set_high(block *q, const V *common, uint64_t counter)
{
    _Alignas(V) uint64_t nonces[LANES] = {0}, singles[25][LANES];
    before_third_chi(q->high, common, V_ADD(V_ALL(counter), V_RAMP));
    for (int i = 0; i < 25; i++)
        V_STORE(q->high[i], XOR(V_LOAD(q->high[i]), V_LOAD(q->table[0][i])));
    for (int j = 0; j < TABLE_BITS; j++)
        nonces[j] = counter + ((uint64_t)LANES << j);
    before_third_chi(singles, common, V_LOAD(nonces));
    for (int i = 0; i < 25; i++)
        q->cross[0][i] = 0;
    for (int j = 0; j < TABLE_BITS; j++) {
        const int t = 1 << j;
        for (int i = 0; i < 25; i++)
            q->cross[t][i] = singles[i][j] ^ q->table[t][i][0] ^ q->high[i][0];
        for (int u = 1; u < t; u++)
            for (int i = 0; i < 25; i++)
                q->cross[t + u][i] = q->cross[t][i] ^ q->cross[u][i];
    }
}

INLINE V block_prefix(const block *q, int t)
{
    V a[25];
#define Q(i) XOR3(V_LOAD(q->high[i]), V_ALL(q->cross[t][i]), V_LOAD(q->table[t][i]))
    chi_row(a, Q(0), Q(1), Q(2), Q(3), Q(4));
    a[0] = XOR(a[0], V_ALL(IOTA[2]));
    chi_row(a + 5, Q(5), Q(6), Q(7), Q(8), Q(9));
    chi_row(a + 10, Q(10), Q(11), Q(12), Q(13), Q(14));
    chi_row(a + 15, Q(15), Q(16), Q(17), Q(18), Q(19));
    chi_row(a + 20, Q(20), Q(21), Q(22), Q(23), Q(24));
#undef Q
    return last_rounds(a, 3);
}

/* As search_linear; counter and count are multiples of 2^LOW_BITS. */
static uint64_t search_block(const V *common, uint64_t counter, uint64_t count, uint64_t threshold)
{
    const V least = V_ALL(threshold);
    block q;
    set_base(&q, common, counter & ~(((uint64_t)1 << BLOCK_BITS) - 1));
    for (uint64_t i = 0; i < count; i += 1 << LOW_BITS) {
        set_high(&q, common, counter + i);
        for (int t = 0; t < VECTORS; t++) {
            unsigned good = V_GOOD(block_prefix(&q, t), least);
            if (good)
                return i + LANES * (unsigned)t + (unsigned)__builtin_ctz(good);
        }
    }
    return count;
}
#endif

static uint64_t search(const uint64_t h[4], uint64_t counter, uint64_t count, uint64_t threshold)
{
    V common[25];
    first_common(common, V_ALL(h[0]), V_ALL(h[1]), V_ALL(h[2]), V_ALL(h[3]));
#ifdef TABLE_BITS
    /* Up to the first multiple of 2^LOW_BITS, as far as blocks go, and the rest. */
    const uint64_t unit = (uint64_t)1 << LOW_BITS;
    uint64_t head = -counter & (unit - 1), done = head < count ? head : count;
    uint64_t index = search_linear(common, counter, done, threshold);
    if (index < done || done == count)
        return index;
    const uint64_t size = (count - done) & ~(unit - 1);
    if (size >= LEAST_BLOCK) {
        index = search_block(common, counter + done, size, threshold);
        if (index < size)
            return done + index;
        done += size;
    }
    return done + search_linear(common, counter + done, count - done, threshold);
#else
    return search_linear(common, counter, count, threshold);
#endif
}

static void check_many(const uint8_t *data_hashes, const uint8_t *nonces, const uint64_t *difficulties, uint64_t count,
                       uint8_t *good)
{
    for (uint64_t i = 0; i < count; i += LANES) {
        _Alignas(V) uint64_t words[5][LANES] = {{0}}, prefixes[LANES];
        unsigned size = count - i < LANES ? (unsigned)(count - i) : LANES;
        for (unsigned j = 0; j < size; j++) {
            words[4][j] = pp_word(nonces + 8 * (i + j));
            for (int k = 0; k < 4; k++)
                words[k][j] = pp_word(data_hashes + 32 * (i + j) + 8 * k);
        }
        V common[25];
        first_common(common, V_LOAD(words[0]), V_LOAD(words[1]), V_LOAD(words[2]), V_LOAD(words[3]));
        V_STORE(prefixes, prefix_of(common, V_LOAD(words[4])));
        for (unsigned j = 0; j < size; j++)
            good[i + j] = pp_good(prefixes[j], difficulties[i + j]);
    }
}

const pp_kernel KERNEL = {SLICE, search, check_many};
