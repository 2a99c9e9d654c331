/* Confined plasma, one account after the other; see confinements.h. */
#include "confinements.h"

#include "ahead.h"

static int64_t still_confined(const pp_confinement *one, int64_t momentum)
{
    return one->end > momentum ? one->plasma - (momentum - one->height) * one->plasma / one->target : 0;
}

static int64_t divided_up(int64_t number, int64_t by)
{
    return number / by + (number % by > 0);
}

void pp_confined(const pp_confinement *of, const int64_t *accounts, int64_t count, int64_t momentum, int64_t *confined)
{
    for (int64_t i = 0; i < count; i++) {
        __builtin_prefetch(&of[ahead(accounts, i, count)], 1);
        confined[i] = still_confined(&of[accounts[i]], momentum);
    }
}

int64_t pp_split(const pp_confinement *of, const int64_t *accounts, const double *times, int64_t count, int64_t most,
                 int64_t momentum, int64_t *able, double *able_times, int64_t *others)
{
    int64_t found = 0, left = 0;
    for (int64_t i = 0; i < count; i++) {
        __builtin_prefetch(&of[ahead(accounts, i, count)], 1);
        if (still_confined(&of[accounts[i]], momentum) > most) {
            others[left++] = accounts[i];
        } else {
            if (times)
                able_times[found] = times[i];
            able[found++] = accounts[i];
        }
    }
    return found;
}

void pp_recharging(const pp_confinement *of, const int64_t *accounts, int64_t count, int64_t momentum,
                   uint8_t *recharging)
{
    for (int64_t i = 0; i < count; i++)
        recharging[i] = of[accounts[i]].end > momentum;
}

int64_t pp_confine(pp_confinement *of, const int64_t *accounts, const int64_t *used, int64_t count,
                   int64_t denominator, int64_t rate, int64_t momentum)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < count; i++) {
        pp_confinement *one = &of[accounts[i]];
        int64_t left = one->end > momentum ? one->end - momentum : 0;
        __builtin_prefetch(&of[ahead(accounts, i, count)], 1);
        one->plasma = still_confined(one, momentum) + used[i];
        one->height = momentum;
        one->target = divided_up(used[i] * denominator, rate) + left;
        one->end = momentum + one->target;
        longest = one->target > longest ? one->target : longest;
    }
    return longest;
}

void pp_recharged(const pp_confinement *of, const int64_t *accounts, int64_t count, int64_t most, int64_t momentum,
                  int64_t *first)
{
    for (int64_t i = 0; i < count; i++) {
        const pp_confinement *one = &of[accounts[i]];
        int64_t height = one->height;
        __builtin_prefetch(&of[ahead(accounts, i, count)], 1);
        /* The least c with floor(c * plasma / target) >= what is owed, so that what is left confined is low enough. */
        if (one->plasma > most)
            height += divided_up((one->plasma - most) * one->target, one->plasma);
        first[i] = height > momentum ? height : momentum;
    }
}
