/* Searches with scopes: the words by the index, the rest by a filter over the columns of all tracks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/search_scoped.h"
#include "core/text.h"
#include "core/vectorised.h"
#include "db/track_audio.h"

/* Whether all words occur in the field. */
static bool has_words(const char *field, const char *end, const char *words)
{
    while (*words) {
        const size_t size = strcspn(words, " ");
        if (size > 0 && !memmem(field, (size_t)(end - field), words, size))
            return false;
        words += size + strspn(words + size, " ");
    }
    return true;
}

static bool has(const char *field, const char *end, const struct search_scope *scope)
{
    const size_t size = strlen(scope->text);
    if (!scope->whole)
        return has_words(field, end, scope->text);
    return size == 0 || ((size_t)(end - field) == size && memcmp(field, scope->text, size) == 0);
}

/* An album that is called like the title or the artist is not stored a second time. */
static bool has_album(const struct search_record *record, const struct search_scope *scope)
{
    if (record->album < record->end)
        return has(record->album, record->end, scope);
    return has(record->title, record->artist - 1, scope) || has(record->artist, record->album - 1, scope);
}

static bool is_of_columns(const struct search_scope *scope)
{
    return scope->kind != SCOPE_TITLE && scope->kind != SCOPE_ARTIST && scope->kind != SCOPE_ALBUM;
}

static bool passes_text(const struct search_record *record, const struct search_scope *scope)
{
    if (scope->kind == SCOPE_TITLE)
        return has(record->title, record->artist - 1, scope);
    if (scope->kind == SCOPE_ARTIST)
        return has(record->artist, record->album - 1, scope);
    return has_album(record, scope);
}

static bool passes(const void *context, const struct search_record *record)
{
    const struct scoped_filter *filter = context;
    for (int i = 0; i < filter->n_texts; i++)
        if (!passes_text(record, filter->texts[i]))
            return false;
    return true;
}

/* ---- what a scope needs ---- */

static void add_rows(const struct recipe_postings *postings, int64_t item, uint64_t *rows)
{
    if (item < postings->count)
        for (int64_t i = postings->starts[item]; i < postings->starts[item + 1]; i++)
            rows[postings->rows[i] / 64] |= UINT64_C(1) << postings->rows[i] % 64;
}

/* Whether a word of the name begins with the text; both folded. */
static bool begins_a_word(const char *name, const char *text)
{
    const size_t size = strlen(text);
    for (const char *at = name; (at = strstr(at, text)) != NULL; at += size)
        if (at == name || at[-1] == ' ' || at[-1] == '-' || at[-1] == '&')
            return true;
    return false;
}

/* Sets the bits of the rows with a genre whose name the scope is about; `rows` are zeros. */
static enum status mark_genres(const struct recipe_index *index, const struct search_scope *scope, uint64_t *rows,
                               struct error *error)
{
    struct buffer name = {0};
    bool good = true;
    for (int64_t i = 0; good && i < index->n_genres; i++) {
        buffer_clear(&name);
        text_fold(index->genre_names[i], strlen(index->genre_names[i]), &name);
        good = !name.failed;
        if (!good || name.size == 0)
            continue;
        if (scope->whole ? strcmp(name.data, scope->text) != 0 : !begins_a_word(name.data, scope->text))
            continue;
        add_rows(&index->by_genre, i, rows);
        add_rows(&index->by_finest, i, rows);
    }
    buffer_free(&name);
    return good ? STATUS_OK : error_no_memory(error);
}

static const struct recipe_column *find_column(const struct recipe_index *index, int attribute)
{
    return recipe_index_find(index, search_attribute_name(attribute));
}

/* Eight truths, each a byte of 0 or 1, as eight bits. */
static uint64_t bits_of(const unsigned char truths[8])
{
    uint64_t bytes = 0;
    for (int i = 0; i < 8; i++)
        bytes |= (uint64_t)truths[i] << 8 * i;
    return bytes * UINT64_C(0x0102040810204080) >> 56;
}

/* The rows of which the value is from low to high; NAN is not. `rows` has a bit for each. */
#define MARK_BETWEEN(name, type)                                                                                       \
    VECTORISED static void name(const type *values, int64_t n, type low, type high, uint64_t *rows)                    \
    {                                                                                                                  \
        unsigned char truths[64];                                                                                      \
        for (int64_t first = 0; first < n; first += 64) {                                                              \
            const int count = n - first < 64 ? (int)(n - first) : 64;                                                  \
            memset(truths, 0, sizeof truths);                                                                          \
            for (int i = 0; i < count; i++)                                                                            \
                truths[i] = (values[first + i] >= low) & (values[first + i] <= high);                                  \
            for (int i = 0; i < 8; i++)                                                                                \
                rows[first / 64] |= bits_of(truths + 8 * i) << 8 * i;                                                  \
        }                                                                                                              \
    }
MARK_BETWEEN(mark_years_between, int16_t)
MARK_BETWEEN(mark_counts_between, int32_t)
MARK_BETWEEN(mark_values_between, float)

/* The whole numbers from least to most that the scope allows; low > high: none. */
static void whole_numbers(const struct search_scope *scope, double least, double most, double *low, double *high)
{
    *low = scope->low > least ? ceil(scope->low) : least;
    *high = scope->high < most ? floor(scope->high) : most;
    *low += *low == scope->low && scope->low_open;
    *high -= *high == scope->high && scope->high_open;
}

static void mark_years(const struct recipe_index *index, const struct search_scope *scope, uint64_t *rows)
{
    double low, high; /* years that are unknown are 0 */
    whole_numbers(scope, 1, RECIPE_YEAR_MAX, &low, &high);
    if (low <= high)
        mark_years_between(index->years, index->n, (int16_t)low, (int16_t)high, rows);
}

static void mark_counts(const struct recipe_index *index, const struct search_scope *scope, uint64_t *rows)
{
    double low, high;
    whole_numbers(scope, INT32_MIN, INT32_MAX, &low, &high);
    if (low <= high)
        mark_counts_between(index->counts, index->n, (int32_t)low, (int32_t)high, rows);
}

static void mark_values(const struct recipe_index *index, const struct search_scope *scope, uint64_t *rows)
{
    const struct recipe_column *column = find_column(index, scope->attribute);
    float low = (float)scope->low, high = (float)scope->high; /* the first and the last float that are allowed: */
    if ((double)low < scope->low || ((double)low == scope->low && scope->low_open))
        low = nextafterf(low, INFINITY);
    if ((double)high > scope->high || ((double)high == scope->high && scope->high_open))
        high = nextafterf(high, -INFINITY);
    if (column)
        mark_values_between(column->values, index->n, low, high, rows);
}

static enum status mark(const struct recipe_index *index, const struct search_scope *scope, uint64_t *rows,
                        struct error *error)
{
    if (scope->kind == SCOPE_GENRE)
        return mark_genres(index, scope, rows, error);
    if (scope->kind == SCOPE_YEAR)
        mark_years(index, scope, rows);
    else if (scope->attribute == SEARCH_PLAYLISTS)
        mark_counts(index, scope, rows);
    else
        mark_values(index, scope, rows);
    return STATUS_OK;
}

/* Leaves the rows that pass this scope, too. */
static enum status add_scope(const struct recipe_index *index, const struct search_scope *scope, uint64_t *all,
                             struct error *error)
{
    uint64_t *rows = calloc(index->words + 1, sizeof *rows);
    enum status status = rows ? mark(index, scope, rows, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < index->words; i++)
        all[i] &= rows[i];
    free(rows);
    return status;
}

static enum status add_columns(const struct search_scopes *scopes, const struct recipe_index *index,
                               struct scoped_filter *filter, struct error *error)
{
    enum status status = STATUS_OK;
    filter->rows = malloc((index->words + 1) * sizeof *filter->rows);
    if (!filter->rows)
        return error_no_memory(error);
    memset(filter->rows, 0xff, index->words * sizeof *filter->rows); /* each scope has zeros behind the last row */
    for (int i = 0; status == STATUS_OK && i < scopes->count; i++)
        if (is_of_columns(&scopes->items[i]))
            status = add_scope(index, &scopes->items[i], filter->rows, error);
    return status;
}

void scoped_filter_free(struct scoped_filter *filter)
{
    free(filter->rows);
    *filter = (struct scoped_filter){0};
}

enum status scoped_filter_make(const struct search_scopes *scopes, const struct recipe_index *index,
                               struct scoped_filter *filter, struct error *error)
{
    enum status status = STATUS_OK;
    *filter = (struct scoped_filter){0};
    bool columns = false;
    for (int i = 0; i < scopes->count; i++) {
        const struct search_scope *scope = &scopes->items[i];
        columns = columns || is_of_columns(scope);
        if (!is_of_columns(scope) && scope->text[0]) /* without a text, all pass */
            filter->texts[filter->n_texts++] = scope;
    }
    if (columns)
        status = add_columns(scopes, index, filter, error);
    filter->passing = (struct search_filter){.items = filter->rows,
                                             .tracks = columns ? index->track_of : NULL,
                                             .n_items = columns ? index->n : 0,
                                             .order = columns ? index->serial : 0,
                                             .passes = filter->n_texts > 0 ? passes : NULL,
                                             .context = filter};
    return status;
}

/* ---- orders ---- */

struct ordered {
    double value; /* the first has the smallest; NAN last */
    int64_t track;
    size_t place; /* of equal values */
};

static double value_of(const struct recipe_index *index, const struct search_scopes *scopes,
                       const struct recipe_column *column, int64_t track)
{
    const int32_t row = track >= 1 && track <= index->n ? index->row_of[track - 1] : -1;
    if (row < 0)
        return (double)NAN;
    if (scopes->sort_by == SEARCH_YEAR)
        return index->years[row] > 0 ? index->years[row] : (double)NAN;
    if (scopes->sort_by == SEARCH_PLAYLISTS)
        return index->counts[row];
    return column ? (double)column->values[row] : (double)NAN;
}

static int by_value(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    if (isnan(x->value) != isnan(y->value))
        return isnan(x->value) ? 1 : -1;
    if (x->value != y->value && !isnan(x->value))
        return x->value < y->value ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* All tracks that are found, in the order, of which the first are kept. */
static enum status search_sorted(struct app *app, const struct app_search_query *query,
                                 const struct recipe_index *index, const struct search_filter *passing, int64_t *ids,
                                 size_t *count, int64_t *total, struct error *error)
{
    const struct search_scopes *scopes = query->scopes;
    const struct recipe_column *column = find_column(index, scopes->sort_by);
    size_t found = 0;
    int64_t *all = malloc(((size_t)index->n + 1) * sizeof *all);
    struct ordered *ordered = malloc(((size_t)index->n + 1) * sizeof *ordered);
    enum status status = all && ordered ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = search_index_query_filtered(app->search, scopes->words.data ? scopes->words.data : "", passing,
                                             (size_t)index->n, all, &found, total, query->cancel, error);
    for (size_t i = 0; status == STATUS_OK && i < found; i++) {
        const double value = value_of(index, scopes, column, all[i]);
        ordered[i] = (struct ordered){scopes->smallest_first ? value : -value, all[i], i};
    }
    if (status == STATUS_OK) {
        qsort(ordered, found, sizeof *ordered, by_value);
        *total = (int64_t)found;
        *count = found < query->limit ? found : query->limit;
        for (size_t i = 0; i < *count; i++)
            ids[i] = ordered[i].track;
    }
    free(all);
    free(ordered);
    return status;
}

enum status app_search_scoped(struct app *app, const struct app_search_query *query, int64_t *ids, size_t *count,
                              int64_t *total, struct error *error)
{
    const struct recipe_index *index = NULL;
    struct scoped_filter filter;
    const bool columns = query->scopes->columns;
    enum status status = columns ? app_columns_lock(app, &index, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    status = scoped_filter_make(query->scopes, index, &filter, error);
    if (status == STATUS_OK && query->scopes->sorted)
        status = search_sorted(app, query, index, &filter.passing, ids, count, total, error);
    else if (status == STATUS_OK)
        status = search_index_query_filtered(app->search, query->scopes->words.data ? query->scopes->words.data : "",
                                             &filter.passing, query->limit, ids, count, total, query->cancel, error);
    scoped_filter_free(&filter);
    if (columns)
        app_columns_unlock(app);
    return status;
}
