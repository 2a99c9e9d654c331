/* Prints what the kernels of this machine find, for comparison with another machine's or an emulator's:
 * the same lines for every kernel that runs. docs/kernel.md has the commands. */
#include <stdio.h>

#include "../../powplasma/native/powplasma_native.h"

static uint64_t state = 1;

/* splitmix64: any fixed sequence would do. */
static uint64_t next(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void searches(int kernel)
{
    for (int i = 0; i < 200; i++) {
        union {
            uint64_t words[4];
            uint8_t bytes[32];
        } data_hash;
        for (int k = 0; k < 4; k++)
            data_hash.words[k] = next();
        const uint64_t start = i % 3 ? next() : 0 - next() % 40000, count = 1 + next() % 80000;
        const uint64_t threshold = 0 - ((uint64_t)1 << (63 - next() % 18));
        uint64_t counter = 0, hashes = 0;
        const int status = pp_search(kernel, data_hash.bytes, start, count, threshold, NULL, &counter, &hashes);
        printf("search %d: %d %016llx %llu\n", i, status, status == PP_FOUND ? (unsigned long long)counter : 0,
               (unsigned long long)hashes);
    }
}

static void judgements(int kernel)
{
    enum { WORKS = 997 };
    static uint64_t data_hashes[4 * WORKS], nonces[WORKS], difficulties[WORKS];
    static uint8_t good[WORKS];
    for (int i = 0; i < WORKS; i++) {
        for (int k = 0; k < 4; k++)
            data_hashes[4 * i + k] = next();
        nonces[i] = next();
        difficulties[i] = next() % 6;
    }
    pp_check_many(kernel, (const uint8_t *)data_hashes, (const uint8_t *)nonces, difficulties, WORKS, good);
    printf("judged ");
    for (int i = 0; i < WORKS; i++)
        putchar('0' + good[i]);
    putchar('\n');
}

int main(void)
{
    for (int kernel = 0; kernel < PP_KERNELS; kernel++) {
        if (!(pp_usable() >> kernel & 1))
            continue;
        fprintf(stderr, "kernel %d\n", kernel);
        state = 1;
        searches(kernel);
        judgements(kernel);
    }
    return 0;
}
