/* Which kernels this machine can run, and the part of a search that they share. */
#include "kernel.h"

#ifdef PP_X86_64

static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
    /* Inline assembly and not __builtin_cpu_supports, whose run-time half some toolchains lack. */
    __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(subleaf));
}

static uint64_t enabled_state(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static uint32_t detect(void)
{
    enum { OSXSAVE = 1u << 27, AVX = 1u << 28 };                              /* leaf 1, ecx */
    enum { BMI1 = 1u << 3, AVX2 = 1u << 5, BMI2 = 1u << 8, AVX512F = 1u << 16 }; /* leaf 7, ebx */
    enum { YMM_STATE = 0x06, ZMM_STATE = 0xe6 };                              /* xcr0 */
    uint32_t usable = 1u << PP_PORTABLE, r[4];

    cpuid(0, 0, r);
    if (r[0] < 7)
        return usable;
    cpuid(1, 0, r);
    if ((r[2] & (OSXSAVE | AVX)) != (OSXSAVE | AVX))
        return usable;
    uint64_t state = enabled_state();
    cpuid(7, 0, r);
    if ((state & YMM_STATE) != YMM_STATE || (r[1] & (AVX2 | BMI1 | BMI2)) != (AVX2 | BMI1 | BMI2))
        return usable;
    usable |= 1u << PP_AVX2;
    if ((state & ZMM_STATE) == ZMM_STATE && (r[1] & AVX512F))
        usable |= 1u << PP_AVX512;
    return usable;
}

#elif defined(PP_AARCH64)

static uint32_t detect(void)
{
    return 1u << PP_PORTABLE | 1u << PP_NEON; /* NEON is part of the architecture */
}

#else

static uint32_t detect(void)
{
    return 1u << PP_PORTABLE;
}

#endif

static const pp_kernel *kernel_of(int kernel)
{
    if (kernel < 0 || kernel >= PP_KERNELS || !(pp_usable() >> kernel & 1))
        return NULL;
    switch (kernel) {
#ifdef PP_X86_64
    case PP_AVX2:
        return &pp_avx2;
    case PP_AVX512:
        return &pp_avx512;
#endif
#ifdef PP_AARCH64
    case PP_NEON:
        return &pp_neon;
#endif
    default:
        return &pp_portable;
    }
}

int pp_abi(void)
{
    return PP_ABI;
}

uint32_t pp_compiled(void)
{
    uint32_t compiled = 1u << PP_PORTABLE;
#ifdef PP_X86_64
    compiled |= 1u << PP_AVX2 | 1u << PP_AVX512;
#endif
#ifdef PP_AARCH64
    compiled |= 1u << PP_NEON;
#endif
    return compiled;
}

uint32_t pp_usable(void)
{
    /* Asked once: cpuid traps into the hypervisor on a virtual machine. Threads that race here
     * write the same value. */
    static volatile uint32_t cached;
    if (!cached)
        cached = detect();
    return cached;
}

int pp_search(int kernel, const uint8_t data_hash[32], uint64_t start, uint64_t count, uint64_t threshold,
              const pp_watch *watch, uint64_t *counter, uint64_t *hashes)
{
    const pp_kernel *k = kernel_of(kernel);
    if (!k)
        return PP_NO_KERNEL;
    const uint64_t words[4] = {pp_word(data_hash), pp_word(data_hash + 8), pp_word(data_hash + 16),
                               pp_word(data_hash + 24)};
    uint64_t done = 0;
    while (done < count) {
        if (watch) {
            *watch->hashes = done;
            if (*watch->job_word != watch->job) {
                *hashes = done;
                return PP_STOPPED;
            }
        }
        /* A slice ends where the counter is a multiple of it, so it never runs past 2^64 - 1. */
        uint64_t first = start + done;
        uint64_t size = k->slice - (first & (k->slice - 1));
        if (size > count - done)
            size = count - done;
        uint64_t index = k->search(words, first, size, threshold);
        if (index < size) {
            *counter = first + index;
            *hashes = done + index + 1;
            return PP_FOUND;
        }
        done += size;
    }
    *hashes = done;
    return PP_EXHAUSTED;
}

int pp_check_many(int kernel, const uint8_t *data_hashes, const uint8_t *nonces, const uint64_t *difficulties,
                  uint64_t count, uint8_t *good)
{
    const pp_kernel *k = kernel_of(kernel);
    if (!k)
        return PP_NO_KERNEL;
    k->check_many(data_hashes, nonces, difficulties, count, good);
    return 0;
}
