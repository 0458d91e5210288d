#include <stdio.h>
#include <stdlib.h>

#include "models/kind.h"

/* How many of the given seeds a model knows. */

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static bool knows(const struct recommender *recommender, int64_t seed)
{
    return recommender->ops->any_seeds || recommender_knows(recommender, (int32_t)(seed - 1));
}

enum status recommender_count_seeds(const struct recommender *recommender, const int64_t *seeds, size_t n_seeds,
                                    struct seed_counts *counts, struct error *error)
{
    *counts = (struct seed_counts){.popular = true};
    int64_t *sorted = malloc((n_seeds + 1) * sizeof *sorted);
    if (!sorted)
        return error_no_memory(error);
    for (size_t i = 0; i < n_seeds; i++)
        sorted[i] = seeds[i];
    qsort(sorted, n_seeds, sizeof *sorted, by_number);
    for (size_t i = 0; i < n_seeds; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1])
            continue;
        bool later = sorted[i] > recommender->n_tracks, row = sorted[i] >= 1 && !later;
        counts->distinct++;
        counts->later += later;
        counts->known += row && knows(recommender, sorted[i]);
        counts->popular = counts->popular && !row;
    }
    free(sorted);
    return STATUS_OK;
}

void seed_counts_describe(const struct seed_counts *counts, const char *name, char text[SEEDS_NOTE_SIZE])
{
    size_t unknown = counts->distinct - counts->known;
    const char *why = counts->later == unknown ? "added to the catalogue after its training"
                      : counts->later == 0     ? "in none of its training playlists"
                                               : "added after its training or in none of its training playlists";
    const char *instead =
        counts->popular ? "the list holds popular tracks instead" : "the list does not depend on them";
    text[0] = '\0';
    if (counts->distinct == 0)
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s has no seeds; the list holds popular tracks", name);
    else if (counts->distinct == 1 && counts->known == 0)
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s does not know the seed (%s); %s; train it again to include it", name,
                 why, counts->popular ? instead : "the list does not depend on it");
    else if (counts->known == 0)
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s knows none of the %zu seeds (%s); %s; train it again to include them",
                 name, counts->distinct, why, instead);
    else if (unknown > 0)
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s knows %zu of the %zu seeds; the other%s %s %s", name, counts->known,
                 counts->distinct, unknown == 1 ? "" : "s", unknown == 1 ? "was" : "were", why);
}
