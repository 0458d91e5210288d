/* Searches with scopes: the words by the index, the rest by a filter over the columns of all tracks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/recipe_index.h"
#include "app/search_scopes.h"
#include "core/text.h"
#include "db/search_text.h"
#include "db/track_audio.h"

/* Each scope, with what it needs of the columns. */
struct prepared {
    const struct search_scope *scope;
    const struct recipe_column *column; /* of an audio attribute; NULL: no track has it */
    uint64_t *rows;                     /* of a genre: a bit for each row */
};

struct filter {
    const struct recipe_index *index; /* NULL: no scope needs it */
    struct prepared scopes[SEARCH_SCOPES_MAX];
    int count;
};

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

static bool passes_columns(const struct filter *filter, const struct prepared *prepared, int64_t track)
{
    const struct recipe_index *index = filter->index;
    if (track < 1 || track > index->n)
        return false;
    const int32_t row = index->row_of[track - 1];
    const struct search_scope *scope = prepared->scope;
    if (scope->kind == SCOPE_GENRE)
        return prepared->rows[row / 64] >> row % 64 & 1;
    if (scope->kind == SCOPE_YEAR)
        return search_scope_allows(scope, index->years[row] > 0 ? index->years[row] : (double)NAN);
    if (scope->attribute == AUDIO_FEATURES)
        return search_scope_allows(scope, index->counts[row]);
    return prepared->column && search_scope_allows(scope, (double)prepared->column->values[row]);
}

static bool passes(const void *context, const struct search_record *record)
{
    const struct filter *filter = context;
    for (int i = 0; i < filter->count; i++) {
        const struct prepared *prepared = &filter->scopes[i];
        const struct search_scope *scope = prepared->scope;
        bool good;
        switch (scope->kind) {
        case SCOPE_TITLE:
            good = has(record->title, record->artist - 1, scope);
            break;
        case SCOPE_ARTIST:
            good = has(record->artist, record->album - 1, scope);
            break;
        case SCOPE_ALBUM:
            good = has_album(record, scope);
            break;
        default:
            good = passes_columns(filter, prepared, record->track);
        }
        if (!good)
            return false;
    }
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

static enum status find_genres(const struct recipe_index *index, struct prepared *prepared, struct error *error)
{
    struct buffer name = {0};
    prepared->rows = calloc(index->words + 1, sizeof *prepared->rows);
    bool good = prepared->rows != NULL;
    for (int64_t i = 0; good && i < index->n_genres; i++) {
        buffer_clear(&name);
        text_fold(index->genre_names[i], strlen(index->genre_names[i]), &name);
        good = !name.failed;
        if (!good || name.size == 0)
            continue;
        if (prepared->scope->whole ? strcmp(name.data, prepared->scope->text) != 0
                                   : !begins_a_word(name.data, prepared->scope->text))
            continue;
        add_rows(&index->by_genre, i, prepared->rows);
        add_rows(&index->by_finest, i, prepared->rows);
    }
    buffer_free(&name);
    return good ? STATUS_OK : error_no_memory(error);
}

static const struct recipe_column *find_column(const struct recipe_index *index, int attribute)
{
    for (int i = 0; attribute < AUDIO_FEATURES && i < index->n_columns; i++)
        if (strcmp(index->columns[i].name, track_audio_names[attribute]) == 0)
            return &index->columns[i];
    return NULL;
}

static enum status prepare(const struct search_scopes *scopes, struct filter *filter, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < scopes->count; i++) {
        struct prepared *prepared = &filter->scopes[filter->count++];
        *prepared = (struct prepared){.scope = &scopes->items[i]};
        if (prepared->scope->kind == SCOPE_GENRE)
            status = find_genres(filter->index, prepared, error);
        if (prepared->scope->kind == SCOPE_ATTRIBUTE)
            prepared->column = find_column(filter->index, prepared->scope->attribute);
    }
    return status;
}

enum status app_search_scoped(struct app *app, const struct app_search_query *query, int64_t *ids, size_t *count,
                              int64_t *total, struct error *error)
{
    struct filter filter = {0};
    const struct search_filter passing = {passes, &filter};
    const bool columns = query->scopes->columns;
    enum status status = columns ? app_columns_lock(app, &filter.index, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    status = prepare(query->scopes, &filter, error);
    if (status == STATUS_OK)
        status = search_index_query_filtered(app->search, query->scopes->words.data ? query->scopes->words.data : "",
                                             &passing, query->limit, ids, count, total, query->cancel, error);
    for (int i = 0; i < filter.count; i++)
        free(filter.scopes[i].rows);
    if (columns)
        app_columns_unlock(app);
    return status;
}
