/* One more nonce beside each eight, in the integer registers.
 *
 * The vector units decide how long a round takes; the integer units stand idle meanwhile. So of nine
 * parts of a range the first eight are searched by vectors, STREAMS of them at a time, and the last by
 * an ordinary 64-bit hash whose instructions stand between theirs. It takes its first rounds from the
 * same table. The orders in which rows follow each other below were found by trial on a Zen 4 core;
 * compilers keep them, more or less.
 */
enum { AHEAD = LANES * STREAMS };

#define W uint64_t
#define N(name) side_##name
#define ALL(word) (word)
#define XOR(a, b) ((a) ^ (b))
#define XOR3(a, b, c) ((a) ^ (b) ^ (c))
#define CHI(a, b, c) ((a) ^ (~(b) & (c)))
#define ROL(a, n) ((a) << (n) | (a) >> (64 - (n)))
#include "keccak.h"

INLINE void side_third_chi(uint64_t *e, const table q, const unit *u, int t, int lane)
{
#define Q(i) (u->high[i][lane] ^ u->cross[t][i] ^ q[t][i][lane])
    side_chi(e, 0, Q(0), Q(1), Q(2), Q(3), Q(4));
    side_chi(e + 5, 1, Q(5), Q(6), Q(7), Q(8), Q(9));
    side_chi(e + 10, 2, Q(10), Q(11), Q(12), Q(13), Q(14));
    side_chi(e + 15, 3, Q(15), Q(16), Q(17), Q(18), Q(19));
    side_chi(e + 20, 4, Q(20), Q(21), Q(22), Q(23), Q(24));
#undef Q
    e[0] ^= IOTA[2];
}

#if STREAMS == 1

INLINE void both_rounds(V *e, const V *a, uint64_t *se, const uint64_t *sa, uint64_t iota)
{
    V d[5];
    uint64_t sd[5];
    side_theta(sd, sa);
    lanes_theta(d, a);
    side_row(se, sa, sd, 0, iota);
    lanes_row(e, a, d, 3, iota);
    side_row(se, sa, sd, 1, iota);
    lanes_row(e, a, d, 1, iota);
    lanes_row(e, a, d, 2, iota);
    side_row(se, sa, sd, 3, iota);
    side_row(se, sa, sd, 4, iota);
    lanes_row(e, a, d, 4, iota);
    side_row(se, sa, sd, 2, iota);
    lanes_row(e, a, d, 0, iota);
}

/* Bit i: nonce i of vector t of unit u is good. The prefix of nonce `index` of unit su is set. */
INLINE unsigned both(const table q, const unit *u, int t, V least, const unit *su, int index, uint64_t *prefix)
{
    V a[25], e[25];
    uint64_t sa[25], se[25];
    third_chi(a, q, u, t);
    side_third_chi(sa, q, su, index / LANES, index % LANES);
    for (int r = 3; r < 23; r += 2) {
        both_rounds(e, a, se, sa, IOTA[r]);
        both_rounds(a, e, sa, se, IOTA[r + 1]);
    }
    *prefix = side_last_round(sa);
    return V_GOOD(lanes_last_round(a), least);
}

#else

INLINE void both_rounds(V *e, const V *a, V *f, const V *b, uint64_t *se, const uint64_t *sa, uint64_t iota)
{
    V d[5], g[5];
    uint64_t sd[5];
    side_theta(sd, sa);
    lanes_theta(d, a);
    lanes_row(e, a, d, 0, iota);
    lanes_row(e, a, d, 1, iota);
    side_row(se, sa, sd, 0, iota);
    lanes_row(e, a, d, 2, iota);
    lanes_row(e, a, d, 3, iota);
    side_row(se, sa, sd, 1, iota);
    lanes_row(e, a, d, 4, iota);
    lanes_theta(g, b);
    side_row(se, sa, sd, 2, iota);
    lanes_row(f, b, g, 0, iota);
    lanes_row(f, b, g, 1, iota);
    side_row(se, sa, sd, 3, iota);
    lanes_row(f, b, g, 2, iota);
    lanes_row(f, b, g, 3, iota);
    side_row(se, sa, sd, 4, iota);
    lanes_row(f, b, g, 4, iota);
}

/* Bit i: nonce i of the two vectors from t on is good. The prefix of nonce `index` of unit su is set. */
INLINE unsigned both(const table q, const unit *u, int t, V least, const unit *su, int index, uint64_t *prefix)
{
    V a[25], e[25], b[25], f[25];
    uint64_t sa[25], se[25];
    third_chi(a, q, u, t);
    third_chi(b, q, u, t + 1);
    side_third_chi(sa, q, su, index / LANES, index % LANES);
    for (int r = 3; r < 23; r += 2) {
        both_rounds(e, a, f, b, se, sa, IOTA[r]);
        both_rounds(a, e, b, f, sa, se, IOTA[r + 1]);
    }
    *prefix = side_last_round(sa);
    return V_GOOD(lanes_last_round(a), least) | V_GOOD(lanes_last_round(b), least) << LANES;
}

#endif

/* As search_linear; counter and count are multiples of UNIT, count at least LEAST_UNITS of them. */
static uint64_t search_block(const V *common, uint64_t counter, uint64_t count, uint64_t threshold)
{
    const V least = V_ALL(threshold);
    const uint64_t ahead = (count / UNIT * AHEAD + AHEAD) / (AHEAD + 1) * UNIT, aside = count - ahead;
    uint64_t next = 0, found = count;
    _Alignas(V) table q;
    unit u, su;
    set_table(q, common, counter & ~(uint64_t)(BLOCK - 1));
    for (uint64_t i = 0; i < ahead; i += UNIT) {
        set_unit(&u, q, common, counter + i);
        for (int t = 0; t < VECTORS; t += STREAMS, next++) {
            uint64_t prefix;
            if (next % UNIT == 0 && next < aside)
                set_unit(&su, q, common, counter + ahead + next);
            const unsigned good = both(q, &u, t, least, &su, (int)(next % UNIT), &prefix);
            if (good)
                return i + LANES * (unsigned)t + (unsigned)__builtin_ctz(good);
            /* A good nonce of the last part counts only if there is none before it. */
            if (prefix >= threshold && found == count && next < aside)
                found = ahead + next;
        }
    }
    return found;
}
