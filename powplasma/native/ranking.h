/* The best of many blocks: powplasma/simulation/individuals/ranking.py. */
#ifndef POWPLASMA_RANKING_H
#define POWPLASMA_RANKING_H

#include "powplasma_native.h"

/* The positions of the wanted greatest, by value, of which there may be none, and then by key, no two of which are
 * equal; ascending. wanted is less than count, and scratch has room for count. */
PP_EXPORT void pp_greatest(const uint64_t *values, const uint64_t *keys, int64_t count, int64_t wanted,
                           uint64_t *scratch, int64_t *positions);

#endif
