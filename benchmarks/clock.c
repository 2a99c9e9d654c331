/* The clock of the core this runs on: a chain of dependent additions takes one cycle each. */
#include <time.h>

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Cycles per second: the best of three short runs, for an interruption can only slow one down. */
double cycles_per_second(void)
{
    enum { ROUNDS = 40000, LINKS = 64 };
    double best = 0;
    for (int run = 0; run < 3; run++) {
        unsigned long x = 1;
        double begin = cpu_seconds();
        for (int i = 0; i < ROUNDS; i++) {
#if defined(__x86_64__)
            __asm__ volatile(".rept 64\n\tadd $1, %0\n\t.endr" : "+r"(x));
#elif defined(__aarch64__)
            __asm__ volatile(".rept 64\n\tadd %0, %0, #1\n\t.endr" : "+r"(x));
#else
            return 0;
#endif
        }
        double rate = ROUNDS * (double)LINKS / (cpu_seconds() - begin);
        best = rate > best ? rate : best;
    }
    return best;
}
