#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yajl_parse.h>

#include "bench/bench.h"
#include "bench/make_mpd.h"
#include "core/clock.h"
#include "db/import/import.h"
#include "db/search.h"

enum { SLICES = 10, SLICE_PLAYLISTS = 1000, RUNS = 3 };

struct setting {
    char folder[64];
    struct buffer slices[SLICES];
    double bytes;
    int64_t tracks, entries;
};

static void path_of(const struct setting *setting, int slice, char *path, size_t size)
{
    snprintf(path, size, "%s/mpd.slice.%d-%d.json", setting->folder, slice * SLICE_PLAYLISTS,
             (slice + 1) * SLICE_PLAYLISTS - 1);
}

static void clear_catalogue(const struct setting *setting)
{
    static const char *const names[] = {"bench.db", "bench.db-wal", "bench.db-shm", "bench.data/search.index"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", setting->folder, names[i]);
        unlink(path);
    }
    char data[128];
    snprintf(data, sizeof data, "%s/bench.data", setting->folder);
    rmdir(data);
}

/* Writes the slices and measures it, flushing each file: the best that the disk can do. */
static enum status write_slices(const struct setting *setting, double *seconds, struct error *error)
{
    double begin = clock_seconds();
    for (int i = 0; i < SLICES; i++) {
        char path[128];
        path_of(setting, i, path, sizeof path);
        FILE *file = fopen(path, "wb");
        bool written = file &&
                       fwrite(setting->slices[i].data, 1, setting->slices[i].size, file) == setting->slices[i].size &&
                       fflush(file) == 0 && fsync(fileno(file)) == 0;
        if (file && fclose(file) != 0)
            written = false;
        if (!written)
            return error_set(error, STATUS_FAILED, "%s cannot be written; the benchmark needs 700 MB there", path);
    }
    *seconds = clock_seconds() - begin;
    return STATUS_OK;
}

/* The time of a parser that ignores all values. */
static double parse_seconds(const struct setting *setting)
{
    double begin = clock_seconds();
    for (int i = 0; i < SLICES; i++) {
        yajl_handle json = yajl_alloc(NULL, NULL, NULL);
        if (json) {
            yajl_parse(json, (const unsigned char *)setting->slices[i].data, setting->slices[i].size);
            yajl_complete_parse(json);
            yajl_free(json);
        }
    }
    return clock_seconds() - begin;
}

static enum status import_once(struct bench *bench, const struct setting *setting, double *seconds,
                               double *index_seconds, struct error *error)
{
    clear_catalogue(setting);
    char path[128];
    snprintf(path, sizeof path, "%s/bench.db", setting->folder);
    const char *folder = setting->folder;
    struct import_report report;
    struct catalogue *catalogue;
    double begin = clock_seconds();
    enum status status = catalogue_open(path, CATALOGUE_CREATE, &catalogue, error);
    if (status == STATUS_OK)
        status = import_mpd(catalogue, &folder, 1, bench->pool, NULL, &report, error);
    double imported = clock_seconds();
    if (status == STATUS_OK)
        status = search_index_build(catalogue, bench->pool, error);
    *seconds = clock_seconds() - begin;
    *index_seconds = begin + *seconds - imported;
    if (status == STATUS_OK && (report.new_tracks != setting->tracks || report.entries != setting->entries))
        status = error_set(error, STATUS_FAILED, "the import has %lld of %lld tracks", (long long)report.new_tracks,
                           (long long)setting->tracks);
    catalogue_close(catalogue);
    return status;
}

static enum status measure(struct bench *bench, struct setting *setting, struct error *error)
{
    double write = 0, parse, rates[RUNS], index_rates[RUNS];
    enum status status = write_slices(setting, &write, error);
    parse = parse_seconds(setting);
    for (int i = 0; status == STATUS_OK && i < RUNS; i++) {
        double seconds, index_seconds;
        status = import_once(bench, setting, &seconds, &index_seconds, error);
        rates[i] = setting->bytes / 1e6 / seconds;
        index_rates[i] = index_seconds;
    }
    if (status != STATUS_OK)
        return status;
    double write_rate = setting->bytes / 1e6 / write, parse_rate = setting->bytes / 1e6 / parse;
    /* Every byte is parsed once and its content written once: no import is faster than the slower of the two. */
    struct bench_row rows[] = {
        bench_row_make("import mpd with search index", (double)setting->entries, "MB/s", rates, RUNS,
                       fmin(write_rate, parse_rate), true),
        bench_row_make("import: of it the search index", (double)setting->tracks, "s", index_rates, RUNS, NAN, false),
        bench_row_make("import: JSON parsed only", (double)setting->entries, "MB/s", &parse_rate, 1, NAN, true),
        bench_row_make("import: the same bytes written and flushed", (double)setting->entries, "MB/s", &write_rate, 1,
                       NAN, true),
    };
    for (size_t i = 0; status == STATUS_OK && i < sizeof rows / sizeof *rows; i++)
        status = bench_print(bench, &rows[i], error);
    return status;
}

static enum status make_slices(struct setting *setting, struct error *error)
{
    struct make_mpd make = {.seed = 1};
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < SLICES; i++) {
        status = make_mpd_slice(&make, SLICE_PLAYLISTS, &setting->slices[i], error);
        setting->bytes += (double)setting->slices[i].size;
    }
    if (status == STATUS_OK) {
        setting->tracks = make_mpd_tracks(make.next_pid);
        setting->entries = make.n_entries;
    }
    return status;
}

enum status bench_import(struct bench *bench, struct error *error)
{
    struct setting setting = {0};
    const char *temporary = getenv("TMPDIR");
    snprintf(setting.folder, sizeof setting.folder, "%.40s/sleeve-bench-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(setting.folder))
        return error_set(error, STATUS_FAILED,
                         "no folder could be made for the benchmark; set TMPDIR to one that may be written");
    enum status status = make_slices(&setting, error);
    if (status == STATUS_OK)
        status = measure(bench, &setting, error);
    for (int i = 0; i < SLICES; i++) {
        char path[128];
        path_of(&setting, i, path, sizeof path);
        unlink(path);
        buffer_free(&setting.slices[i]);
    }
    clear_catalogue(&setting);
    rmdir(setting.folder);
    return status;
}
