/* The C interface of powplasma's kernels: what ctypes binds, and what each instruction set gives. */
#ifndef POWPLASMA_NATIVE_H
#define POWPLASMA_NATIVE_H

#include <stdint.h>

#if defined(_WIN32)
#define PP_EXPORT __declspec(dllexport)
#else
#define PP_EXPORT __attribute__((visibility("default")))
#endif

/* Changes whenever a signature does, here or in another header; the Python side refuses a library of another number. */
#define PP_ABI 3

/* Kernels by number; the numbers are part of the interface. */
enum { PP_PORTABLE = 0, PP_AVX2 = 1, PP_AVX512 = 2, PP_NEON = 3, PP_KERNELS = 4 };

/* How a search ended. */
enum { PP_EXHAUSTED = 0, PP_FOUND = 1, PP_STOPPED = 2, PP_NO_KERNEL = -1 };

/* Words shared with the process that ordered the search. */
typedef struct {
    const volatile uint64_t *job_word; /* the search stops once this no longer holds job */
    uint64_t job;
    volatile uint64_t *hashes;         /* set to the nonces judged so far, every few ms */
} pp_watch;

/* PP_ABI of this library. */
PP_EXPORT int pp_abi(void);

/* Bit i: kernel i is compiled in. */
PP_EXPORT uint32_t pp_compiled(void);

/* Bit i: kernel i is compiled in and this processor and operating system can run it. */
PP_EXPORT uint32_t pp_usable(void);

/* The first counter among start .. start + count - 1 (modulo 2^64), in counting order, whose
 * prefix is at least threshold. *counter is set only with PP_FOUND; *hashes is how many nonces
 * were judged from start on without a gap, the good one included. watch may be null. */
PP_EXPORT int pp_search(int kernel, const uint8_t data_hash[32], uint64_t start, uint64_t count,
                        uint64_t threshold, const pp_watch *watch, uint64_t *counter, uint64_t *hashes);

/* good[i] = 1 if nonce i is good for difficulties[i] with data hash i, else 0. Arrays are
 * contiguous: 32, 8 and 8 bytes per work; difficulties in the machine's byte order. */
PP_EXPORT int pp_check_many(int kernel, const uint8_t *data_hashes, const uint8_t *nonces,
                            const uint64_t *difficulties, uint64_t count, uint8_t *good);

#endif
