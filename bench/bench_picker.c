#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/buffer.h"
#include "core/clock.h"
#include "core/random.h"
#include "ui/fuzzy.h"

/* As many playlist names as the Million Playlist Dataset has, made of the words that occur most in such names. */
enum { N_NAMES = 1000000, FILTERS_MAX = 4096, PEER_RUNS = 5 };

static const char *const words[] = {
    "country",      "chill",        "rap",      "workout",   "summer",      "christmas",
    "party",        "rock",         "music",    "throwback", "jams",        "vibes",
    "good",         "new",          "old",      "road trip", "indie",       "sleep",
    "gym",          "disney",       "oldies",   "dance",     "edm",         "worship",
    "feels",        "happy",        "running",  "hip hop",   "r&b",         "classics",
    "love",         "songs",        "90s",      "80s",       "2017",        "2016",
    "spring",       "fall",         "winter",   "morning",   "night",       "drive",
    "study",        "mix",          "playlist", "my",        "the",         "best",
    "for",          "sad",          "lit",      "Latino",    "Caf\xc3\xa9", "Reggaet\xc3\xb3n",
    "Queen",        "Acoustic",     "Wedding",  "Shower",    "Car",         "Kids",
    "\xe5\xa4\x9c", "\xe2\x9d\xa4", "Piano",    "Electro",   "House",       "Trap",
    "Metal",        "Punk",         "Jazz",     "Blues",     "Bachata",     "Salsa",
    "Banda",        "Kpop",         "Anime",    "Broadway",  "Hamilton",    "Movie",
    "Game",         "Focus",
};
static const char *const queries[] = {
    "chill",           "summer 2017", "workout",   "rp",          "lovesongs", "road trip",
    "christmas party", "zz",          "my best",   "cafe",        "E",         "Latino night",
    "90s rock",        "hiphop",      "reggaeton", "sleep piano", "a",         "wedding dance",
    "throwback jams",  "kpop",
};
enum { WORDS = sizeof words / sizeof words[0], QUERIES = sizeof queries / sizeof queries[0] };

struct names {
    struct fuzzy_list list;
    struct buffer lines; /* the same, for the peer */
    double prepare;      /* seconds */
};

enum { NAME_MAX_SIZE = 128 };

static void make_name(struct random *random, char name[NAME_MAX_SIZE])
{
    int used = 0;
    for (uint64_t n = 1 + random_below(random, 4); n > 0; n--)
        used += snprintf(name + used, NAME_MAX_SIZE - (size_t)used, "%s%s", used > 0 ? " " : "",
                         words[random_below(random, WORDS)]);
    if (random_below(random, 3) == 0)
        snprintf(name + used, NAME_MAX_SIZE - (size_t)used, " %d", (int)random_below(random, 2018));
}

static enum status make_names(struct names *names, struct error *error)
{
    struct random random;
    random_seed(&random, 1000000);
    for (int i = 0; i < N_NAMES; i++) {
        char name[NAME_MAX_SIZE];
        make_name(&random, name);
        double start = clock_seconds();
        if (!fuzzy_list_add(&names->list, name))
            return error_no_memory(error);
        names->prepare += clock_seconds() - start;
        buffer_add_text(&names->lines, name);
        buffer_add_byte(&names->lines, '\n');
    }
    return names->lines.failed ? error_no_memory(error) : STATUS_OK;
}

/* Every query typed character by character. When `narrowing`, each filter starts from what the previous one left, as in
 * the explorer. */
static enum status filter_all(struct bench *bench, const struct names *names, bool narrowing, double *milliseconds,
                              size_t *count, struct error *error)
{
    enum status status = STATUS_OK;
    *count = 0;
    for (int q = 0; q < QUERIES; q++) {
        struct fuzzy_found left = {0}, found;
        for (size_t size = 1; status == STATUS_OK && size <= strlen(queries[q]) && *count < FILTERS_MAX; size++) {
            char typed[64] = "";
            struct fuzzy_pattern pattern;
            memcpy(typed, queries[q], size);
            double start = clock_seconds();
            fuzzy_pattern_set(&pattern, typed);
            status = fuzzy_filter(&names->list, &pattern, narrowing && size > 1 ? &left : NULL, bench->pool, NULL,
                                  &found, error);
            milliseconds[(*count)++] = 1e3 * (clock_seconds() - start);
            fuzzy_found_free(&left);
            left = found;
        }
        fuzzy_found_free(&left);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status measure(struct bench *bench, const struct names *names, struct error *error)
{
    static const char *const rows[] = {"picker, whole pattern", "picker while typing"};
    double *milliseconds = malloc(FILTERS_MAX * sizeof *milliseconds);
    double limit =
        1e3 * (double)names->list.size / bench_read_bandwidth(bench->pool, names->list.bytes, names->list.size);
    enum status status = milliseconds ? STATUS_OK : error_no_memory(error);
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        size_t count;
        status = filter_all(bench, names, i == 1, milliseconds, &count, error);
        if (status != STATUS_OK)
            break;
        struct bench_row row = bench_row_make(rows[i], N_NAMES, "ms", milliseconds, count, limit, false);
        status = bench_print(bench, &row, error);
    }
    free(milliseconds);
    return status;
}

static bool write_lines(const char *path, const struct buffer *lines)
{
    FILE *file = fopen(path, "w");
    bool good = file && fwrite(lines->data, 1, lines->size, file) == lines->size;
    return file ? fclose(file) == 0 && good : false;
}

/* fzf starts again for each pattern, so its times include reading the names. */
static enum status measure_peer(struct bench *bench, const struct names *names, const char *path, struct error *error)
{
    double milliseconds[QUERIES * PEER_RUNS];
    size_t count = 0;
    if (system("command -v fzf >/dev/null 2>&1") != 0 || !write_lines(path, &names->lines))
        return STATUS_OK;
    for (int run = 0; run < PEER_RUNS; run++)
        for (int q = 0; q < QUERIES; q++) {
            char command[256];
            snprintf(command, sizeof command, "fzf --filter '%s' < %s > /dev/null 2>&1", queries[q], path);
            double start = clock_seconds();
            int code = system(command);
            milliseconds[count++] = 1e3 * (clock_seconds() - start);
            enum status status = bench_check_interrupted(error);
            if (status != STATUS_OK || code == -1)
                return status;
        }
    struct bench_row row = bench_row_make("fzf --filter, with start", N_NAMES, "ms", milliseconds, count, NAN, false);
    return bench_print(bench, &row, error);
}

static enum status run_peer(struct bench *bench, const struct names *names, struct error *error)
{
    char path[] = "/tmp/sleeve-bench-XXXXXX";
    int file = mkstemp(path);
    if (file < 0)
        return error_set(error, STATUS_FAILED, "no temporary file can be made in /tmp");
    close(file);
    enum status status = measure_peer(bench, names, path, error);
    unlink(path);
    return status;
}

enum status bench_picker(struct bench *bench, struct error *error)
{
    struct names names = {0};
    enum status status = make_names(&names, error);
    double prepare = 1e3 * names.prepare;
    struct bench_row row = bench_row_make("picker, preparing names", N_NAMES, "ms", &prepare, 1, NAN, false);
    if (status == STATUS_OK)
        status = bench_print(bench, &row, error);
    if (status == STATUS_OK)
        status = measure(bench, &names, error);
    if (status == STATUS_OK)
        status = run_peer(bench, &names, error);
    fuzzy_list_free(&names.list);
    buffer_free(&names.lines);
    return status;
}
