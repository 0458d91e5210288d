#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/memory_usage.h"
#include "core/random.h"
#include "db/ingest.h"
#include "eval/split.h"

/* Peak memory of training on a generated catalogue with as many tracks as the Million Playlist Dataset: the program
 * itself trains, and its process is monitored. Names and playlists are generated; every track occurs in some. */

enum {
    TRACKS = 2262292,
    ALBUMS = 734684,
    ARTISTS = 295860,
    OWN = 50,    /* tracks of a playlist that are in no other playlist, so that every track is in some */
    COMMON = 16, /* additional tracks, popular ones more often */
    PLAYLISTS = (TRACKS + OWN - 1) / OWN,
    EVALUATED = 500,
    FACTORS = 128,
    MILLISECONDS_BETWEEN_SAMPLES = 2,
};

static const struct subject {
    const char *kind, *setting;
    int64_t rows;   /* of all tables */
    int64_t copies; /* minimum number of copies of a table during training: weights and velocities, or weights alone */
} subjects[] = {
    {"als", "iterations=2", TRACKS + PLAYLISTS, 1},
    {"mf-transformer", "epochs=1", TRACKS, 2},
    {"fm-transformer", "epochs=1", (int64_t)TRACKS + ALBUMS + ARTISTS, 2},
};

static struct text text_of(char text[32], const char *kind, int64_t number)
{
    int size = snprintf(text, 32, "%s %lld", kind, (long long)number);
    return (struct text){text, (size_t)size};
}

static enum status add_tracks(struct ingest *ingest, struct error *error)
{
    enum status status = STATUS_OK;
    char text[32];
    int32_t id;
    for (int64_t i = 0; i < ARTISTS && status == STATUS_OK; i++) {
        const struct text name = text_of(text, "artist", i);
        status = ingest_artist(ingest, name, name, &id, error);
    }
    for (int64_t i = 0; i < ALBUMS && status == STATUS_OK; i++) {
        const struct text name = text_of(text, "album", i);
        const struct album_metadata facts = {.key = name, .title = name, .artist = (int32_t)(1 + i % ARTISTS)};
        status = ingest_album(ingest, &facts, &id, error);
    }
    for (int64_t i = 0; i < TRACKS && status == STATUS_OK; i++) {
        int64_t album = i % ALBUMS;
        const struct text name = text_of(text, "track", i);
        const struct track_metadata facts = {.key = name,
                                             .title = name,
                                             .artist = (int32_t)(1 + album % ARTISTS),
                                             .album = (int32_t)(1 + album),
                                             .duration_ms = (int32_t)(90000 + i * 7919 % 240000),
                                             .popularity = -1};
        status = ingest_track(ingest, &facts, &id, error);
    }
    return status;
}

/* Every PLAYLISTS-th track, so that tracks with adjacent numbers are in different playlists; repeats are allowed. */
static enum status add_playlists(struct ingest *ingest, struct error *error)
{
    enum status status = STATUS_OK;
    struct random random;
    random_seed(&random, TRACKS);
    for (int64_t p = 0; p < PLAYLISTS && status == STATUS_OK; p++) {
        int32_t tracks[OWN + COMMON];
        size_t count = 0;
        for (int64_t track = p; track < TRACKS; track += PLAYLISTS)
            tracks[count++] = (int32_t)(1 + track);
        for (int i = 0; i < COMMON; i++)
            tracks[count++] = (int32_t)exp(random_uniform(&random) * log(TRACKS));
        char text[32];
        const struct text name = text_of(text, "playlist", p);
        const struct playlist_metadata facts = {
            .key = name, .name = name, .modified = -1, .followers = -1, .edits = -1, .collaborative = -1};
        int64_t id;
        status = ingest_playlist(ingest, &facts, tracks, count, &id, error);
    }
    return status;
}

static enum status make_catalogue(const char *path, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct ingest *ingest = NULL;
    struct import_report report = {0};
    const struct import_file file = {.format = "generated", .name = "generated", .size = 0, .hash = ""};
    bool known = false;
    enum status status = catalogue_open(path, CATALOGUE_CREATE, &catalogue, error);
    if (status == STATUS_OK)
        status = ingest_open(catalogue, &report, &ingest, error);
    if (status == STATUS_OK)
        status = ingest_begin(ingest, &file, &known, error);
    if (status == STATUS_OK)
        status = add_tracks(ingest, error);
    if (status == STATUS_OK)
        status = add_playlists(ingest, error);
    if (status == STATUS_OK)
        status = ingest_commit(ingest, &file, error);
    else if (ingest)
        ingest_rollback(ingest);
    ingest_close(ingest);
    const struct split_options drawn = {.test = EVALUATED, .validation = EVALUATED, .seed = 1};
    struct split_counts counts;
    if (status == STATUS_OK)
        status = split_make(catalogue, &drawn, &counts, error);
    catalogue_close(catalogue);
    return status;
}

/* Trains in another process; returns its peak of anonymous memory and its peak of all memory, in bytes. */
static enum status watch(const char *path, const struct subject *subject, int threads, double *own, double *all,
                         struct error *error)
{
    char program[4096], text[16];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size <= 0)
        return error_set(error, STATUS_FAILED, "the program cannot find its own path in /proc");
    program[size] = '\0';
    snprintf(text, sizeof text, "%d", threads);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        execl(program, program, "-C", path, "--threads", text, "--quiet", "train", subject->kind, "--name", "bench",
              "--preset", "mpd", "--set", subject->setting, (char *)NULL);
        _Exit(127);
    }
    if (child < 0)
        return error_set(error, STATUS_FAILED, "no process can be started");
    *own = *all = 0;
    int state = 0;
    enum status status = STATUS_OK;
    while (waitpid(child, &state, WNOHANG) == 0) {
        *own = fmax(*own, memory_usage_bytes(child, "RssAnon"));
        *all = fmax(*all, memory_usage_bytes(child, "VmHWM"));
        if (status == STATUS_OK && (status = bench_check_interrupted(error)) != STATUS_OK)
            kill(child, SIGINT);
        nanosleep(&(struct timespec){.tv_nsec = MILLISECONDS_BETWEEN_SAMPLES * 1000000L}, NULL);
    }
    if (status == STATUS_OK && !(WIFEXITED(state) && WEXITSTATUS(state) == 0))
        status = error_set(error, STATUS_FAILED, "the training of the benchmark's %s failed", subject->kind);
    return status;
}

static enum status measure(struct bench *bench, const char *path, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects && status == STATUS_OK; i++) {
        const struct subject *subject = &subjects[i];
        double own, all, tables = (double)(subject->rows * subject->copies * FACTORS) * sizeof(float);
        status = watch(path, subject, pool_threads(bench->pool), &own, &all, error);
        if (status != STATUS_OK)
            break;
        own /= 1e6, all /= 1e6;
        char name[64];
        snprintf(name, sizeof name, "memory-%s", subject->kind);
        struct bench_row row = bench_row_make(name, TRACKS, "MB", &own, 1, tables / 1e6, false);
        status = bench_print(bench, &row, error);
        snprintf(name, sizeof name, "memory-%s, files too", subject->kind);
        row = bench_row_make(name, TRACKS, "MB", &all, 1, NAN, false);
        if (status == STATUS_OK)
            status = bench_print(bench, &row, error);
    }
    return status;
}

static void clear(const char *folder)
{
    static const char *const names[] = {"bench.data/models/bench.safetensors",
                                        "bench.data/models/bench.safetensors.new",
                                        "bench.data/models/bench.safetensors.new.checkpoint",
                                        "bench.data/models",
                                        "bench.data",
                                        "bench.db-wal",
                                        "bench.db-shm",
                                        "bench.db",
                                        ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[192];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (unlink(path) != 0)
            rmdir(path);
    }
}

enum status bench_memory(struct bench *bench, struct error *error)
{
    char folder[64], path[128];
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/sleeve-bench-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(folder))
        return error_set(error, STATUS_FAILED,
                         "no folder could be made for the benchmark; set TMPDIR to one that may be written");
    snprintf(path, sizeof path, "%s/bench.db", folder);
    enum status status = make_catalogue(path, error);
    if (status == STATUS_OK)
        status = measure(bench, path, error);
    clear(folder);
    return status;
}
