/* The best of many; see ranking.h. */
#include "ranking.h"

/* The least of the wanted greatest of these numbers; scratch has room for all. Those that cannot be it are left out, by
 * the first eight bits on which the others differ, until none do. */
static uint64_t least_wanted(const uint64_t *numbers, int64_t count, int64_t wanted, uint64_t *scratch)
{
    for (;;) {
        int64_t of[2][256] = {{0}}, same = 0;
        uint64_t differ = 0, part = 255;
        int shift = 0;
        for (int64_t i = 1; i < count; i++)
            differ |= numbers[i] ^ numbers[0];
        if (!differ)
            return numbers[0];
        while (differ >> shift > 255)
            shift++;
        for (int64_t i = 0; i < count; i++)
            of[i & 1][numbers[i] >> shift & 255]++;
        for (; of[0][part] + of[1][part] < wanted; part--)
            wanted -= of[0][part] + of[1][part];
        for (int64_t i = 0; i < count; i++) {
            uint64_t number = numbers[i];
            scratch[same] = number;
            same += (number >> shift & 255) == part;
        }
        numbers = scratch;
        count = same;
    }
}

void pp_greatest(const uint64_t *values, const uint64_t *keys, int64_t count, int64_t wanted, uint64_t *scratch,
                 int64_t *positions)
{
    uint64_t least = values ? least_wanted(values, count, wanted, scratch) : 0, key;
    int64_t better = 0, equal = 0, found = 0;
    if (!values) {
        key = least_wanted(keys, count, wanted, scratch);
        for (int64_t i = 0; found < wanted; i++) {
            positions[found] = i;
            found += keys[i] >= key;
        }
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        better += values[i] > least;
        scratch[equal] = keys[i];
        equal += values[i] == least;
    }
    key = equal > wanted - better ? least_wanted(scratch, equal, wanted - better, scratch) : 0;
    for (int64_t i = 0; found < wanted; i++) {
        positions[found] = i;
        found += values[i] > least || (values[i] == least && keys[i] >= key);
    }
}
