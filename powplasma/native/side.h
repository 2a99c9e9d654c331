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

/* One round of the vectors a and, with two streams, b (into e and f), and of the side. */
#if STREAMS == 1

INLINE void both_rounds(V *e, const V *a, V *f, const V *b, uint64_t *se, const uint64_t *sa, uint64_t iota)
{
    V d[5];
    uint64_t sd[5];
    (void)f, (void)b;
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

#endif

/* The prefixes, out of the states after `done` rounds; done is odd. That of the side is returned. */
INLINE uint64_t both_last_rounds(V prefixes[STREAMS], V *a, V *b, uint64_t *sa, int done)
{
    V e[25], f[25];
    uint64_t se[25];
    for (int r = done; r < 23; r += 2) {
        both_rounds(e, a, f, b, se, sa, IOTA[r]);
        both_rounds(a, e, b, f, sa, se, IOTA[r + 1]);
    }
    prefixes[0] = lanes_last_round(a);
    if (STREAMS == 2)
        prefixes[STREAMS - 1] = lanes_last_round(b);
    return side_last_round(sa);
}

/* Bit i: nonce i of the STREAMS vectors from t on is good. The prefix of nonce `index` of unit su is set. */
INLINE unsigned both(const table q, const unit *u, int t, V least, const unit *su, int index, uint64_t *prefix)
{
    V a[25], b[25], prefixes[STREAMS];
    uint64_t sa[25];
    third_chi(a, q, u, t);
    if (STREAMS == 2)
        third_chi(b, q, u, t + 1);
    side_third_chi(sa, q, su, index / LANES, index % LANES);
    *prefix = both_last_rounds(prefixes, a, b, sa, 3);
    unsigned good = V_GOOD(prefixes[0], least);
    if (STREAMS == 2)
        good |= V_GOOD(prefixes[STREAMS - 1], least) << LANES;
    return good;
}

/* The prefixes of AHEAD + 1 works. */
INLINE void both_prefixes(uint64_t *prefixes, const uint8_t *data_hashes, const uint8_t *nonces)
{
    V a[25], b[25], of_lanes[STREAMS];
    uint64_t sa[25] = {0}, se[25];
    first_of_works(a, data_hashes, nonces, LANES);
    if (STREAMS == 2)
        first_of_works(b, data_hashes + 32 * LANES, nonces + 8 * LANES, LANES);
    sa[0] = pp_word(nonces + 8 * AHEAD);
    for (int k = 0; k < 4; k++)
        sa[1 + k] = pp_word(data_hashes + 32 * AHEAD + 8 * k);
    sa[5] = 6;
    sa[16] = (uint64_t)1 << 63;
    side_round(se, sa, IOTA[0]);
    prefixes[AHEAD] = both_last_rounds(of_lanes, a, b, se, 1);
    for (int s = 0; s < STREAMS; s++)
        V_STORE(prefixes + LANES * s, of_lanes[s]);
}

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
