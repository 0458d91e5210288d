#ifndef SLEEVE_FITNESS_ORDER_H
#define SLEEVE_FITNESS_ORDER_H

#include <stdbool.h>

#include "fitness/data.h"

/* Which pairs of song and playlist a training takes, and when: functions of the seed, the epoch and a number. */

struct fitness_order {
    const struct fitness_data *data;
    uint64_t seed;
    int32_t n_classes;
    bool balanced;
    int64_t *train, *validation; /* [n_train], [n_validation] indices of pairs */
    int64_t n_train, n_validation;
    int64_t *starts; /* [n_classes + 1] of `by_class`: training pairs by class */
    int64_t *by_class;
    int64_t *order; /* [n_train] pairs of epoch `drawn` */
    int64_t drawn;
    int64_t *first_pair; /* [n_songs] index of its first pair */
};
enum status fitness_order_init(struct fitness_order *order, const struct fitness_data *data, int32_t n_classes,
                               uint64_t seed, bool balanced, struct error *error);
void fitness_order_free(struct fitness_order *order);
/* Fills order->order for an epoch. */
void fitness_order_draw(struct fitness_order *order, int64_t epoch);
/* The random number of use i of an epoch; never 0. */
uint64_t fitness_order_number(const struct fitness_order *order, int64_t epoch, int64_t i);
/* targets [n_classes]: 1 for all playlists of the song, otherwise 0. */
void fitness_order_targets(const struct fitness_order *order, int32_t song, float *targets);

#endif
