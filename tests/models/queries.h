#ifndef SLEEVE_TESTS_MODELS_QUERIES_H
#define SLEEVE_TESTS_MODELS_QUERIES_H

#include "models/recommender.h"

/* Query i asks about seeds[starts[i]..starts[i+1]), without a title. */
static inline void queries_of(const int64_t *starts, const int64_t *seeds, size_t n, struct recommend_query *queries)
{
    for (size_t i = 0; i < n; i++)
        queries[i] =
            (struct recommend_query){.seeds = seeds + starts[i], .n_seeds = (size_t)(starts[i + 1] - starts[i])};
}

#endif
