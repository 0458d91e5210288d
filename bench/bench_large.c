#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "bench/bench.h"
#include "bench/explored.h"
#include "bench/make_large.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"

enum { QUERIES = 60, KEYS_MAX = 4096, LIMIT = 200, EDITS = 60 };

static const char seeds_query[] = "lo";

/* ---- memory ---- */

/* The value in kilobytes of one line of /proc/PID/status; NAN if it is missing. */
static double status_line(pid_t process, const char *key)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    FILE *file = fopen(path, "r");
    double value = NAN;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':')
            value = strtod(line + strlen(key) + 1, NULL);
    if (file)
        fclose(file);
    return value;
}

static enum status print_memory(const struct bench *bench, pid_t process, const char *when, struct error *error)
{
    static const char *const kinds[] = {"RssAnon", "RssFile", "RssShmem"};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        char name[64];
        double megabytes = status_line(process, kinds[i]) * 1024 / 1e6;
        snprintf(name, sizeof name, "%s %s", kinds[i], when);
        struct bench_row row = bench_row_make(name, LARGE_TRACKS, "MB", &megabytes, 1, NAN, false);
        status = bench_print(bench, &row, error);
    }
    return status;
}

/* After the first page, and after a search, an edit, pages and saving. */
static enum status measure_memory(struct bench *bench, const struct explored *explored, struct error *error)
{
    struct pty_terminal terminal;
    double seconds;
    enum status status = explored_start(explored, true, &terminal, &seconds, error);
    if (status != STATUS_OK)
        return status;
    pty_terminal_read(&terminal, 0.5, NULL);
    status = print_memory(bench, terminal.child, "after the first page", error);
    static const char *const keys[] = {"/", "s", "o", "n", "g", "\r", "\033", "n", "n", "n", "u"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        pty_terminal_send(&terminal, keys[i]);
        pty_terminal_read(&terminal, 0.5, NULL);
    }
    if (status == STATUS_OK)
        status = print_memory(bench, terminal.child, "after work", error);
    explored_quit(&terminal);
    return status;
}

/* ---- the application ---- */

static enum status type_titles(struct app *app, const struct track_list *tracks, double *milliseconds, size_t *count,
                               struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < tracks->count; i++) {
        const char *title = tracks->items[i].title;
        size_t size = strlen(title);
        for (size_t at = 0; status == STATUS_OK && at < size && *count < KEYS_MAX;) {
            size_t step = text_character_size(title + at, size - at);
            at += step > 0 ? step : 1;
            char *prefix = strndup(title, at);
            struct track_list found = {0};
            int64_t total;
            double begin = clock_seconds();
            status = prefix ? app_search(app, prefix, LIMIT, &found, &total, NULL, error) : error_no_memory(error);
            milliseconds[(*count)++] = 1000 * (clock_seconds() - begin);
            track_list_free(&found);
            free(prefix);
            if (status == STATUS_OK)
                status = bench_check_interrupted(error);
        }
    }
    return status;
}

/* Every prefix of the titles of tracks from the whole catalogue, as typed, including the details of the results. */
static enum status measure_search(struct bench *bench, struct app *app, struct error *error)
{
    int64_t ids[QUERIES];
    for (int i = 0; i < QUERIES; i++)
        ids[i] = 1 + (int64_t)i * (LARGE_TRACKS - 1) / QUERIES;
    struct track_list tracks = {0};
    double *milliseconds = malloc(KEYS_MAX * sizeof *milliseconds);
    size_t count = 0;
    enum status status = milliseconds ? app_tracks(app, ids, QUERIES, &tracks, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = type_titles(app, &tracks, milliseconds, &count, error);
    track_list_free(&tracks);
    if (status == STATUS_OK) {
        struct bench_row row =
            bench_row_make("search, with the facts", LARGE_TRACKS, "ms", milliseconds, count, NAN, false);
        status = bench_print(bench, &row, error);
    }
    free(milliseconds);
    return status;
}

/* Suggestions for growing playlists, and saving each. */
static enum status measure_edits(struct bench *bench, struct app *app, struct error *error)
{
    double asked[EDITS], saved[EDITS];
    int64_t ids[EDITS];
    char name[] = "benchmark";
    struct own_playlist saved_as = {0};
    enum status status = STATUS_OK;
    struct recommendation *list = calloc(500, sizeof *list);
    if (!list)
        return error_no_memory(error);
    for (int i = 0; status == STATUS_OK && i < EDITS; i++) {
        struct track_list tracks = {0};
        ids[i] = 1 + (int64_t)i * 37;
        struct app_answer answer;
        double begin = clock_seconds();
        status = app_recommend(app, "als", &(struct recommend_query){.seeds = ids, .n_seeds = (size_t)i + 1}, 500, list,
                               &tracks, &answer, error);
        asked[i] = 1000 * (clock_seconds() - begin);
        track_list_free(&tracks);
        begin = clock_seconds();
        struct own_playlist mine = {.name = name, .ids = ids, .count = (size_t)i + 1}, written = {0};
        enum playlist_outcome outcome;
        if (status == STATUS_OK)
            status = app_playlist_save(app, &saved_as, &mine, &written, &outcome, error);
        own_playlist_free(&saved_as);
        saved_as = written;
        saved[i] = 1000 * (clock_seconds() - begin);
    }
    free(list);
    if (status == STATUS_OK)
        status = app_playlist_delete(app, saved_as.id, error);
    own_playlist_free(&saved_as);
    if (status != STATUS_OK)
        return status;
    struct bench_row rows[] = {
        bench_row_make("500 suggestions with facts", LARGE_TRACKS, "ms", asked + 1, EDITS - 1, NAN, false),
        bench_row_make("a playlist saved", 1, "ms", saved, EDITS, NAN, false),
    };
    status = bench_print(bench, &rows[0], error);
    return status == STATUS_OK ? bench_print(bench, &rows[1], error) : status;
}

static enum status measure_app(struct bench *bench, const struct explored *explored, struct error *error)
{
    struct app *app;
    const struct app_options options = {
        .catalogue = explored->catalogue.data, .device = {DEVICE_CPU, pool_threads(bench->pool), NULL}, .write = true};
    enum status status = app_open(&options, &app, error);
    if (status != STATUS_OK)
        return status;
    status = measure_search(bench, app, error);
    if (status == STATUS_OK)
        status = measure_edits(bench, app, error);
    app_close(app);
    return status;
}

static enum status measure_commands(struct bench *bench, const struct explored *explored, struct error *error)
{
    static const struct {
        const char *name;
        const char *const arguments[8];
    } commands[] = {
        {"sleeve recommend, als", {"recommend", "-m", "als", "--playlist", "mpd:500000", "-n", "10", NULL}},
        {"sleeve search", {"search", "song", NULL}},
        {"sleeve show", {"show", "mpd:500000", NULL}},
        {"sleeve playlists", {"playlists", NULL}},
        {"sleeve models", {"models", NULL}},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof commands / sizeof commands[0]; i++)
        status = explored_measure_command(bench, explored, commands[i].name, commands[i].arguments, error);
    return status;
}

/* ---- covers ---- */

/* Plain squares would make pages unrealistically cheap to draw, so the albums of the suggestions get drawn covers. */
static enum status draw_cover(struct catalogue *catalogue, int64_t album, struct error *error)
{
    enum { DRAWN_BYTES = 5000 }; /* a plain one has fewer */
    struct buffer cover = {0};
    struct album_list albums = {0};
    struct image image = {0};
    bool found;
    enum status status = catalogue_cover_read(catalogue, album, &cover, &found, error);
    bool drawn = cover.size > DRAWN_BYTES;
    buffer_clear(&cover);
    if (status == STATUS_OK && !drawn)
        status = catalogue_albums_read(catalogue, &album, 1, &albums, error);
    if (status == STATUS_OK && !drawn)
        status = artwork_draw(&albums.items[0], COVER_EDGE, &image, error);
    if (status == STATUS_OK && !drawn)
        status = image_encode_png(&image, &cover, error);
    if (status == STATUS_OK && !drawn)
        status = catalogue_cover_write(catalogue, album, cover.data, cover.size, NULL, error);
    image_free(&image);
    album_list_free(&albums);
    buffer_free(&cover);
    return status;
}

/* Of the suggestions for the explorer's first playlist: the first two tracks that were found. */
static enum status draw_covers(struct bench *bench, struct app *app, struct catalogue *catalogue, struct error *error)
{
    enum { SUGGESTIONS = 500 };
    struct track_list found = {0}, tracks = {0};
    struct recommendation *list = calloc(SUGGESTIONS, sizeof *list);
    int64_t total, seeds[EXPLORED_ENTRIES] = {0};
    struct app_answer answer;
    enum status status =
        list ? app_search(app, seeds_query, EXPLORED_ENTRIES, &found, &total, NULL, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < found.count; i++)
        seeds[i] = found.items[i].id;
    if (status == STATUS_OK)
        status = app_recommend(app, "als", &(struct recommend_query){.seeds = seeds, .n_seeds = found.count},
                               SUGGESTIONS, list, &tracks, &answer, error);
    progress_stage(bench->progress, "drawing covers", "tracks", (double)tracks.count);
    for (size_t i = 0; status == STATUS_OK && i < tracks.count; i++) {
        status = bench_check_interrupted(error);
        if (status == STATUS_OK)
            status = draw_cover(catalogue, tracks.items[i].album_id, error);
        progress_step(bench->progress, (double)i + 1);
    }
    progress_end(bench->progress);
    track_list_free(&found);
    track_list_free(&tracks);
    free(list);
    return status;
}

static enum status prepare(struct bench *bench, const struct explored *explored, struct error *error)
{
    struct app *app;
    struct catalogue *catalogue = NULL;
    const struct app_options options = {.catalogue = explored->catalogue.data,
                                        .device = {DEVICE_CPU, pool_threads(bench->pool), NULL}};
    enum status status = app_open(&options, &app, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_open(explored->catalogue.data, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = draw_covers(bench, app, catalogue, error);
    catalogue_close(catalogue);
    app_close(app);
    struct buffer script = {0};
    buffer_printf(&script, "playlist new\nmodel als\nsearch %s\nadd 1\nadd 2\nwait\n", seeds_query);
    if (status == STATUS_OK)
        status = script.failed ? error_no_memory(error) : explored_script(explored, script.data, error);
    buffer_free(&script);
    return status;
}

enum status bench_large(struct bench *bench, struct error *error)
{
    struct explored explored;
    enum status status = explored_open(&explored, error);
    if (status != STATUS_OK)
        return status;
    const char *folder = bench->keep ? bench->keep : explored.folder;
    buffer_printf(&explored.catalogue, "%s/large.db", folder);
    status = folder_make(folder, error);
    if (status == STATUS_OK)
        status = make_large(explored.catalogue.data, bench->pool, bench->progress, error);
    if (status == STATUS_OK)
        status = prepare(bench, &explored, error);
    if (status == STATUS_OK)
        status = explored_measure_start(bench, &explored, "start, sixel", EXPLORED_WARM, error);
    if (status == STATUS_OK)
        status = measure_memory(bench, &explored, error);
    if (status == STATUS_OK)
        status = explored_measure_pages(bench, &explored, "page", "n", error);
    if (status == STATUS_OK)
        status = explored_measure_adds(bench, &explored, "an addition, key to the screen", error);
    if (status == STATUS_OK)
        status = measure_commands(bench, &explored, error);
    if (status == STATUS_OK)
        status = measure_app(bench, &explored, error);
    explored_close(&explored);
    return status;
}
