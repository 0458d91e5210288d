#include <stdlib.h>

#include "core/random.h"
#include "eval/split.h"

/* Lowers both numbers in proportion so that their sum is at most `most`. */
static void fit_into(int64_t most, int64_t *test, int64_t *validation)
{
    int64_t wanted = *test + *validation;
    if (wanted <= most)
        return;
    *test = (int64_t)((double)*test * (double)most / (double)wanted);
    *validation = (int64_t)((double)*validation * (double)most / (double)wanted);
}

static void give_set(const struct split_options *options, const int64_t *drawn, int64_t count, enum split_set set,
                     uint8_t *sets, int32_t *seeds)
{
    enum { GROUPS = 10 }; /* 1 to 10 seeds, as in RTA */
    for (int64_t i = 0; i < count; i++) {
        sets[drawn[i]] = (uint8_t)set;
        seeds[drawn[i]] =
            options->n_seeds > 0 ? options->seeds[i * options->n_seeds / count] : (int32_t)(1 + i * GROUPS / count);
    }
}

int split_more_than(const struct split_options *options)
{
    int most = SPLIT_MORE_THAN;
    for (int i = 0; i < options->n_seeds; i++)
        most = options->seeds[i] > most ? options->seeds[i] : most;
    return most;
}

enum status split_draw(const int64_t *lengths, int64_t n_playlists, const struct split_options *options, uint8_t *sets,
                       int32_t *seeds, struct split_counts *counts, struct error *error)
{
    int64_t test = options->test, validation = options->validation, least = split_more_than(options);
    if (test < 0 || validation < 0 || test > INT32_MAX || validation > INT32_MAX)
        return error_set(error, STATUS_USAGE, "a split needs numbers of playlists from 0 to %d", INT32_MAX);
    int64_t *candidates = malloc(((size_t)n_playlists + 1) * sizeof *candidates), n = 0;
    if (!candidates)
        return error_no_memory(error);
    for (int64_t i = 0; i < n_playlists; i++) {
        sets[i] = SPLIT_TRAIN;
        seeds[i] = 0;
        if (lengths[i] > least)
            candidates[n++] = i;
    }
    int64_t half = n_playlists / 2;
    fit_into(n < half ? n : half, &test, &validation);
    struct random random;
    random_seed(&random, options->seed);
    for (int64_t i = 0; i < test + validation; i++) {
        int64_t other = i + (int64_t)random_below(&random, (uint64_t)(n - i)), swapped = candidates[i];
        candidates[i] = candidates[other];
        candidates[other] = swapped;
    }
    give_set(options, candidates, test, SPLIT_TEST, sets, seeds);
    give_set(options, candidates + test, validation, SPLIT_VALIDATION, sets, seeds);
    free(candidates);
    *counts = (struct split_counts){
        .candidates = n, .test = test, .validation = validation, .train = n_playlists - test - validation};
    return STATUS_OK;
}
