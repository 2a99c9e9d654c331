/* Trajectories: the integers of forum.py and pricing.py, or nothing. Every product and sum is checked. */
#include "trajectories.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* What the momentum after one inherits; false if it cannot be computed here. */
typedef int pp_step(const uint64_t *rules, const uint64_t *phase, const uint64_t *state, uint64_t *next);

INLINE int multiply(uint64_t left, uint64_t right, uint64_t *product)
{
    return !__builtin_mul_overflow(left, right, product);
}

INLINE uint64_t least(uint64_t left, uint64_t right)
{
    return left < right ? left : right;
}

INLINE uint64_t most(uint64_t left, uint64_t right)
{
    return left > right ? left : right;
}

/* current + current * (actual - target) / divisor, the quotient floored; a divisor below the target
 * would lead below 0. */
INLINE int move(uint64_t current, uint64_t actual, uint64_t target, uint64_t divisor, uint64_t *moved)
{
    uint64_t change;
    if (actual >= target) {
        if (!multiply(current, actual - target, &change))
            return 0;
        return !__builtin_add_overflow(current, change / divisor, moved);
    }
    if (!multiply(current, target - actual, &change))
        return 0;
    *moved = current - (change / divisor + (change % divisor != 0));
    return 1;
}

INLINE int forum_step(const uint64_t *rules, const uint64_t *phase, const uint64_t *state, uint64_t *next)
{
    uint64_t price = state[PP_BASE_PRICE], per_plasma = state[PP_DIFFICULTY_PER_PLASMA];
    uint64_t rate = state[PP_RECHARGE_RATE], aim = phase[PP_RECHARGE_TARGET], factor = rules[PP_RECHARGE_FACTOR];
    uint64_t base_plasma = phase[PP_BASE_PLASMA], used, worked, target, divisor, difficulty;

    if (!multiply(price, base_plasma, &used))
        return 0;
    used /= 1000;
    /* The difficulty, used * difficulty per plasma * percent / 100, divided by the difficulty per plasma
     * again: of two floors, one after the other, only one is left. */
    if (!multiply(used, phase[PP_POW_PERCENT], &worked))
        return 0;
    worked /= 100;
    target = used;
    if (base_plasma >= rules[PP_TARGET_BASE_PLASMA]) {
        if (!multiply(used, rules[PP_POW_SHARE], &target))
            return 0;
        target /= 100;
    }
    /* The rules refuse a difficulty beyond 64 bits, which is less than this, and work without a target. */
    if (!multiply(worked + 1, per_plasma, &difficulty) || (worked && !target))
        return 0;
    if (!move(price, base_plasma, rules[PP_TARGET_BASE_PLASMA], rules[PP_PRICE_DIVISOR], &price))
        return 0;
    next[PP_BASE_PRICE] = most(price, rules[PP_MIN_BASE_PRICE]);

    if (worked != target) {
        if (!multiply(target, rules[PP_DIFFICULTY_DENOMINATOR], &divisor))
            return 0;
        if (!move(per_plasma, worked, target, divisor, &per_plasma))
            return 0;
    }
    next[PP_DIFFICULTY_PER_PLASMA] = most(per_plasma, rules[PP_MIN_DIFFICULTY_PER_PLASMA]);

    if (rate > aim)
        rate = most(rate / factor, aim);
    else if (rate < aim) {
        if (!multiply(rate, factor, &rate))
            return 0;
        rate = least(rate, aim);
    }
    next[PP_RECHARGE_RATE] = rate;
    return 1;
}

INLINE int dynamic_price(uint64_t price, uint64_t used, uint64_t target, uint64_t divisor, const uint64_t *rules,
                         uint64_t *next)
{
    uint64_t moved, highest, lowest;
    if (!multiply(price, 100 + rules[PP_MAX_CHANGE_PERCENT], &highest) || !move(price, used, target, divisor, &moved))
        return 0;
    lowest = price * (100 - rules[PP_MAX_CHANGE_PERCENT]) / 100; /* less than the highest, which fits */
    *next = most(most(least(moved, highest / 100), lowest), rules[PP_MIN_PRICE]);
    return 1;
}

INLINE int dynamic_step(const uint64_t *rules, const uint64_t *phase, const uint64_t *state, uint64_t *next)
{
    return dynamic_price(state[PP_FUSION_PRICE], phase[PP_FUSED_BASE_PLASMA], rules[PP_FUSED_TARGET],
                         rules[PP_FUSED_DIVISOR], rules, &next[PP_FUSION_PRICE]) &&
           dynamic_price(state[PP_WORK_PRICE], phase[PP_POW_BASE_PLASMA], rules[PP_POW_TARGET],
                         rules[PP_POW_DIVISOR], rules, &next[PP_WORK_PRICE]);
}

_Static_assert(PP_DYNAMIC_RULES <= PP_FORUM_RULES && PP_DYNAMIC_PHASE <= PP_FORUM_PHASE &&
                   PP_DYNAMIC_STATE <= PP_FORUM_STATE,
               "follow has room for the tables of the forum proposal");

/* Inlined for each step, so that a state stays in registers. The first word of a phase is its length. */
INLINE uint64_t follow(pp_step *step, int rule_words, int phase_words, int state_words, const uint64_t *rules,
                       const uint64_t *phases, uint64_t phase_count, uint64_t behind, uint64_t momentums,
                       uint64_t *state, uint64_t *peaks)
{
    uint64_t own[PP_FORUM_RULES], use[PP_FORUM_PHASE], now[PP_FORUM_STATE], next[PP_FORUM_STATE];
    uint64_t peak[PP_FORUM_STATE], followed = 0, phase = 0;
    memcpy(own, rules, rule_words * sizeof *own);
    memcpy(now, state, state_words * sizeof *now);
    memcpy(peak, peaks, state_words * sizeof *peak);
    while (followed < momentums) {
        memcpy(use, phases + phase * phase_words, phase_words * sizeof *use);
        phase = phase + 1 == phase_count ? 0 : phase + 1;
        uint64_t skipped = least(behind, use[0]);
        behind -= skipped;
        uint64_t left = least(use[0] - skipped, momentums - followed), end = followed + left;
        while (followed < end && step(own, use, now, next)) {
            for (int word = 0; word < state_words; word++) {
                peak[word] = most(peak[word], now[word]);
                now[word] = next[word];
            }
            followed++;
        }
        if (followed < end)
            break;
    }
    memcpy(state, now, state_words * sizeof *now);
    memcpy(peaks, peak, state_words * sizeof *peak);
    return followed;
}

uint64_t pp_follow_forum(const uint64_t *rules, const uint64_t *phases, uint64_t phase_count, uint64_t behind,
                         uint64_t momentums, uint64_t *state, uint64_t *peaks)
{
    return follow(forum_step, PP_FORUM_RULES, PP_FORUM_PHASE, PP_FORUM_STATE, rules, phases, phase_count, behind,
                  momentums, state, peaks);
}

uint64_t pp_follow_dynamic(const uint64_t *rules, const uint64_t *phases, uint64_t phase_count, uint64_t behind,
                           uint64_t momentums, uint64_t *state, uint64_t *peaks)
{
    return follow(dynamic_step, PP_DYNAMIC_RULES, PP_DYNAMIC_PHASE, PP_DYNAMIC_STATE, rules, phases, phase_count,
                  behind, momentums, state, peaks);
}
