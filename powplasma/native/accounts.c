/* Steps of accounts, one account after the other; see accounts.h. */
#include "accounts.h"

#include <stddef.h>

#include "ahead.h"

static int64_t amount_of(const pp_accounts *a, const pp_row *row)
{
    return a->works ? row->difficulty : row->fused;
}

static void enter(pp_accounts *a, int64_t *entries, int64_t place, int64_t account)
{
    pp_row *row = &a->rows[account];
    entries[place] = account;
    row->place = (int32_t)place;
    if (entries == a->pool)
        a->stakes[place] = (pp_stake){amount_of(a, row), row->key};
}

void pp_accounts_enter(pp_accounts *a, int64_t *entries, int64_t size, const int64_t *accounts, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        enter(a, entries, size + i, accounts[i]);
    }
}

/* Those at the end who stay take the places of those who leave further in front, in the order of accounts. */
int64_t pp_accounts_leave(pp_accounts *a, int64_t *entries, int64_t size, const int64_t *accounts, int64_t count,
                          int64_t *empty, int64_t *moved)
{
    int64_t left = size - count, stays = left, moves = 0;
    if (!left)
        return 0;
    for (int64_t i = 0; i < count; i++) {
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        if (a->rows[accounts[i]].place >= left)
            entries[a->rows[accounts[i]].place] = -1;
    }
    for (int64_t i = 0; i < count; i++) {
        int32_t place = a->rows[accounts[i]].place;
        if (place >= left)
            continue;
        while (entries[stays] < 0)
            stays++;
        if (empty) {
            empty[moves] = place;
            moved[moves++] = stays;
        }
        if (stays + PP_AHEAD < size && entries[stays + PP_AHEAD] >= 0)
            __builtin_prefetch(&a->rows[entries[stays + PP_AHEAD]], 1);
        if (entries == a->pool)
            a->stakes[place] = a->stakes[stays];
        entries[place] = entries[stays++];
        a->rows[entries[place]].place = place;
    }
    return moves;
}

static void enter_pool(pp_accounts *a, int64_t account)
{
    a->rows[account].where = PP_IS_POOLED;
    enter(a, a->pool, a->pooled++, account);
}

static void leave_pool(pp_accounts *a, const int64_t *accounts, int64_t count)
{
    pp_accounts_leave(a, a->pool, a->pooled, accounts, count, NULL, NULL);
    a->pooled -= count;
}

int64_t pp_accounts_arrive(pp_accounts *a, const int64_t *accounts, int64_t count, const double *times, double time,
                           int64_t position, int64_t *begin, double *begin_times)
{
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++, position++) {
        int64_t account = accounts[i];
        pp_row *row = &a->rows[account];
        double wished = times ? times[i] : time;
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        __builtin_prefetch(&a->last[ahead(accounts, i, count)], 1);
        a->log[position - a->base] = (pp_wish){wished, PP_NO_WISH, account};
        if (row->head == PP_NO_WISH) {
            row->head = position;
            if (row->where == PP_IDLE) {
                begin[found] = account;
                begin_times[found++] = wished;
            }
        } else {
            a->log[a->last[account] - a->base].next = position;
        }
        a->last[account] = position;
    }
    return found;
}

int64_t pp_accounts_waiting(const pp_accounts *a, const int64_t *accounts, int64_t count, int64_t *waiting)
{
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        waiting[found] = accounts[i];
        found += a->rows[accounts[i]].head != PP_NO_WISH;
    }
    return found;
}

static void make(pp_row *row, int64_t fused, int64_t difficulty, int first)
{
    row->attempts = first ? 1 : row->attempts + 1;
    row->fused = fused;
    row->difficulty = difficulty;
}

/* An entry of the calendar goes where it belongs. */
static void set_down(pp_accounts *a, pp_entry entry)
{
    if (entry.time > a->soon_end)
        a->later[a->later_count++] = entry;
    else
        a->soon[a->soon_count++] = entry;
}

void pp_accounts_add(pp_accounts *a, const double *times, const int64_t *accounts, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        set_down(a, (pp_entry){times[i], accounts[i]});
}

void pp_accounts_turn(pp_accounts *a)
{
    int64_t count = a->later_count;
    a->later_count = 0;
    for (int64_t i = 0; i < count; i++)
        set_down(a, a->later[i]);
}

int64_t pp_accounts_take(pp_accounts *a, double now, double *times, int64_t *accounts)
{
    int64_t due = 0, stay = a->seen;
    for (int64_t i = stay; i < a->soon_count; i++) {
        pp_entry entry = a->soon[i];
        if (entry.time > now) {
            a->soon[stay++] = entry;
        } else {
            accounts[due] = entry.account;
            times[due++] = entry.time;
        }
    }
    a->soon_count = a->seen = stay;
    return due;
}

void pp_accounts_search(pp_accounts *a, const int64_t *accounts, int64_t count, const double *times, double time,
                        const double *seconds, double longest, int64_t fused, int64_t difficulty, int first)
{
    for (int64_t i = 0; i < count; i++) {
        pp_row *row = &a->rows[accounts[i]];
        pp_entry entry = {(times ? times[i] : time) + seconds[i], accounts[i]};
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        make(row, fused, difficulty, first);
        row->work = first ? seconds[i] : row->work + seconds[i];
        row->ready = entry.time;
        row->where = PP_IS_SEARCHING;
        if (seconds[i] <= longest)
            set_down(a, entry);
    }
}

void pp_accounts_commit(pp_accounts *a, const int64_t *accounts, int64_t count, const double *times, double time,
                        int64_t fused, const uint64_t *keys, int first)
{
    for (int64_t i = 0; i < count; i++) {
        pp_row *row = &a->rows[accounts[i]];
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        make(row, fused, 0, first);
        if (first)
            row->work = 0;
        row->ready = times ? times[i] : time;
        if (keys)
            row->key = keys[i];
        enter_pool(a, accounts[i]);
    }
}

void pp_accounts_join(pp_accounts *a, const int64_t *accounts, int64_t count, const uint64_t *keys)
{
    for (int64_t i = 0; i < count; i++) {
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        if (keys)
            a->rows[accounts[i]].key = keys[i];
        enter_pool(a, accounts[i]);
    }
}

void pp_accounts_hold(pp_accounts *a, const int64_t *accounts, int64_t count, int where, int64_t attempts, int first)
{
    for (int64_t i = 0; i < count; i++) {
        pp_row *row = &a->rows[accounts[i]];
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        row->attempts = attempts + (first ? 0 : row->attempts);
        if (first)
            row->work = 0;
        row->where = (int8_t)where;
    }
}

void pp_accounts_part(pp_accounts *a, const int64_t *accounts, int64_t count, int64_t fused, int64_t attempts,
                      const uint64_t *keys)
{
    for (int64_t i = 0; i < count; i++) {
        pp_row *row = &a->rows[accounts[i]];
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        row->fused = fused;
        row->attempts += attempts;
        row->key = keys[i];
        enter_pool(a, accounts[i]);
    }
}

int64_t pp_accounts_find(pp_accounts *a, double now, uint64_t least, int64_t *found, int64_t *weak, double *weak_times,
                         int64_t *weak_count)
{
    int64_t good = 0, bad = 0, due = pp_accounts_take(a, now, weak_times, weak);
    for (int64_t i = 0; i < due; i++) {
        const pp_row *row = &a->rows[weak[i]];
        __builtin_prefetch(&a->rows[ahead(weak, i, due)], 1);
        if (row->where != PP_IS_SEARCHING || row->ready != weak_times[i])
            continue; /* it was given up, and has begun again or not */
        if ((uint64_t)amount_of(a, row) < least) {
            weak_times[bad] = weak_times[i];
            weak[bad++] = weak[i];
        } else {
            found[good++] = weak[i];
        }
    }
    *weak_count = bad;
    return good;
}

int64_t pp_accounts_paying(const pp_accounts *a, uint64_t least, int64_t *paying, int64_t *amounts, uint64_t *keys)
{
    int64_t count = 0;
    for (int64_t i = 0; i < a->pooled; i++) {
        paying[count] = a->pool[i];
        amounts[count] = a->stakes[i].amount;
        keys[count] = a->stakes[i].key;
        count += (uint64_t)a->stakes[i].amount >= least;
    }
    return count;
}

int64_t pp_accounts_take_weak(pp_accounts *a, uint64_t least, int64_t *weak)
{
    int64_t count = 0;
    for (int64_t i = 0; i < a->pooled; i++) {
        weak[count] = a->pool[i];
        count += (uint64_t)a->stakes[i].amount < least;
    }
    leave_pool(a, weak, count);
    return count;
}

void pp_accounts_include(pp_accounts *a, const int64_t *accounts, int64_t count, int64_t *numbers, double *seconds)
{
    for (int64_t i = 0; i < count; i++) {
        pp_row *row = &a->rows[accounts[i]];
        pp_wish *wish = &a->log[row->head - a->base];
        __builtin_prefetch(&a->rows[ahead(accounts, i, count)], 1);
        numbers[i] = (int64_t)row->key;
        numbers[count + i] = row->fused;
        numbers[2 * count + i] = row->difficulty;
        numbers[3 * count + i] = row->attempts;
        seconds[i] = wish->time;
        seconds[count + i] = row->ready;
        seconds[2 * count + i] = row->work;
        row->head = wish->next;
        row->where = PP_IDLE;
        wish->account = -1;
    }
    leave_pool(a, accounts, count);
}

int64_t pp_accounts_expire(pp_accounts *a, int64_t begin, int64_t end, int cohort_bids, int64_t cohort_rounds,
                           pp_expired *expired)
{
    int64_t count = 0, pooled = 0;
    const pp_wish *behind = &a->log[end - a->base];
    expired->losers_count = expired->closed_count = expired->leavers_count = 0;
    for (pp_wish *wish = &a->log[begin - a->base]; wish < behind; wish++) {
        int64_t account = wish->account;
        pp_row *row;
        if (wish + PP_AHEAD < behind && wish[PP_AHEAD].account >= 0)
            __builtin_prefetch(&a->rows[wish[PP_AHEAD].account], 1);
        if (account < 0)
            continue;
        row = &a->rows[account];
        row->head = wish->next;
        wish->account = -1;
        count++;
        if (wish->next < end)
            continue; /* of several wishes of an account, the last one decides */
        expired->losers[expired->losers_count++] = account;
        switch (row->where) {
        case PP_IS_POOLED:
            expired->pooled[pooled++] = account;
            /* fall through */
        case PP_IS_SEARCHING:
            expired->closed[expired->closed_count++] = account;
            row->where = PP_IDLE;
            break;
        case PP_IN_COHORT:
            if (cohort_bids || row->head == PP_NO_WISH) {
                expired->leavers[expired->leavers_count++] = account;
                row->where = PP_IDLE;
                break;
            }
            row->attempts = -cohort_rounds;
            row->work = 0;
            break;
        case PP_IS_RECHARGING:
            row->attempts = 0;
            row->work = 0;
            break;
        default:
            break;
        }
    }
    leave_pool(a, expired->pooled, pooled);
    return count;
}
