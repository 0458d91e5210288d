#include "app/recipe_index.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"

/* Arrays that are in the mapped file go with it. */
static void array_free(const struct recipe_index *index, void *array)
{
    const unsigned char *bytes = array, *file = index->file.bytes;
    if (!file || bytes < file || bytes >= file + index->file.size)
        free(array);
}

static void postings_free(struct recipe_postings *postings)
{
    free(postings->starts);
    free(postings->rows);
    *postings = (struct recipe_postings){0};
}

void recipe_index_free(struct recipe_index *index)
{
    void *const arrays[] = {index->track_of, index->row_of,   index->counts,  index->years,
                            index->earliest, index->editions, index->artists, index->genres_predicted};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        array_free(index, arrays[i]);
    for (int i = 0; i < index->n_columns; i++) {
        array_free(index, index->columns[i].values);
        array_free(index, index->columns[i].known);
        array_free(index, index->columns[i].predicted);
    }
    free(index->artist_names);
    free(index->genre_names);
    postings_free(&index->by_artist);
    postings_free(&index->by_genre);
    postings_free(&index->by_finest);
    arena_free(&index->memory);
    mapped_file_close(&index->file);
    *index = (struct recipe_index){0};
}

/* Sorts the tracks by falling counts, and by number among equal ones: two passes of a radix sort over 16 bits each. */
static bool sort_tracks(struct recipe_index *index, const int32_t *counts)
{
    enum { DIGITS = 1 << 16 };
    int64_t *starts = malloc((DIGITS + 1) * sizeof *starts);
    int32_t *half = malloc((size_t)(index->n + 1) * sizeof *half);
    for (int pass = 0; starts && half && pass < 2; pass++) {
        memset(starts, 0, (DIGITS + 1) * sizeof *starts);
        for (int64_t i = 0; i < index->n; i++)
            starts[1 + (DIGITS - 1 - ((uint32_t)counts[i] >> 16 * pass & (DIGITS - 1)))]++;
        for (int i = 0; i < DIGITS; i++)
            starts[i + 1] += starts[i];
        for (int64_t i = 0; i < index->n; i++) {
            const int32_t track = pass == 0 ? (int32_t)i : half[i];
            const int64_t at = starts[DIGITS - 1 - ((uint32_t)counts[track] >> 16 * pass & (DIGITS - 1))]++;
            (pass == 0 ? half : index->track_of)[at] = track;
        }
    }
    const bool sorted = starts && half;
    free(starts);
    free(half);
    return sorted;
}

uint64_t recipe_index_serial(void)
{
    static atomic_uint_fast64_t last;
    return atomic_fetch_add(&last, 1) + 1;
}

enum status recipe_index_start(struct recipe_index *index, int64_t n, const int32_t *counts, struct error *error)
{
    const size_t rows = (size_t)n + 1;
    *index = (struct recipe_index){.serial = recipe_index_serial(), .n = n, .words = ((size_t)n + 63) / 64};
    index->track_of = calloc(rows, sizeof *index->track_of);
    index->row_of = calloc(rows, sizeof *index->row_of);
    index->counts = calloc(rows, sizeof *index->counts);
    index->years = calloc(rows, sizeof *index->years);
    index->earliest = calloc(rows, sizeof *index->earliest);
    index->editions = calloc(rows, sizeof *index->editions);
    index->artists = calloc(rows, sizeof *index->artists);
    if (!index->track_of || !index->row_of || !index->counts || !index->years || !index->earliest || !index->editions ||
        !index->artists || !sort_tracks(index, counts)) {
        recipe_index_free(index);
        return error_no_memory(error);
    }
    for (int64_t row = 0; row < n; row++) {
        const int32_t track = index->track_of[row];
        index->row_of[track] = (int32_t)row;
        index->counts[row] = counts[track];
        index->track_of[row] = track + 1;
    }
    return STATUS_OK;
}

struct recipe_column *recipe_index_column(struct recipe_index *index, const char *name, const char *source)
{
    if (index->n_columns == RECIPE_ATTRIBUTES_MAX)
        return NULL;
    struct recipe_column *column = &index->columns[index->n_columns];
    *column = (struct recipe_column){0};
    column->values = malloc((size_t)(index->n + 1) * sizeof *column->values);
    column->known = calloc(index->words + 1, sizeof *column->known);
    if (!column->values || !column->known) {
        free(column->values);
        free(column->known);
        return NULL;
    }
    snprintf(column->name, sizeof column->name, "%s", name);
    snprintf(column->source, sizeof column->source, "%s", source);
    for (int64_t i = 0; i < index->n; i++)
        column->values[i] = NAN;
    index->n_columns++;
    return column;
}

void recipe_column_finish(const struct recipe_index *index, struct recipe_column *column)
{
    column->n_known = 0;
    memset(column->known, 0, index->words * sizeof *column->known);
    for (int64_t row = 0; row < index->n; row++) {
        const bool known = isfinite(column->values[row]);
        column->known[row / 64] |= (uint64_t)known << row % 64;
        column->n_known += known;
    }
}

bool recipe_column_predict(const struct recipe_index *index, struct recipe_column *column, int32_t row, float value)
{
    if (!column->predicted)
        column->predicted = calloc(index->words + 1, sizeof *column->predicted);
    if (!column->predicted)
        return false;
    column->values[row] = value;
    column->predicted[row / 64] |= UINT64_C(1) << row % 64;
    column->n_predicted++;
    return true;
}

bool recipe_column_is_predicted(const struct recipe_column *column, int32_t row)
{
    return column->predicted && (column->predicted[row / 64] >> row % 64 & 1);
}

struct recipe_column *recipe_index_find(const struct recipe_index *index, const char *name)
{
    for (int i = 0; i < index->n_columns; i++)
        if (strcmp(index->columns[i].name, name) == 0)
            return (struct recipe_column *)&index->columns[i];
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool is_sorted(const uint64_t *pairs, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (pairs[i - 1] > pairs[i])
            return false;
    return true;
}

enum status recipe_postings_make(struct recipe_postings *postings, int64_t count, uint64_t *pairs, size_t n_pairs,
                                 struct error *error)
{
    *postings = (struct recipe_postings){.count = count};
    postings->starts = calloc((size_t)count + 1, sizeof *postings->starts);
    postings->rows = malloc((n_pairs + 1) * sizeof *postings->rows);
    if (!postings->starts || !postings->rows) {
        postings_free(postings);
        return error_no_memory(error);
    }
    if (n_pairs > 0 && !is_sorted(pairs, n_pairs))
        qsort(pairs, n_pairs, sizeof *pairs, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < n_pairs; i++) {
        if (i > 0 && pairs[i] == pairs[i - 1])
            continue;
        postings->starts[(pairs[i] >> 32) + 1]++;
        postings->rows[kept++] = (int32_t)(pairs[i] & 0x7fffffff);
    }
    for (int64_t item = 0; item < count; item++)
        postings->starts[item + 1] += postings->starts[item];
    return STATUS_OK;
}

uint64_t recipe_name_key(const char *name)
{
    struct buffer key = {0};
    text_key(name, strlen(name), &key);
    const uint64_t hash = hash_bytes(key.data ? key.data : "", key.size);
    buffer_free(&key);
    return hash;
}

static size_t postings_bytes(const struct recipe_postings *postings)
{
    return postings->starts ? (size_t)(postings->count + 1) * sizeof *postings->starts +
                                  (size_t)postings->starts[postings->count] * sizeof *postings->rows
                            : 0;
}

size_t recipe_index_bytes(const struct recipe_index *index)
{
    const size_t row = sizeof *index->track_of + sizeof *index->row_of + sizeof *index->counts + sizeof *index->years +
                       sizeof *index->earliest + sizeof *index->editions + sizeof *index->artists;
    const size_t column = (size_t)index->n * sizeof(float) + index->words * sizeof(uint64_t);
    return (size_t)index->n * row + (size_t)index->n_columns * column + postings_bytes(&index->by_artist) +
           postings_bytes(&index->by_genre) + postings_bytes(&index->by_finest) +
           (size_t)index->n_artist_names * sizeof *index->artist_names;
}
