#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/editions.h"
#include "app/recipe_cache.h"
#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"

/* As many tracks and artists as the Million Playlist Dataset has, with as many attributes as spotify_songs. */
enum { N_TRACKS = 2262292, N_ARTISTS = 295860, N_GENRES = 30, N_ATTRIBUTES = 10, PLAYLIST = 100, RUNS = 60 };

static const char *const names[N_ATTRIBUTES] = {"energy",       "valence",  "tempo",       "instrumentalness",
                                                "danceability", "loudness", "speechiness", "acousticness",
                                                "liveness",     "duration"};

/* Few tracks are in many playlists. */
static enum status start(struct recipe_index *index, struct random *random, struct error *error)
{
    int32_t *counts = malloc(N_TRACKS * sizeof *counts);
    if (!counts)
        return error_no_memory(error);
    for (int i = 0; i < N_TRACKS; i++)
        counts[i] = (int32_t)(1 / (random_uniform(random) + 2e-5));
    enum status status = recipe_index_start(index, N_TRACKS, counts, error);
    free(counts);
    return status;
}

static enum status fill_postings(struct recipe_index *index, struct random *random, struct error *error)
{
    uint64_t *artists = malloc(N_TRACKS * sizeof *artists), *genres = malloc(N_TRACKS * sizeof *genres);
    enum status status = artists && genres ? STATUS_OK : error_no_memory(error);
    for (int64_t row = 0; status == STATUS_OK && row < N_TRACKS; row++) {
        const double share = random_uniform(random);
        index->artists[row] = (int32_t)(share * share * N_ARTISTS);
        artists[row] = (uint64_t)index->artists[row] << 32 | (uint32_t)row;
        genres[row] = random_below(random, N_GENRES) << 32 | (uint32_t)row;
    }
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_artist, N_ARTISTS, artists, N_TRACKS, error);
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_genre, N_GENRES, genres, N_TRACKS, error);
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_finest, N_GENRES, genres, N_TRACKS, error);
    free(artists);
    free(genres);
    return status;
}

static int by_key(const void *a, const void *b)
{
    const struct recipe_name *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static enum status fill_names(struct recipe_index *index, struct error *error)
{
    char name[32];
    index->genre_names = calloc(N_GENRES, sizeof *index->genre_names);
    index->artist_names = calloc(N_ARTISTS, sizeof *index->artist_names);
    if (!index->genre_names || !index->artist_names)
        return error_no_memory(error);
    for (int i = 0; i < N_GENRES; i++) {
        snprintf(name, sizeof name, "genre %d", i);
        index->genre_names[index->n_genres++] = arena_copy_text(&index->memory, name, strlen(name));
    }
    for (int i = 0; i < N_ARTISTS; i++) {
        snprintf(name, sizeof name, "artist %d", i);
        index->artist_names[index->n_artist_names++] = (struct recipe_name){recipe_name_key(name), i};
    }
    qsort(index->artist_names, N_ARTISTS, sizeof *index->artist_names, by_key);
    return STATUS_OK;
}

static enum status fill_columns(struct recipe_index *index, struct random *random, struct error *error)
{
    for (int i = 0; i < N_ATTRIBUTES; i++) {
        struct recipe_column *column = recipe_index_column(index, names[i], "");
        if (!column)
            return error_no_memory(error);
        for (int64_t row = 0; row < N_TRACKS; row++)
            if (random_below(random, 20) > 0)
                column->values[row] = (float)random_uniform(random);
        recipe_column_finish(index, column);
    }
    return STATUS_OK;
}

/* Titles as a catalogue has them: a word and a number, some with an edition. */
static enum status fill_years(struct recipe_index *index, struct random *random, struct error *error)
{
    static const char *const tails[] = {"", "", "", " (feat. Somebody)", " - 2011 Remaster", " - Live"};
    struct edition_years years;
    struct buffer scratch = {0};
    uint64_t *keys = malloc(N_TRACKS * sizeof *keys);
    bool started = edition_years_start(&years, N_TRACKS);
    for (int64_t row = 0; keys && started && row < N_TRACKS; row++) {
        char title[64];
        snprintf(title, sizeof title, "Song number %d%s", (int)random_below(random, 40),
                 tails[random_below(random, 6)]);
        index->years[row] = (int16_t)(1960 + random_below(random, 60));
        index->editions[row] = (uint8_t)edition_of_titles(title, "The Album");
        keys[row] = edition_key(title, index->artists[row], &scratch);
        edition_years_add(&years, keys[row], index->years[row]);
    }
    for (int64_t row = 0; keys && started && row < N_TRACKS; row++) {
        index->earliest[row] = (int16_t)edition_years_find(&years, keys[row]);
        if (index->earliest[row] < index->years[row])
            index->editions[row] |= EDITION_EARLIER;
    }
    const bool filled = keys && started;
    edition_years_free(&years);
    buffer_free(&scratch);
    free(keys);
    return filled ? STATUS_OK : error_no_memory(error);
}

static enum status build(struct recipe_index *index, struct error *error)
{
    struct random random;
    random_seed(&random, 10);
    enum status status = start(index, &random, error);
    if (status == STATUS_OK)
        status = fill_postings(index, &random, error);
    if (status == STATUS_OK)
        status = fill_names(index, error);
    if (status == STATUS_OK)
        status = fill_years(index, &random, error);
    return status == STATUS_OK ? fill_columns(index, &random, error) : status;
}

/* Ten artists, eight genres, thirty years, and ten attributes of which six are used. */
static void make_recipe(struct recipe *recipe)
{
    recipe_start(recipe);
    recipe->genres.count = 12;
    recipe->artists.count = 64;
    for (int i = 0; i < 12; i++)
        snprintf(recipe->genres.items[i].name, RECIPE_ITEM_SIZE, "genre %d", i);
    for (int i = 0; i < 64; i++)
        snprintf(recipe->artists.items[i].name, RECIPE_ITEM_SIZE, "artist %d", 7 * i);
    recipe_use_first(&recipe->genres, 8);
    recipe_use_first(&recipe->artists, 10);
    recipe->years.low = 1970;
    recipe->years.high = 1999;
    for (int i = 0; i < N_ATTRIBUTES; i++) {
        struct recipe_attribute *attribute = &recipe->attributes[recipe->n_attributes++];
        *attribute = (struct recipe_attribute){
            .mean = 0.5, .deviation = 0.2, .known = PLAYLIST, .deviations = 1, .rule.dropped = i >= 6};
        snprintf(attribute->name, sizeof attribute->name, "%s", names[i]);
    }
    for (int i = 0; i < RECIPE_FIRST_ATTRIBUTE; i++)
        recipe_rule(recipe, i)->dropped = false;
}

/* One edit before each count. */
struct edit {
    const char *name;
    int constraint; /* -1: nothing is kept of the last count */
    size_t bytes;   /* that have to be read: the changed columns, and all bitmaps */
};

static enum status measure(struct bench *bench, const struct recipe_index *index, const struct edit *edit,
                           double bandwidth, struct error *error)
{
    static struct recipe recipe;
    struct recipe_scan *scan = NULL;
    struct recipe_counts counts;
    double milliseconds[RUNS];
    int64_t playlist[PLAYLIST], best[RECIPE_LIMIT];
    enum status status = recipe_scan_create(index, &scan, error);
    make_recipe(&recipe);
    for (int i = 0; i < PLAYLIST; i++)
        playlist[i] = 1 + i * 1009;
    if (status == STATUS_OK)
        recipe_scan_run(scan, &recipe, playlist, PLAYLIST, &counts);
    for (int i = 0; status == STATUS_OK && i < RUNS; i++) {
        const int sign = i % 2 ? -1 : 1;
        for (int c = 0; c < recipe_constraints(&recipe); c++)
            if (c == edit->constraint || edit->constraint < 0)
                recipe_loosen(&recipe, c, sign, NULL);
        const double begin = clock_seconds();
        recipe_scan_run(scan, &recipe, playlist, PLAYLIST, &counts);
        recipe_scan_best(scan, best, RECIPE_LIMIT);
        milliseconds[i] = 1e3 * (clock_seconds() - begin);
        status = bench_check_interrupted(error);
    }
    recipe_scan_free(scan);
    if (status != STATUS_OK)
        return status;
    const double limit = bandwidth > 0 ? 1e3 * (double)edit->bytes / bandwidth : NAN;
    struct bench_row row = bench_row_make(edit->name, N_TRACKS, "ms", milliseconds, RUNS, limit, false);
    return bench_print(bench, &row, error);
}

/* The file that the next start opens. */
static enum status measure_file(struct bench *bench, const struct recipe_index *index, struct error *error)
{
    enum { TIMES = 5 };
    struct recipe_index read;
    double written, milliseconds[TIMES];
    struct buffer path = {0};
    const char *temporary = getenv("TMPDIR");
    buffer_printf(&path, "%s/sleeve-bench-columns.%d", temporary && *temporary ? temporary : "/tmp", (int)getpid());
    const double begin = clock_seconds();
    enum status status = path.failed ? error_no_memory(error) : recipe_cache_write(path.data, "", index, error);
    written = clock_seconds() - begin;
    for (int i = 0; status == STATUS_OK && i < TIMES; i++) {
        const double start = clock_seconds();
        struct recipe_scan *scan = NULL;
        if (!recipe_cache_read(path.data, "", &read))
            status = error_set(error, STATUS_FAILED, "%s is not as it was written", path.data);
        if (status == STATUS_OK)
            status = recipe_scan_create(&read, &scan, error);
        milliseconds[i] = 1e3 * (clock_seconds() - start);
        recipe_scan_free(scan);
        recipe_index_free(&read);
    }
    if (!path.failed)
        unlink(path.data);
    buffer_free(&path);
    if (status != STATUS_OK)
        return status;
    struct bench_row row = bench_row_make("recipe, writing their file", N_TRACKS, "s", &written, 1, NAN, false);
    status = bench_print(bench, &row, error);
    row = bench_row_make("recipe, opening their file", N_TRACKS, "ms", milliseconds, TIMES, NAN, false);
    return status == STATUS_OK ? bench_print(bench, &row, error) : status;
}

static enum status measure_all(struct bench *bench, const struct recipe_index *index, double seconds,
                               struct error *error)
{
    const size_t bitmap = index->words * sizeof(uint64_t),
                 bitmaps = 2 * (RECIPE_FIRST_ATTRIBUTE + N_ATTRIBUTES) * bitmap;
    const size_t column = (size_t)N_TRACKS * sizeof(float), years = (size_t)N_TRACKS * 3;
    const double bandwidth = bench_read_bandwidth(bench->pool, index->columns[0].values, column);
    double megabytes = (double)recipe_index_bytes(index) / 1e6;
    struct bench_row row = bench_row_make("recipe, making the columns", N_TRACKS, "s", &seconds, 1, NAN, false);
    enum status status = bench_print(bench, &row, error);
    row = bench_row_make("recipe, memory", N_TRACKS, "MB", &megabytes, 1, NAN, false);
    if (status == STATUS_OK)
        status = bench_print(bench, &row, error);
    if (status == STATUS_OK)
        status = measure_file(bench, index, error);
    const struct edit edits[] = {
        {"recipe, all constraints changed", -1, bitmaps + N_ATTRIBUTES * column + years},
        {"recipe, an attribute changed", RECIPE_FIRST_ATTRIBUTE, bitmaps + column},
        {"recipe, years changed", RECIPE_YEARS, bitmaps + years},
        {"recipe, genres changed", RECIPE_GENRES, bitmaps + column * 8 / N_GENRES},
        {"recipe, artists changed", RECIPE_ARTISTS_LIST, bitmaps},
    };
    for (size_t i = 0; status == STATUS_OK && i < sizeof edits / sizeof edits[0]; i++)
        status = measure(bench, index, &edits[i], bandwidth, error);
    return status;
}

enum status bench_recipe(struct bench *bench, struct error *error)
{
    struct recipe_index index = {0};
    const double begin = clock_seconds();
    enum status status = build(&index, error);
    if (status == STATUS_OK)
        status = measure_all(bench, &index, clock_seconds() - begin, error);
    recipe_index_free(&index);
    return status;
}
