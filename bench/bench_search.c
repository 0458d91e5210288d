#include <math.h>
#include <stdlib.h>
#include <string.h>

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
};

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
    if (library && (library->queries = calloc(N_QUERIES, sizeof *library->queries)) != NULL) {
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
    }
    free(library);
    return status;
}
