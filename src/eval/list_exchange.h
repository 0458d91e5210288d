#ifndef SLEEVE_EVAL_LIST_EXCHANGE_H
#define SLEEVE_EVAL_LIST_EXCHANGE_H

#include "models/recommender.h"
#include "ranks/ranks.h"

/* Lists of recommendations that several ranks have computed, a batch each, for rank 0. */

/* The lists of a batch: list i is found[i * length], counts[i] long. */
struct list_batch {
    size_t n, length;
    struct recommendation *found; /* [n x length] */
    size_t *counts;               /* [n] */
    enum answer *answers;         /* [n] what made each list */
};

/* Where the lists of all ranks are. */
struct list_exchange {
    struct ranks *ranks;
    size_t most, length; /* lists of a batch, and their length */
    char *own, *all;
    size_t *sizes;
};

enum status list_exchange_init(struct list_exchange *exchange, struct ranks *ranks, size_t most, size_t length,
                               struct error *error);
void list_exchange_free(struct list_exchange *exchange);

/* Gathers the batches of all ranks, of which rank r has ns[r] lists. */
enum status list_exchange_gather(struct list_exchange *exchange, const struct list_batch *own, const size_t *ns,
                                 struct error *error);
/* The batch of a rank after that: sets n, and overwrites the arrays of `batch`. The whole score of a track is its first
 * part. */
void list_exchange_read(const struct list_exchange *exchange, int rank, const size_t *ns, struct list_batch *batch);

#endif
