/* Steps that many accounts of a simulated lane take at once: powplasma/simulation/individuals/rows.py, on the same
 * arrays, to the same bytes. What each step means is said there. */
#ifndef POWPLASMA_ACCOUNTS_H
#define POWPLASMA_ACCOUNTS_H

#include "powplasma_native.h"

/* Where an account is; the numbers are those of rows.py. */
enum { PP_IDLE = 0, PP_IS_SEARCHING = 1, PP_IS_POOLED = 2, PP_IS_RECHARGING = 3, PP_IN_COHORT = 4 };

/* A position in the log of wishes that is none. */
#define PP_NO_WISH INT64_MAX

/* ROW of rows.py. */
typedef struct {
    uint64_t key;
    double ready, work;
    int64_t fused, difficulty, attempts, head;
    int32_t place;
    int8_t where, unused[3];
} pp_row;

/* WISH of wishes.py. */
typedef struct {
    double time;
    int64_t next, account;
} pp_wish;

/* ENTRY of calendar.py. */
typedef struct {
    double time;
    int64_t account;
} pp_entry;

/* What a block in the pool commits, in the column that its lane pays with, and its key. */
typedef struct {
    int64_t amount;
    uint64_t key;
} pp_stake;

/* The arrays of a lane. Python owns them all, and keeps this up to date whenever it moves or changes one. */
typedef struct {
    pp_row *rows;      /* an entry for each account */
    int64_t *last;     /* the same: position of its newest wish */
    int64_t *pool;     /* those whose block waits for a momentum */
    pp_stake *stakes;  /* the same: of their blocks */
    pp_wish *log;
    pp_entry *soon;    /* when those who work are ready: by soon_end, */
    pp_entry *later;   /* or after it */
    int64_t pooled;    /* accounts in the pool */
    int64_t base;      /* position with which the log begins */
    int64_t soon_count;
    int64_t seen;      /* of soon, so many from the beginning on are known not to be due yet */
    int64_t later_count;
    double soon_end;
    int works;         /* the lane pays with work, else with fused plasma; the stakes of one of both mean nothing */
} pp_accounts;

/* Rows.arrive; the log has room for them from position on. times may be null, and all wish at time then. Returns how
 * many accounts can begin at once. */
PP_EXPORT int64_t pp_accounts_arrive(pp_accounts *a, const int64_t *accounts, int64_t count, const double *times,
                                     double time, int64_t position, int64_t *begin, double *begin_times);

/* Rows.waiting. Returns how many they are. */
PP_EXPORT int64_t pp_accounts_waiting(const pp_accounts *a, const int64_t *accounts, int64_t count, int64_t *waiting);

/* Rows.search; times as above. There is room in both parts of the calendar. */
PP_EXPORT void pp_accounts_search(pp_accounts *a, const int64_t *accounts, int64_t count, const double *times,
                                  double time, const double *seconds, double longest, int64_t fused,
                                  int64_t difficulty, int first);

/* Rows.commit; times as above, keys may be null. */
PP_EXPORT void pp_accounts_commit(pp_accounts *a, const int64_t *accounts, int64_t count, const double *times,
                                  double time, int64_t fused, const uint64_t *keys, int first);

/* Rows.hold. */
PP_EXPORT void pp_accounts_hold(pp_accounts *a, const int64_t *accounts, int64_t count, int where, int64_t attempts,
                                int first);

/* Rows.part. */
PP_EXPORT void pp_accounts_part(pp_accounts *a, const int64_t *accounts, int64_t count, int64_t fused,
                                int64_t attempts, const uint64_t *keys);

/* Pool.add and Pool.remove of the pool, or of any other accounts that know their place there from their rows. The
 * latter returns how many places were taken anew, and writes them to empty, and to moved those that whoever took them
 * had before. */
PP_EXPORT void pp_accounts_enter(pp_accounts *a, int64_t *entries, int64_t size, const int64_t *accounts,
                                 int64_t count);
PP_EXPORT int64_t pp_accounts_leave(pp_accounts *a, int64_t *entries, int64_t size, const int64_t *accounts,
                                    int64_t count, int64_t *empty, int64_t *moved);

/* Rows.join; keys may be null. */
PP_EXPORT void pp_accounts_join(pp_accounts *a, const int64_t *accounts, int64_t count, const uint64_t *keys);

/* Rows.find; a block that commits less than least is too weak. There is room for all that are due soon. Returns how
 * many were found, and with weak_count how many were too weak. */
PP_EXPORT int64_t pp_accounts_find(pp_accounts *a, double now, uint64_t least, int64_t *found, int64_t *weak,
                                   double *weak_times, int64_t *weak_count);

/* Calendar.add; there is room in both parts of the calendar. */
PP_EXPORT void pp_accounts_add(pp_accounts *a, const double *times, const int64_t *accounts, int64_t count);

/* Calendar.take; there is room for all that are due soon. Returns how many are due. */
PP_EXPORT int64_t pp_accounts_take(pp_accounts *a, double now, double *times, int64_t *accounts);

/* Calendar.turn: what is due by soon_end, now that this has moved, is due soon; there is room for it. */
PP_EXPORT void pp_accounts_turn(pp_accounts *a);

/* Rows.paying: who commits at least so much, and the stakes of their blocks. Returns how many they are. */
PP_EXPORT int64_t pp_accounts_paying(const pp_accounts *a, uint64_t least, int64_t *paying, int64_t *amounts,
                                     uint64_t *keys);

/* Rows.take_weak. Returns how many they are. */
PP_EXPORT int64_t pp_accounts_take_weak(pp_accounts *a, uint64_t least, int64_t *weak);

/* Rows.include: columns one behind the other, of numbers key, fused plasma, difficulty and attempts; of seconds wished,
 * ready and work. */
PP_EXPORT void pp_accounts_include(pp_accounts *a, const int64_t *accounts, int64_t count, int64_t *numbers,
                                   double *seconds);

/* Where Rows.expire puts whom, with room for as many as there are positions; pooled is of no use afterwards. */
typedef struct {
    int64_t *losers, *closed, *leavers, *pooled, losers_count, closed_count, leavers_count;
} pp_expired;

/* Rows.expire: the positions from begin to end. Returns how many wishes it were. */
PP_EXPORT int64_t pp_accounts_expire(pp_accounts *a, int64_t begin, int64_t end, int cohort_bids,
                                     int64_t cohort_rounds, pp_expired *expired);

#endif
