#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/search_scoped.h"
#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/text.h"
#include "db/search_text.h"

/* A catalogue of the size of the Million Playlist Dataset, in its proportions. */
enum {
    N_TRACKS = 2260000,
    N_ALBUMS = 735000,
    N_ARTISTS = 296000,
    N_WORDS = 60000,
    N_SIGNS = 3000, /* CJK characters in use */
    N_QUERIES = 160,
    LIMIT = 200,
    PREFIXES_MAX = 16384,
    QUERY_SIZE = 128,
};

struct library {
    struct random random;
    struct buffer words; /* NUL-terminated */
    size_t word_starts[N_WORDS];
    char (*queries)[QUERY_SIZE];
    size_t n_queries;
    struct recipe_index columns; /* of the tracks */
    int32_t *playlists;          /* [N_TRACKS] that contain it */
};

/* What is typed into a search with scopes, key by key. */
static const char *const scoped[] = {"year:1990..1999", "genre:rock year>2000", "energy>0.8 tempo:100..130",
                                     "love year:199",   "ba energy<0.3",        "artist:\"an\" genre:pop"};

/* Numbers 0..bound-1 with probability proportional to 1 / (k + 8): the most frequent word is one in a hundred. */
static size_t zipf(struct random *random, size_t bound)
{
    double number = exp(random_uniform(random) * log((double)bound / 8 + 1)) * 8 - 8;
    return number < (double)bound ? (size_t)number : bound - 1;
}

static void make_words(struct library *library)
{
    static const char *const onsets[] = {"b", "d", "f", "g", "h", "j", "k", "l",  "m",  "n",  "p", "r",
                                         "s", "t", "v", "w", "y", "z", "c", "st", "tr", "ch", "",  "sh"};
    static const char *const vowels[] = {"a", "e",  "i",  "o",        "u",        "ea",        "ou",
                                         "y", "ai", "oo", "\xc3\xa9", "\xc3\xb6", "\xc3\xb1o", "\xc3\xa5"};
    static const char *const codas[] = {"", "n", "r", "s", "l", "t", "m", "ng", "ck", "nd"};
    struct random *random = &library->random;
    for (size_t i = 0; i < N_WORDS; i++) {
        library->word_starts[i] = library->words.size;
        size_t syllables = 1 + zipf(random, 3) + (i > 300 ? 1 : 0);
        for (size_t s = 0; s < syllables; s++) {
            buffer_add_text(&library->words, onsets[random_below(random, sizeof onsets / sizeof *onsets)]);
            size_t n_vowels = sizeof vowels / sizeof *vowels - (random_below(random, 12) == 0 ? 0 : 4);
            buffer_add_text(&library->words, vowels[random_below(random, n_vowels)]);
            buffer_add_text(&library->words, codas[random_below(random, sizeof codas / sizeof *codas)]);
        }
        if (!library->words.failed) {
            char *first = library->words.data + library->word_starts[i];
            if (*first >= 'a' && *first <= 'z')
                *first = (char)(*first - 'a' + 'A');
        }
        buffer_add_byte(&library->words, '\0');
    }
}

static void add_sign(struct library *library, struct buffer *name)
{
    uint32_t sign = 0x4e00 + (uint32_t)zipf(&library->random, N_SIGNS);
    if (random_below(&library->random, 2))
        sign = 0x3041 + (uint32_t)random_below(&library->random, 82); /* hiragana */
    buffer_add_byte(name, (char)(0xe0 | sign >> 12));
    buffer_add_byte(name, (char)(0x80 | (sign >> 6 & 63)));
    buffer_add_byte(name, (char)(0x80 | (sign & 63)));
}

static void make_name(struct library *library, size_t words_max, struct buffer *name)
{
    struct random *random = &library->random;
    buffer_clear(name);
    if (random_below(random, 25) == 0) {
        for (uint64_t signs = 1 + random_below(random, 8); signs > 0; signs--)
            add_sign(library, name);
        return;
    }
    for (uint64_t words = 1 + random_below(random, words_max); words > 0; words--) {
        buffer_add_text(name, name->size > 0 ? " " : "");
        buffer_add_text(name, library->words.data + library->word_starts[zipf(random, N_WORDS)]);
    }
}

static void make_title(struct library *library, struct buffer *title)
{
    static const char *const endings[] = {" - Remastered 2011", " - Live", " (feat. ", " - Radio Edit", " [Remix]"};
    make_name(library, 4, title);
    if (random_below(&library->random, 6) != 0)
        return;
    const char *ending = endings[random_below(&library->random, sizeof endings / sizeof *endings)];
    buffer_add_text(title, ending);
    if (strchr(ending, '(')) {
        buffer_add_text(title, library->words.data + library->word_starts[zipf(&library->random, N_WORDS)]);
        buffer_add_byte(title, ')');
    }
}

static void note_query(struct library *library, const struct buffer *name)
{
    if (library->n_queries < N_QUERIES && name->size > 0 && name->size < QUERY_SIZE)
        memcpy(library->queries[library->n_queries++], name->data, name->size + 1);
}

static enum status make_library(struct library *library, struct search_builder *builder, struct error *error)
{
    struct buffer name = {0};
    buffer_reserve(&name, 256);
    make_words(library);
    if (library->words.failed || name.failed) {
        buffer_free(&name);
        return error_no_memory(error);
    }
    for (size_t i = 0; i < N_ARTISTS; i++) {
        make_name(library, 3, &name);
        search_builder_artist(builder, name.data, name.size);
        if (i % (N_ARTISTS / 35) == 0)
            note_query(library, &name);
    }
    uint32_t *album_artists = malloc(N_ALBUMS * sizeof *album_artists);
    for (size_t i = 0; i < N_ALBUMS; i++) {
        make_name(library, 4, &name);
        search_builder_album(builder, name.data, name.size);
        if (album_artists)
            album_artists[i] = (uint32_t)(1 + (i < N_ARTISTS ? i : zipf(&library->random, N_ARTISTS)));
        if (i % (N_ALBUMS / 20) == 0)
            note_query(library, &name);
    }
    enum status status = album_artists && !name.failed ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < N_TRACKS && status == STATUS_OK; i++) {
        size_t album = i < N_ALBUMS ? i : (size_t)random_below(&library->random, N_ALBUMS);
        make_title(library, &name);
        int64_t playlists = (int64_t)(1 + N_TRACKS / 50 / (1 + random_below(&library->random, N_TRACKS)));
        library->playlists[i] = (int32_t)playlists;
        search_builder_track(builder, name.data, name.size, album_artists[album], (int64_t)album + 1, playlists,
                             (int64_t)random_below(&library->random, 101));
        if (i % (N_TRACKS / 50) == 0) {
            note_query(library, &name);
            status = bench_check_interrupted(error);
        }
    }
    if (status == STATUS_OK && name.failed)
        status = error_no_memory(error);
    free(album_artists);
    while (library->n_queries < N_QUERIES - 30) { /* words that occur nowhere together, like typing errors */
        make_name(library, 2, &name);
        buffer_add_text(&name, "qx");
        note_query(library, &name);
    }
    while (library->n_queries < N_QUERIES) { /* one and two CJK characters */
        buffer_clear(&name);
        for (size_t signs = 1 + library->n_queries % 2; signs > 0; signs--)
            add_sign(library, &name);
        note_query(library, &name);
    }
    buffer_free(&name);
    return status;
}

/* Searches for every prefix of every query, by characters; `typed` keeps the engine's cache of the previous prefix. */
static enum status search_all(struct library *library, struct search_engine *engine, bool typed, double *milliseconds,
                              size_t *count, struct error *error)
{
    *count = 0;
    for (size_t i = 0; i < library->n_queries; i++) {
        const char *query = library->queries[i];
        size_t size = strlen(query);
        search_engine_forget(engine);
        for (size_t at = 0; at < size && *count < PREFIXES_MAX;) {
            size_t step = text_character_size(query + at, size - at);
            at += step > 0 ? step : 1;
            char prefix[QUERY_SIZE] = "";
            memcpy(prefix, query, at);
            int64_t ids[LIMIT];
            int64_t total;
            size_t found;
            if (!typed)
                search_engine_forget(engine);
            double start = clock_seconds();
            enum status status = search_engine_query(engine, prefix, LIMIT, ids, &found, &total, NULL, error);
            milliseconds[(*count)++] = 1e3 * (clock_seconds() - start);
            if (status == STATUS_OK)
                status = bench_check_interrupted(error);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

/* ---- scopes ---- */

static enum status make_columns(struct library *library, struct error *error)
{
    static const char *const genres[] = {"rock", "pop", "hip hop", "jazz", "classical", "indie rock", "metal", "folk"};
    enum { GENRES = sizeof genres / sizeof *genres };
    struct recipe_index *index = &library->columns;
    struct random random;
    random_seed(&random, 3);
    uint64_t *pairs = malloc(N_TRACKS * sizeof *pairs);
    enum status status = recipe_index_start(index, N_TRACKS, library->playlists, error);
    struct recipe_column *energy = status == STATUS_OK ? recipe_index_column(index, "energy", "") : NULL;
    struct recipe_column *tempo = energy ? recipe_index_column(index, "tempo", "") : NULL;
    index->genre_names = status == STATUS_OK ? calloc(GENRES, sizeof *index->genre_names) : NULL;
    if (status == STATUS_OK && (!pairs || !tempo || !index->genre_names))
        status = error_no_memory(error);
    for (int i = 0; i < GENRES && status == STATUS_OK; i++)
        index->genre_names[index->n_genres++] = arena_copy_text(&index->memory, genres[i], strlen(genres[i]));
    for (int64_t row = 0; row < N_TRACKS && status == STATUS_OK; row++) {
        index->years[row] = (int16_t)(random_below(&random, 20) == 0 ? 0 : 1960 + random_below(&random, 60));
        energy->values[row] = random_below(&random, 10) == 0 ? NAN : (float)random_uniform(&random);
        tempo->values[row] = (float)(60 + 120 * random_uniform(&random));
        pairs[row] = random_below(&random, GENRES) << 32 | (uint32_t)row;
    }
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_genre, GENRES, pairs, N_TRACKS, error);
    free(pairs);
    return status;
}

static enum status search_scoped(const struct library *library, struct search_engine *engine, const char *text,
                                 double *milliseconds, struct error *error)
{
    struct search_scopes scopes;
    struct scoped_filter filter;
    int64_t ids[LIMIT], total;
    size_t found;
    double start = clock_seconds();
    if (search_scopes_read(text, &scopes, NULL) != STATUS_OK) { /* unfinished; the explorer says what is possible */
        search_scopes_free(&scopes);
        *milliseconds = 1e3 * (clock_seconds() - start);
        return STATUS_OK;
    }
    const char *words = scopes.words.data ? scopes.words.data : "";
    enum status status = scoped_filter_make(&scopes, &library->columns, &filter, error);
    if (status == STATUS_OK && scopes.count > 0)
        status = search_engine_query_filtered(engine, words, &filter.passing, LIMIT, ids, &found, &total, NULL, error);
    else if (status == STATUS_OK)
        status = search_engine_query(engine, words, LIMIT, ids, &found, &total, NULL, error);
    scoped_filter_free(&filter);
    search_scopes_free(&scopes);
    *milliseconds = 1e3 * (clock_seconds() - start);
    return status;
}

/* Every key of each search, several times. */
static enum status measure_scoped(struct bench *bench, const struct library *library, struct search_engine *engine,
                                  double *milliseconds, struct error *error)
{
    enum { TIMES = 5 };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof scoped / sizeof *scoped && status == STATUS_OK; i++) {
        char name[QUERY_SIZE];
        size_t count = 0;
        for (int time = 0; time < TIMES; time++)
            for (size_t size = 1; size <= strlen(scoped[i]) && status == STATUS_OK; size++) {
                char typed[QUERY_SIZE] = "";
                memcpy(typed, scoped[i], size);
                status = search_scoped(library, engine, typed, &milliseconds[count++], error);
            }
        snprintf(name, sizeof name, "search, typing %s", scoped[i]);
        const struct bench_row row = bench_row_make(name, N_TRACKS, "ms", milliseconds, count, NAN, false);
        if (status == STATUS_OK)
            status = bench_print(bench, &row, error);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    return status;
}

static enum status measure(struct bench *bench, struct library *library, const struct buffer *index,
                           struct error *error)
{
    struct search_text text;
    struct search_engine *engine = NULL;
    double *milliseconds = malloc(PREFIXES_MAX * sizeof *milliseconds);
    enum status status = milliseconds ? search_text_parse(index->data, index->size, "the generated index", &text, error)
                                      : error_no_memory(error);
    if (status == STATUS_OK)
        status = search_engine_create(&text, bench->pool, &engine, error);
    if (status == STATUS_OK) {
        size_t size = text.offsets[text.n_tracks];
        double limit = 1e3 * (double)size / bench_read_bandwidth(bench->pool, text.bytes, size);
        static const char *const names[] = {"search a new query", "search while typing"};
        for (int typed = 0; typed < 2 && status == STATUS_OK; typed++) {
            size_t count;
            status = search_all(library, engine, typed == 1, milliseconds, &count, error);
            if (status != STATUS_OK)
                break;
            struct bench_row row = bench_row_make(names[typed], text.n_tracks, "ms", milliseconds, count, limit, false);
            status = bench_print(bench, &row, error);
        }
        if (status == STATUS_OK)
            status = make_columns(library, error);
        if (status == STATUS_OK)
            status = measure_scoped(bench, library, engine, milliseconds, error);
    }
    search_engine_destroy(engine);
    free(milliseconds);
    return status;
}

enum status bench_search(struct bench *bench, struct error *error)
{
    struct library *library = calloc(1, sizeof *library);
    struct search_builder builder = {0};
    struct buffer index = {0};
    enum status status = error_no_memory(error);
    if (library && (library->queries = calloc(N_QUERIES, sizeof *library->queries)) != NULL &&
        (library->playlists = malloc(N_TRACKS * sizeof *library->playlists)) != NULL) {
        random_seed(&library->random, 2260000);
        status = make_library(library, &builder, error);
    }
    if (status == STATUS_OK) {
        struct search_state state = {.n_tracks = N_TRACKS};
        double start = clock_seconds();
        status = search_builder_finish(&builder, &state, bench->pool, &index, error);
        double milliseconds = 1e3 * (clock_seconds() - start);
        search_builder_free(&builder);
        struct bench_row row = bench_row_make("search index, sorted", N_TRACKS, "ms", &milliseconds, 1, NAN, false);
        if (status == STATUS_OK)
            status = bench_print(bench, &row, error);
    }
    if (status == STATUS_OK)
        status = measure(bench, library, &index, error);
    search_builder_free(&builder);
    buffer_free(&index);
    if (library) {
        buffer_free(&library->words);
        free(library->queries);
        free(library->playlists);
        recipe_index_free(&library->columns);
    }
    free(library);
    return status;
}
