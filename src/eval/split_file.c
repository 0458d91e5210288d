#include <stdlib.h>

#include "core/file.h"
#include "eval/lines.h"
#include "eval/split.h"

/* A split as a TSV file that people and other programs can read. */

struct reading {
    struct catalogue *catalogue;
    const struct interactions *playlists;
    uint8_t *sets; /* 0: not named so far */
    int32_t *seeds;
    int64_t (*order)[2]; /* playlist id, place; sorted */
};

static int by_id(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static enum status take_line(void *context, char *line, size_t size, long long number, struct error *error)
{
    struct reading *reading = context;
    size_t key_size;
    enum split_set set;
    int seeds;
    int64_t id = 0;
    if (number == 1) /* the header */
        return STATUS_OK;
    enum status status = split_parse_line(line, size, &key_size, &set, &seeds, error);
    if (status != STATUS_OK)
        return status;
    line[key_size] = '\0';
    status = lines_playlist_find(reading->catalogue, line, &id, error);
    if (status != STATUS_OK)
        return status;
    const int64_t(*found)[2] =
        id ? bsearch(&id, reading->order, (size_t)reading->playlists->n_playlists, sizeof *reading->order, by_id)
           : NULL;
    if (!found)
        return error_set(error, STATUS_BAD_DATA, "the catalogue has no playlist \"%.200s\"", line);
    int64_t place = (*found)[1], length = reading->playlists->starts[place + 1] - reading->playlists->starts[place];
    if (reading->sets[place])
        return error_set(error, STATUS_BAD_DATA, "playlist \"%.200s\" is named twice", line);
    if (seeds >= length && set != SPLIT_TRAIN)
        return error_set(error, STATUS_BAD_DATA, "playlist \"%.200s\" has %lld distinct tracks: too few for %d seeds",
                         line, (long long)length, seeds);
    reading->sets[place] = (uint8_t)set;
    reading->seeds[place] = seeds;
    return STATUS_OK;
}

static enum status store(struct reading *reading, struct split_counts *counts, struct error *error)
{
    size_t n = (size_t)reading->playlists->n_playlists;
    struct split_row *rows = malloc((n + 1) * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    *counts = (struct split_counts){0};
    for (size_t i = 0; i < n; i++) {
        enum split_set set = reading->sets[i] ? (enum split_set)reading->sets[i] : SPLIT_TRAIN;
        rows[i] = (struct split_row){reading->playlists->playlist_ids[i], set, reading->seeds[i]};
        counts->candidates += reading->playlists->starts[i + 1] - reading->playlists->starts[i] > SPLIT_MORE_THAN;
        counts->train += set == SPLIT_TRAIN;
        counts->validation += set == SPLIT_VALIDATION;
        counts->test += set == SPLIT_TEST;
    }
    enum status status = catalogue_split_write(reading->catalogue, rows, n, "{\"imported\":true}", error);
    free(rows);
    return status;
}

enum status split_import(struct catalogue *catalogue, const char *path, struct split_counts *counts,
                         struct error *error)
{
    struct interactions playlists = {0};
    enum status status =
        catalogue_interactions_load(catalogue, SPLIT_TRAIN | SPLIT_VALIDATION | SPLIT_TEST, &playlists, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)playlists.n_playlists;
    struct reading reading = {.catalogue = catalogue,
                              .playlists = &playlists,
                              .sets = calloc(n + 1, 1),
                              .seeds = calloc(n + 1, sizeof(int32_t)),
                              .order = malloc((n + 1) * sizeof *reading.order)};
    long long lines = 0;
    if (!reading.sets || !reading.seeds || !reading.order)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        reading.order[i][0] = playlists.playlist_ids[i];
        reading.order[i][1] = (int64_t)i;
    }
    if (status == STATUS_OK) {
        qsort(reading.order, n, sizeof *reading.order, by_id);
        status = lines_read(path, take_line, &reading, &lines, error);
    }
    if (status == STATUS_OK && lines < 2)
        status =
            error_set(error, STATUS_BAD_DATA, "%s holds no split: a header and a line a playlist are needed.", path);
    if (status == STATUS_OK)
        status = store(&reading, counts, error);
    free(reading.sets);
    free(reading.seeds);
    free(reading.order);
    interactions_free(&playlists);
    return status;
}

/* The keys hold no tabs or line ends that would break the file: such bytes are written as spaces. */
static void write_key(FILE *out, const char *key)
{
    for (; *key; key++)
        fputc(*key == '\t' || *key == '\n' || *key == '\r' ? ' ' : *key, out);
}

enum status split_export(struct catalogue *catalogue, const char *path, struct error *error)
{
    struct interactions sets = {0};
    struct playlist_list keys = {0};
    struct atomic_file file = {0};
    bool has = false;
    enum status status = catalogue_has_split(catalogue, &has, error);
    if (status == STATUS_OK && !has)
        status = error_set(error, STATUS_FAILED, "There is no split yet: make one with `sleeve split`.");
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, SPLIT_TRAIN | SPLIT_VALIDATION | SPLIT_TEST, &sets, error);
    if (status == STATUS_OK)
        status = catalogue_playlists_read(catalogue, false, 0, 0, &keys, error);
    if (status == STATUS_OK)
        status = atomic_file_open(path, &file, error);
    if (status == STATUS_OK) {
        fputs("playlist\tset\tseeds\n", file.stream);
        size_t k = 0;
        /* Both are in number order. */
        for (int64_t i = 0; i < sets.n_playlists; i++) {
            while (k < keys.count && keys.items[k].id < sets.playlist_ids[i])
                k++;
            if (k == keys.count || keys.items[k].id != sets.playlist_ids[i])
                continue;
            write_key(file.stream, keys.items[k].key);
            fprintf(file.stream, "\t%s\t%d\n", split_set_name((enum split_set)sets.sets[i]), sets.seeds[i]);
        }
        status = atomic_file_commit(&file, error);
        atomic_file_abort(&file);
    }
    playlist_list_free(&keys);
    interactions_free(&sets);
    return status;
}
