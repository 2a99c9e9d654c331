/* Trajectories of prices, momentum by momentum, in unsigned 64-bit integers: powplasma/simulation/trajectory.py. */
#ifndef POWPLASMA_TRAJECTORIES_H
#define POWPLASMA_TRAJECTORIES_H

#include "powplasma_native.h"

/* What follows are tables of words; the numbers are part of the interface. */

/* A state of the forum proposal. */
enum { PP_BASE_PRICE, PP_DIFFICULTY_PER_PLASMA, PP_RECHARGE_RATE, PP_FORUM_STATE };

/* Its parameters. The price divisor is the target times the price denominator. */
enum {
    PP_TARGET_BASE_PLASMA,
    PP_PRICE_DIVISOR,
    PP_MIN_BASE_PRICE,
    PP_POW_SHARE,
    PP_DIFFICULTY_DENOMINATOR,
    PP_MIN_DIFFICULTY_PER_PLASMA,
    PP_RECHARGE_FACTOR,
    PP_FORUM_RULES
};

/* Momentums of the same use, one after the other. */
enum { PP_FORUM_MOMENTUMS, PP_BASE_PLASMA, PP_POW_PERCENT, PP_RECHARGE_TARGET, PP_FORUM_PHASE };

/* The same of Dynamic Plasma. A divisor is a target times the denominator of changes. */
enum { PP_FUSION_PRICE, PP_WORK_PRICE, PP_DYNAMIC_STATE };
enum {
    PP_FUSED_TARGET,
    PP_POW_TARGET,
    PP_FUSED_DIVISOR,
    PP_POW_DIVISOR,
    PP_MAX_CHANGE_PERCENT,
    PP_MIN_PRICE,
    PP_DYNAMIC_RULES
};
enum { PP_DYNAMIC_MOMENTUMS, PP_FUSED_BASE_PLASMA, PP_POW_BASE_PLASMA, PP_DYNAMIC_PHASE };

/* Follow a trajectory through so many momentums of the phases, which begin again when they end.
 * behind: momentums of the phases that lie behind, fewer than they have together.
 * state: what the first momentum inherits; afterwards, what the next one does.
 * peaks: raised to the greatest of each word over the states of the momentums followed.
 * Returns how many momentums were followed: all, or those before the first that the rules refuse,
 * or of which a product does not fit into 64 bits. The state is one that the rules accept. */
PP_EXPORT uint64_t pp_follow_forum(const uint64_t *rules, const uint64_t *phases, uint64_t phase_count,
                                   uint64_t behind, uint64_t momentums, uint64_t *state, uint64_t *peaks);
PP_EXPORT uint64_t pp_follow_dynamic(const uint64_t *rules, const uint64_t *phases, uint64_t phase_count,
                                     uint64_t behind, uint64_t momentums, uint64_t *state, uint64_t *peaks);

#endif
