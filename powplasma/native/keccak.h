/* Keccak's rounds for one type of word. Included once for each type that a kernel uses, after
 *
 *   W                 the type: 64 bits, or as many lanes of 64 bits as there are nonces side by side
 *   N(name)           what the functions for this type are called
 *   ALL(word)         the same 64 bits in every lane
 *   XOR, XOR3         exclusive or of two, of three
 *   CHI(a, b, c)      a ^ (~b & c)
 *   ROL(a, n)         every lane rotated left by 0 < n < 64
 *   COMPLEMENTED      if defined, six lanes of the state are kept as their complements, which spares
 *                     a processor without "and not" most complements of chi; needs OR, AND, NOT
 *
 * and they are undefined again at the end. State a or e: lane x + 5 * y. State b, before chi: place + 5 * row.
 */

INLINE void N(chi)(W *e, int row, W b0, W b1, W b2, W b3, W b4)
{
#ifdef COMPLEMENTED
    /* Complements before chi: lanes 0 2 3 5 7 10 12 16 18 19 20 23; after it: 1 2 8 12 17 20. */
    switch (row) {
    case 0:
        e[0] = XOR(b0, OR(b1, b2));
        e[1] = XOR(b1, OR(NOT(b2), b3));
        e[2] = XOR(b2, AND(b3, b4));
        e[3] = XOR(b3, OR(b4, b0));
        e[4] = XOR(b4, AND(b0, b1));
        break;
    case 1:
        e[0] = XOR(b0, OR(b1, b2));
        e[1] = XOR(b1, AND(b2, b3));
        e[2] = XOR(b2, OR(b3, NOT(b4)));
        e[3] = XOR(b3, OR(b4, b0));
        e[4] = XOR(b4, AND(b0, b1));
        break;
    case 2:
        e[0] = XOR(b0, OR(b1, b2));
        e[1] = XOR(b1, AND(b2, b3));
        e[2] = XOR(b2, AND(NOT(b3), b4));
        e[3] = XOR(NOT(b3), OR(b4, b0));
        e[4] = XOR(b4, AND(b0, b1));
        break;
    case 3:
        e[0] = XOR(b0, AND(b1, b2));
        e[1] = XOR(b1, OR(b2, b3));
        e[2] = XOR(b2, OR(NOT(b3), b4));
        e[3] = XOR(NOT(b3), AND(b4, b0));
        e[4] = XOR(b4, OR(b0, b1));
        break;
    default:
        e[0] = XOR(b0, AND(NOT(b1), b2));
        e[1] = XOR(NOT(b1), OR(b2, b3));
        e[2] = XOR(b2, AND(b3, b4));
        e[3] = XOR(b3, OR(b4, b0));
        e[4] = XOR(b4, AND(b0, b1));
    }
#else
    (void)row;
    e[0] = CHI(b0, b1, b2);
    e[1] = CHI(b1, b2, b3);
    e[2] = CHI(b2, b3, b4);
    e[3] = CHI(b3, b4, b0);
    e[4] = CHI(b4, b0, b1);
#endif
}

/* What theta adds to each column of a. Three-operand logic is used here and in chi, but not to add the two
 * terms of theta at once: a processor starts fewer of these operations than of exclusive ors. */
INLINE void N(theta)(W *d, const W *a)
{
    const W c0 = XOR3(XOR3(a[0], a[5], a[10]), a[15], a[20]);
    const W c1 = XOR3(XOR3(a[1], a[6], a[11]), a[16], a[21]);
    const W c2 = XOR3(XOR3(a[2], a[7], a[12]), a[17], a[22]);
    const W c3 = XOR3(XOR3(a[3], a[8], a[13]), a[18], a[23]);
    const W c4 = XOR3(XOR3(a[4], a[9], a[14]), a[19], a[24]);
    d[0] = XOR(c4, ROL(c1, 1));
    d[1] = XOR(c0, ROL(c2, 1));
    d[2] = XOR(c1, ROL(c3, 1));
    d[3] = XOR(c2, ROL(c4, 1));
    d[4] = XOR(c3, ROL(c0, 1));
}

/* One row of the state before chi: theta's sums d, rho and pi on a. */
INLINE void N(rho)(W *b, const W *a, const W *d, int row)
{
    switch (row) {
    case 0:
        b[0] = XOR(a[0], d[0]);
        b[1] = ROL(XOR(a[6], d[1]), 44);
        b[2] = ROL(XOR(a[12], d[2]), 43);
        b[3] = ROL(XOR(a[18], d[3]), 21);
        b[4] = ROL(XOR(a[24], d[4]), 14);
        break;
    case 1:
        b[0] = ROL(XOR(a[3], d[3]), 28);
        b[1] = ROL(XOR(a[9], d[4]), 20);
        b[2] = ROL(XOR(a[10], d[0]), 3);
        b[3] = ROL(XOR(a[16], d[1]), 45);
        b[4] = ROL(XOR(a[22], d[2]), 61);
        break;
    case 2:
        b[0] = ROL(XOR(a[1], d[1]), 1);
        b[1] = ROL(XOR(a[7], d[2]), 6);
        b[2] = ROL(XOR(a[13], d[3]), 25);
        b[3] = ROL(XOR(a[19], d[4]), 8);
        b[4] = ROL(XOR(a[20], d[0]), 18);
        break;
    case 3:
        b[0] = ROL(XOR(a[4], d[4]), 27);
        b[1] = ROL(XOR(a[5], d[0]), 36);
        b[2] = ROL(XOR(a[11], d[1]), 10);
        b[3] = ROL(XOR(a[17], d[2]), 15);
        b[4] = ROL(XOR(a[23], d[3]), 56);
        break;
    default:
        b[0] = ROL(XOR(a[2], d[2]), 62);
        b[1] = ROL(XOR(a[8], d[3]), 55);
        b[2] = ROL(XOR(a[14], d[4]), 39);
        b[3] = ROL(XOR(a[15], d[0]), 41);
        b[4] = ROL(XOR(a[21], d[1]), 2);
    }
}

/* One row of the state after a round. */
INLINE void N(row)(W *e, const W *a, const W *d, int row, uint64_t iota)
{
    W b[5];
    N(rho)(b, a, d, row);
    N(chi)(e + 5 * row, row, b[0], b[1], b[2], b[3], b[4]);
    if (row == 0)
        e[0] = XOR(e[0], ALL(iota));
}

/* The whole state before chi. */
INLINE void N(before_chi)(W *b, const W *a)
{
    W d[5];
    N(theta)(d, a);
    N(rho)(b, a, d, 0);
    N(rho)(b + 5, a, d, 1);
    N(rho)(b + 10, a, d, 2);
    N(rho)(b + 15, a, d, 3);
    N(rho)(b + 20, a, d, 4);
}

INLINE void N(round)(W *e, const W *a, uint64_t iota)
{
    W d[5];
    N(theta)(d, a);
    N(row)(e, a, d, 0, iota);
    N(row)(e, a, d, 1, iota);
    N(row)(e, a, d, 2, iota);
    N(row)(e, a, d, 3, iota);
    N(row)(e, a, d, 4, iota);
}

/* Lane 0 after the last round: the prefix. */
INLINE W N(last_round)(const W *a)
{
    W d[5], b[5], e[5];
    N(theta)(d, a);
    N(rho)(b, a, d, 0);
    N(chi)(e, 0, b[0], b[1], b[2], b[3], b[4]);
    return XOR(e[0], ALL(IOTA[23]));
}

#undef W
#undef N
#undef ALL
#undef XOR
#undef XOR3
#undef CHI
#undef ROL
#undef COMPLEMENTED
#undef OR
#undef AND
#undef NOT
