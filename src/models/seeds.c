#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/new_tracks.h"

/* The rows of seeds, and how many of them a model knows. */

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

int64_t seed_rows(const struct recommender *recommender, const struct recommend_query *query, int32_t *rows,
                  int32_t *sorted, unsigned char *taken)
{
    const int64_t *seeds = query->seeds;
    int64_t count = 0, distinct = 0, written = 0;
    for (size_t i = 0; i < query->n_seeds; i++)
        if (recommender_has(recommender, seeds[i] - 1))
            sorted[count++] = (int32_t)(seeds[i] - 1);
    qsort(sorted, (size_t)count, sizeof *sorted, by_row);
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || sorted[i] != sorted[distinct - 1])
            sorted[distinct++] = sorted[i];
    memset(taken, 0, (size_t)distinct);
    for (size_t i = 0; i < query->n_seeds; i++) {
        if (!recommender_has(recommender, seeds[i] - 1))
            continue;
        int32_t row = (int32_t)(seeds[i] - 1);
        const int32_t *found = bsearch(&row, sorted, (size_t)distinct, sizeof *sorted, by_row);
        if (taken[found - sorted])
            continue;
        taken[found - sorted] = 1;
        rows[written++] = row;
    }
    return distinct;
}

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static bool knows(const struct recommender *recommender, int64_t seed)
{
    if (recommender->ops->any_seeds)
        return true;
    bool row = seed >= 1 && seed <= recommender->n_tracks;
    return row && recommender_knows(recommender, (int32_t)(seed - 1));
}

/* A seed that is not known, but was given a vector. */
static bool is_predicted(const struct recommender *recommender, int64_t seed)
{
    return new_tracks_seeds_of(recommender) > NEW_SEEDS_NEVER && !knows(recommender, seed) &&
           recommender_has(recommender, seed - 1) && new_tracks_has(recommender, (int32_t)(seed - 1));
}

void recommender_mark_predicted(const struct recommender *recommender, const struct recommend_query *query,
                                const struct seed_counts *counts)
{
    for (size_t i = 0; query->predicted && i < query->n_seeds; i++)
        query->predicted[i] = counts->predicted > 0 && is_predicted(recommender, query->seeds[i]);
}

enum status recommender_count_seeds(const struct recommender *recommender, const int64_t *seeds, size_t n_seeds,
                                    struct seed_counts *counts, struct error *error)
{
    const enum new_tracks_seeds choice = new_tracks_seeds_of(recommender);
    *counts = (struct seed_counts){.answer = ANSWER_POPULARITY};
    int64_t *sorted = malloc((n_seeds + 1) * sizeof *sorted);
    if (!sorted)
        return error_no_memory(error);
    for (size_t i = 0; i < n_seeds; i++)
        sorted[i] = seeds[i];
    qsort(sorted, n_seeds, sizeof *sorted, by_number);
    for (size_t i = 0; i < n_seeds; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1])
            continue;
        bool known = knows(recommender, sorted[i]);
        counts->distinct++;
        counts->known += known;
        counts->predicted += is_predicted(recommender, sorted[i]);
        counts->later += !known && sorted[i] > recommender->n_tracks;
    }
    if (choice == NEW_SEEDS_BESIDE && counts->known == 0)
        counts->predicted = 0;
    if (seed_counts_used(counts) > 0)
        counts->answer = ANSWER_MODEL;
    free(sorted);
    return STATUS_OK;
}

size_t seed_counts_used(const struct seed_counts *counts)
{
    return counts->known + counts->predicted;
}

/* Where some seeds have predicted vectors. */
static void describe_predicted(const struct seed_counts *counts, const char *name, char text[SEEDS_NOTE_SIZE])
{
    const size_t unknown = counts->distinct - seed_counts_used(counts);
    char others[48] = "";
    if (unknown > 0)
        snprintf(others, sizeof others, "; it has nothing about %zu", unknown);
    if (counts->distinct == 1)
        snprintf(text, SEEDS_NOTE_SIZE, "the seed is a new song for %.80s, continued from its predicted vector", name);
    else
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s knows %zu of the %zu seeds and has predicted vectors of %zu%s", name,
                 counts->known, counts->distinct, counts->predicted, others);
}

void seed_counts_describe(const struct seed_counts *counts, const char *name, char text[SEEDS_NOTE_SIZE])
{
    size_t unknown = counts->distinct - counts->known;
    const char *holds = answer_holds(counts->answer);
    const char *why = counts->later == unknown ? "added to the catalogue after its training"
                      : counts->later == 0     ? "in none of its training playlists"
                                               : "added after its training or in none of its training playlists";
    text[0] = '\0';
    if (counts->predicted > 0 && counts->answer == ANSWER_MODEL)
        describe_predicted(counts, name, text);
    else if (counts->distinct == 0)
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s has no seeds; the list holds popular tracks", name);
    else if (counts->distinct == 1 && seed_counts_used(counts) == 0)
        snprintf(text, SEEDS_NOTE_SIZE,
                 "%.80s does not know the seed (%s); the list holds %s instead; train it again to include it", name,
                 why, holds);
    else if (seed_counts_used(counts) == 0)
        snprintf(text, SEEDS_NOTE_SIZE,
                 "%.80s knows none of the %zu seeds (%s); the list holds %s instead; train it again to include them",
                 name, counts->distinct, why, holds);
    else if (counts->answer != ANSWER_MODEL)
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s finds no track that goes with these seeds; the list holds %s instead",
                 name, holds);
    else if (unknown > 0)
        snprintf(text, SEEDS_NOTE_SIZE, "%.80s knows %zu of the %zu seeds; the other%s %s %s", name, counts->known,
                 counts->distinct, unknown == 1 ? "" : "s", unknown == 1 ? "was" : "were", why);
}
