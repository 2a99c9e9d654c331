/* Which account comes how many steps later. */
#ifndef POWPLASMA_AHEAD_H
#define POWPLASMA_AHEAD_H

#include <stdint.h>

/* What is known of accounts comes from memory in no order, but which comes so many steps later is known. */
#define PP_AHEAD 32

static inline int64_t ahead(const int64_t *accounts, int64_t i, int64_t count)
{
    return accounts[i + PP_AHEAD < count ? i + PP_AHEAD : i];
}

#endif
