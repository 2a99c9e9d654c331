/* The quadratic block: two and a half rounds of Keccak for the price of an exclusive or.
 *
 * Over the low 15 bits of a nonce chi of round 1 is affine: it multiplies only neighbours in a row;
 * the only neighbours that a nonce reaches are lanes 0, 1 and 4 of row 0, and there the bits of the
 * nonce stand 15, 20, 44 or 49 places apart. So the state before chi of round 2 is affine in those
 * bits, and the state before chi of round 3 is a polynomial Q of degree 2. Split the 15 bits into a
 * high part h, TABLE_BITS bits that number a vector t, and the lane. Then
 *
 *   Q(h, t, lane) = Q(0, t, lane) ^ [Q(h, 0, lane) ^ Q(0, 0, lane)] ^ B(h, t)
 *
 * where B is linear in h and in t and does not depend on the lane: a table of vectors, one vector for
 * each h, and one word for each h and t. The nonces of one h are a unit; they are judged in counting
 * order.
 */
enum { VECTORS = 1 << TABLE_BITS, UNIT = VECTORS * LANES, BLOCK = 1 << 15 };

/* Units that are worth a table. */
enum { LEAST_UNITS = 10 };

typedef struct {
    _Alignas(V) uint64_t high[25][LANES]; /* Q(h, 0, lane) ^ Q(0, 0, lane) */
    uint64_t cross[VECTORS][25];          /* B(h, t) */
} unit;

typedef uint64_t table[VECTORS][25][LANES]; /* Q(0, t, lane) */

INLINE void before_third_chi(uint64_t (*q)[LANES], const V *common, V nonce)
{
    V e[25], a[25], b[25];
    first_round(e, common, nonce);
    lanes_round(a, e, IOTA[1]);
    lanes_before_chi(b, a);
    for (int i = 0; i < 25; i++)
        V_STORE(q[i], b[i]);
}

static __attribute__((noinline)) void set_table(table q, const V *common, uint64_t block)
{
    for (uint64_t t = 0; t < VECTORS; t++)
        before_third_chi(q[t], common, V_ADD(V_ALL(block + t * LANES), V_RAMP));
}

/* The unit that begins at counter. */
static __attribute__((noinline)) void set_unit(unit *u, const table q, const V *common, uint64_t counter)
{
    _Alignas(V) uint64_t nonces[LANES], values[25][LANES];
    uint64_t sum[25];
    before_third_chi(u->high, common, V_ADD(V_ALL(counter), V_RAMP));
    for (int i = 0; i < 25; i++)
        V_STORE(u->high[i], V_XOR(V_LOAD(u->high[i]), V_LOAD(q[0][i])));
    /* With one lane, high is a word as well, and is added to cross once for all. */
    for (int i = 0; i < 25; i++)
        u->cross[0][i] = LANES == 1 ? u->high[i][0] : 0;
    /* B for each bit of t on its own, LANES of them at a time; the rest follows because B is linear. */
    for (int bit = 0; bit < TABLE_BITS; bit++) {
        const int t = 1 << bit, lane = bit % LANES;
        if (lane == 0) {
            for (int j = 0; j < LANES; j++)
                nonces[j] = counter + ((uint64_t)LANES << ((bit + j) % TABLE_BITS));
            before_third_chi(values, common, V_LOAD(nonces));
        }
        for (int i = 0; i < 25; i++)
            sum[i] = values[i][lane] ^ q[t][i][0] ^ u->high[i][0];
        for (int rest = 0; rest < t; rest++)
            for (int i = 0; i < 25; i++)
                u->cross[t + rest][i] = sum[i] ^ u->cross[rest][i];
    }
}

/* The states of vector t after round 3. */
INLINE void third_chi(V *e, const table q, const unit *u, int t)
{
#if LANES == 1
#define Q(i) V_XOR(u->cross[t][i], q[t][i][0])
#else
#define Q(i) V_XOR3(V_LOAD(u->high[i]), V_ALL(u->cross[t][i]), V_LOAD(q[t][i]))
#endif
    lanes_chi(e, 0, Q(0), Q(1), Q(2), Q(3), Q(4));
    lanes_chi(e + 5, 1, Q(5), Q(6), Q(7), Q(8), Q(9));
    lanes_chi(e + 10, 2, Q(10), Q(11), Q(12), Q(13), Q(14));
    lanes_chi(e + 15, 3, Q(15), Q(16), Q(17), Q(18), Q(19));
    lanes_chi(e + 20, 4, Q(20), Q(21), Q(22), Q(23), Q(24));
#undef Q
    e[0] = V_XOR(e[0], V_ALL(IOTA[2]));
}

#ifdef STREAMS
#include "side.h"
#else

/* As search_linear; counter and count are multiples of UNIT. */
static uint64_t search_block(const V *common, uint64_t counter, uint64_t count, uint64_t threshold)
{
    const V least = V_ALL(threshold);
    _Alignas(V) table q;
    unit u;
    set_table(q, common, counter & ~(uint64_t)(BLOCK - 1));
    for (uint64_t i = 0; i < count; i += UNIT) {
        set_unit(&u, q, common, counter + i);
        for (int t = 0; t < VECTORS; t++) {
            V a[25];
            third_chi(a, q, &u, t);
            const unsigned good = V_GOOD(last_rounds(a, 3), least);
            if (good)
                return i + LANES * (unsigned)t + (unsigned)__builtin_ctz(good);
        }
    }
    return count;
}
#endif
