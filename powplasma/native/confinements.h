/* Confined plasma of many accounts: powplasma/simulation/individuals/confinement.py, on the same table, to the same
 * bytes. */
#ifndef POWPLASMA_CONFINEMENTS_H
#define POWPLASMA_CONFINEMENTS_H

#include "powplasma_native.h"

/* CONFINEMENT of confinement.py. */
typedef struct {
    int64_t plasma, height, target, end;
} pp_confinement;

/* Of Confinements, _confined, _split, recharging, _confine and _recharged; times may be null. No product leaves 64
 * bits: Python has checked that. */
PP_EXPORT void pp_confined(const pp_confinement *of, const int64_t *accounts, int64_t count, int64_t momentum,
                           int64_t *confined);
PP_EXPORT int64_t pp_split(const pp_confinement *of, const int64_t *accounts, const double *times, int64_t count,
                           int64_t most, int64_t momentum, int64_t *able, double *able_times, int64_t *others);
PP_EXPORT void pp_recharging(const pp_confinement *of, const int64_t *accounts, int64_t count, int64_t momentum,
                             uint8_t *recharging);
PP_EXPORT int64_t pp_confine(pp_confinement *of, const int64_t *accounts, const int64_t *used, int64_t count,
                             int64_t denominator, int64_t rate, int64_t momentum);
PP_EXPORT void pp_recharged(const pp_confinement *of, const int64_t *accounts, int64_t count, int64_t most,
                            int64_t momentum, int64_t *first);

#endif
