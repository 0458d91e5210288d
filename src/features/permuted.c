#include "features/permuted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

void permutation_draw(int32_t *from, size_t n, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (size_t i = 0; i < n; i++)
        from[i] = (int32_t)i;
    for (size_t i = n; i-- > 1;) {
        size_t other = random_below(&random, i);
        int32_t row = from[i];
        from[i] = from[other];
        from[other] = row;
    }
}

/* Lists the rows that are present, then exchanges their values. */
static void exchange(const struct feature_set *set, uint64_t seed, int32_t *present, int32_t *from, float *values)
{
    size_t width = (size_t)set->width, n = 0;
    for (int64_t row = 0; row < set->n_rows; row++)
        if (feature_set_has(set, row))
            present[n++] = (int32_t)row;
    permutation_draw(from, n, seed);
    for (size_t i = 0; i < n; i++)
        memcpy(values + (size_t)present[i] * width, set->values + (size_t)present[from[i]] * width,
               width * sizeof *values);
}

/* Refuses to replace a set that was not made here. */
static enum status check_target(struct catalogue *catalogue, const char *to, struct error *error)
{
    struct feature_set there;
    if (feature_set_open(catalogue, to, &there, NULL) != STATUS_OK)
        return STATUS_OK;
    bool ours = strcmp(there.extractor, "permuted") == 0;
    feature_set_close(&there);
    return ours ? STATUS_OK
                : error_set(error, STATUS_USAGE,
                            "there is a feature set %s already that is not a permuted one; remove it first: sleeve "
                            "features rm %s",
                            to, to);
}

static enum status write_permuted(struct catalogue *catalogue, const struct feature_set *set, const char *name,
                                  const char *to, uint64_t seed, struct error *error)
{
    size_t n = (size_t)set->n_rows + 1;
    char number[24];
    float *values = calloc(n * (size_t)set->width, sizeof *values);
    int32_t *present = malloc(n * sizeof *present), *from = malloc(n * sizeof *from);
    enum status status = values && present && from ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        struct feature_set permuted = *set;
        exchange(set, seed, present, from, values);
        snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
        const struct metadata_pair more[] = {{"permuted.of", name}, {"permuted.seed", number}};
        permuted.values = values;
        permuted.sources = NULL; /* of the rows before */
        permuted.made_with = NULL;
        permuted.extractor = "permuted";
        status = feature_set_write(catalogue, to, &permuted, more, 2, error);
    }
    free(values);
    free(present);
    free(from);
    return status;
}

enum status feature_set_permute(struct catalogue *catalogue, const char *name, const char *to, uint64_t seed,
                                struct error *error)
{
    struct feature_set set = {0};
    struct lock_file lock = {0};
    enum status status = feature_set_open(catalogue, name, &set, error);
    if (status != STATUS_OK)
        return status;
    status = feature_set_lock(catalogue, to, &lock, error);
    if (status == STATUS_OK)
        status = check_target(catalogue, to, error);
    if (status == STATUS_OK)
        status = write_permuted(catalogue, &set, name, to, seed, error);
    lock_file_release(&lock);
    feature_set_close(&set);
    return status;
}
