/* What dispatch.c and the kernels say to each other. */
#ifndef PP_KERNEL_H
#define PP_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "powplasma_native.h"

#if defined(__x86_64__) || defined(_M_X64)
#define PP_X86_64 1
#endif
#if defined(__aarch64__) || defined(_M_ARM64)
#define PP_AARCH64 1
#endif

/* One instruction set's maker of hashes. */
typedef struct {
    /* Nonces between two looks at the watch: a power of two, a few ms at most. */
    uint64_t slice;
    /* Index of the first good nonce among counter .. counter + count - 1, or count if there is
     * none. The range lies within one aligned block of slice counters. */
    uint64_t (*search)(const uint64_t data_hash[4], uint64_t counter, uint64_t count, uint64_t threshold);
    void (*check_many)(const uint8_t *data_hashes, const uint8_t *nonces, const uint64_t *difficulties, uint64_t count,
                       uint8_t *good);
} pp_kernel;

extern const pp_kernel pp_portable;
#ifdef PP_X86_64
extern const pp_kernel pp_avx2;
extern const pp_kernel pp_avx512;
#endif
#ifdef PP_AARCH64
extern const pp_kernel pp_neon;
#endif

/* The little-endian word at p. */
static inline uint64_t pp_word(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Whether a prefix is good for a difficulty, without a division: prefix >= 2^64 - floor(2^64 / D)
 * is the same as (2^64 - prefix) * D <= 2^64. For prefix 0 the left side is 2^64 * D. */
static inline uint8_t pp_good(uint64_t prefix, uint64_t difficulty)
{
    if (difficulty <= 1)
        return 1;
    if (prefix == 0)
        return 0;
    unsigned __int128 product = (unsigned __int128)(0 - prefix) * difficulty;
    return product <= (unsigned __int128)1 << 64;
}

#endif
