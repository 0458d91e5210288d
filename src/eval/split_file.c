#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/file.h"
#include "eval/rows.h"
#include "eval/split.h"

/* A split as a table that people and other programs can read. */

struct reading {
    struct catalogue *catalogue;
    const struct interactions *playlists;
    uint8_t *sets; /* 0: not in the file yet */
    int32_t *seeds;
    int64_t (*order)[2]; /* playlist id, index; sorted */
    bool *cold;          /* [n_tracks] */
    int columns[3];      /* playlist, set, seeds */
    long long rows, n_cold;
};

static const char cold_name[] = "cold"; /* the set of a track */

static int by_id(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Finds the columns; returns whether the row is a header. */
static enum status take_header(struct reading *reading, const struct table_record *row, bool *header,
                               struct error *error)
{
    int *const columns = reading->columns;
    static const char *const names[3] = {"playlist", "set", "seeds"};
    int found = 0;
    for (int i = 0; i < 3; i++) {
        columns[i] = rows_column(row, names[i]);
        found += columns[i] >= 0;
        if (columns[i] == -2)
            return error_set(error, STATUS_BAD_DATA, "two columns are called %s", names[i]);
    }
    *header = found == 3;
    if (found == 3)
        return STATUS_OK;
    for (int i = 0; i < 3; i++)
        columns[i] = i;
    if (row->n_fields != 3 || (!split_set_named(row->fields[1]) && strcmp(row->fields[1], cold_name) != 0))
        return error_set(error, STATUS_BAD_DATA,
                         "a row needs a playlist, a set and the number of seeds, with tabs between, and the header "
                         "names them playlist, set and seeds");
    return STATUS_OK;
}

/* The index of the playlist among those of the catalogue. */
static enum status find_playlist(struct reading *reading, const struct table_record *row, int64_t *index,
                                 struct error *error)
{
    int64_t id = 0;
    int column = reading->columns[0];
    if (row->sizes[column] == 0)
        return error_set(error, STATUS_BAD_DATA, "the name of the playlist is empty");
    enum status status = rows_playlist_find(reading->catalogue, row, column, &id, error);
    if (status != STATUS_OK)
        return status;
    const int64_t(*found)[2] =
        id ? bsearch(&id, reading->order, (size_t)reading->playlists->n_playlists, sizeof *reading->order, by_id)
           : NULL;
    if (!found)
        return error_set(error, STATUS_BAD_DATA, "the catalogue has no playlist \"%.200s\"", row->fields[column]);
    *index = (*found)[1];
    return STATUS_OK;
}

static enum status take_cold(struct reading *reading, const struct table_record *row, struct error *error)
{
    int64_t id = 0;
    int column = reading->columns[0];
    const char *seeds = row->fields[reading->columns[2]];
    if (strcmp(seeds, "0") != 0)
        return error_set(error, STATUS_BAD_DATA, "a cold track has 0 seeds, not \"%.40s\"", seeds);
    enum status status = rows_track_find(reading->catalogue, row, column, &id, error);
    if (status != STATUS_OK)
        return status;
    if (id < 1 || id > reading->playlists->n_tracks)
        return error_set(error, STATUS_BAD_DATA, "the catalogue has no track \"%.200s\"", row->fields[column]);
    if (reading->cold[id - 1])
        return error_set(error, STATUS_BAD_DATA, "track \"%.200s\" is named twice", row->fields[column]);
    reading->cold[id - 1] = true;
    reading->n_cold++;
    return STATUS_OK;
}

static enum status take_row(void *context, const struct table_record *row, bool first, char delimiter,
                            struct error *error)
{
    (void)delimiter;
    struct reading *reading = context;
    enum split_set set;
    int seeds;
    int64_t index = 0;
    bool header = false;
    enum status status = first ? take_header(reading, row, &header, error) : STATUS_OK;
    if (status != STATUS_OK || header)
        return status;
    reading->rows++;
    if (strcmp(row->fields[reading->columns[1]], cold_name) == 0)
        return take_cold(reading, row, error);
    status = split_parse(row->fields[reading->columns[1]], row->fields[reading->columns[2]], &set, &seeds, error);
    if (status == STATUS_OK)
        status = find_playlist(reading, row, &index, error);
    if (status != STATUS_OK)
        return status;
    const char *key = row->fields[reading->columns[0]];
    int64_t length = reading->playlists->starts[index + 1] - reading->playlists->starts[index];
    if (reading->sets[index])
        return error_set(error, STATUS_BAD_DATA, "playlist \"%.200s\" is named twice", key);
    if (seeds >= length && set != SPLIT_TRAIN)
        return error_set(error, STATUS_BAD_DATA, "playlist \"%.200s\" has %lld distinct tracks: too few for %d seeds",
                         key, (long long)length, seeds);
    reading->sets[index] = (uint8_t)set;
    reading->seeds[index] = seeds;
    return STATUS_OK;
}

static char *describe(const struct split_options *options)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    json_object_begin(&json);
    json_pair_bool(&json, "imported", true);
    if (options && (options->cold.after || options->cold.share != 0)) {
        json_pair_integer(&json, "seed", (int64_t)options->seed);
        split_cold_describe(&options->cold, &json);
    }
    json_object_end(&json);
    if (!text.failed)
        return text.data;
    buffer_free(&text);
    return NULL;
}

static void count(struct reading *reading, struct split_counts *counts)
{
    *counts = (struct split_counts){0};
    for (int64_t i = 0; i < reading->playlists->n_playlists; i++) {
        if (!reading->sets[i])
            reading->sets[i] = SPLIT_TRAIN;
        enum split_set set = (enum split_set)reading->sets[i];
        counts->candidates += reading->playlists->starts[i + 1] - reading->playlists->starts[i] > SPLIT_MORE_THAN;
        counts->train += set == SPLIT_TRAIN;
        counts->validation += set == SPLIT_VALIDATION;
        counts->test += set == SPLIT_TEST;
    }
}

static enum status store(struct reading *reading, const char *path, const struct split_options *options,
                         struct split_counts *counts, struct error *error)
{
    static const struct split_options none = {0};
    const struct split_options *chosen = options ? options : &none;
    if (reading->n_cold > 0 && (chosen->cold.after || chosen->cold.share != 0))
        return error_set(error, STATUS_USAGE, "%s names cold tracks itself, so no others can be chosen", path);
    char *description = describe(options);
    enum status status = description ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = split_cold_choose(reading->catalogue, &chosen->cold, chosen->seed, reading->playlists->n_tracks,
                                   reading->cold, error);
    count(reading, counts);
    if (status == STATUS_OK)
        status = split_store(reading->catalogue, reading->playlists, reading->sets, reading->seeds, reading->cold,
                             description, counts, error);
    free(description);
    return status;
}

enum status split_import(struct catalogue *catalogue, const char *path, const struct split_options *options,
                         struct split_counts *counts, struct error *error)
{
    struct interactions playlists = {0};
    enum status status = catalogue_interactions_load(catalogue, SPLIT_ALL | SPLIT_WITH_COLD, &playlists, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)playlists.n_playlists;
    struct reading reading = {.catalogue = catalogue,
                              .playlists = &playlists,
                              .sets = calloc(n + 1, 1),
                              .seeds = calloc(n + 1, sizeof(int32_t)),
                              .cold = calloc((size_t)playlists.n_tracks + 1, sizeof(bool)),
                              .order = malloc((n + 1) * sizeof *reading.order)};
    if (!reading.sets || !reading.seeds || !reading.cold || !reading.order)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        reading.order[i][0] = playlists.playlist_ids[i];
        reading.order[i][1] = (int64_t)i;
    }
    if (status == STATUS_OK) {
        qsort(reading.order, n, sizeof *reading.order, by_id);
        status = rows_read(path, take_row, &reading, NULL, error);
    }
    if (status == STATUS_OK && reading.rows == 0)
        status = error_set(error, STATUS_BAD_DATA, "%s holds no split: a header and a row for each playlist are needed",
                           path);
    if (status == STATUS_OK)
        status = store(&reading, path, options, counts, error);
    free(reading.sets);
    free(reading.seeds);
    free(reading.cold);
    free(reading.order);
    interactions_free(&playlists);
    return status;
}

/* ---- writing ---- */

static enum status write_row(FILE *out, struct buffer *row, const char *key, const char *set, int seeds,
                             struct error *error)
{
    buffer_clear(row);
    table_add_field(row, key, strlen(key), '\t');
    buffer_printf(row, "\t%s\t%d\n", set, seeds);
    if (row->failed)
        return error_no_memory(error);
    fwrite(row->data, 1, row->size, out); /* errors are reported by the commit */
    return STATUS_OK;
}

static enum status write_playlists(struct catalogue *catalogue, const struct interactions *sets, FILE *out,
                                   struct error *error)
{
    struct playlist_list keys = {0};
    struct buffer row = {0};
    enum status status = catalogue_playlists_read(catalogue, false, 0, 0, &keys, error);
    size_t k = 0;
    /* Both lists are ordered by number. */
    for (int64_t i = 0; status == STATUS_OK && i < sets->n_playlists; i++) {
        while (k < keys.count && keys.items[k].id < sets->playlist_ids[i])
            k++;
        if (k == keys.count || keys.items[k].id != sets->playlist_ids[i])
            continue;
        status = write_row(out, &row, keys.items[k].key, split_set_name((enum split_set)sets->sets[i]), sets->seeds[i],
                           error);
    }
    buffer_free(&row);
    playlist_list_free(&keys);
    return status;
}

static enum status write_cold(struct catalogue *catalogue, int64_t n_tracks, FILE *out, struct error *error)
{
    enum { AT_ONCE = 8192 };
    int64_t ids[AT_ONCE], n_cold = 0;
    int32_t *cold = NULL;
    struct buffer row = {0};
    enum status status = catalogue_split_cold(catalogue, n_tracks, &cold, &n_cold, error);
    for (int64_t first = 0; status == STATUS_OK && first < n_cold; first += AT_ONCE) {
        struct track_list tracks = {0};
        size_t some = n_cold - first < AT_ONCE ? (size_t)(n_cold - first) : AT_ONCE;
        for (size_t i = 0; i < some; i++)
            ids[i] = (int64_t)cold[first + (int64_t)i] + 1;
        status = catalogue_tracks_read(catalogue, ids, some, &tracks, error);
        for (size_t i = 0; status == STATUS_OK && i < some; i++)
            status = write_row(out, &row, tracks.items[i].key, cold_name, 0, error);
        track_list_free(&tracks);
    }
    buffer_free(&row);
    free(cold);
    return status;
}

enum status split_export(struct catalogue *catalogue, const char *path, struct error *error)
{
    struct interactions sets = {0};
    struct atomic_file file = {0};
    bool has = false;
    enum status status = catalogue_has_split(catalogue, &has, error);
    if (status == STATUS_OK && !has)
        status = error_set(error, STATUS_FAILED, "there is no split yet: make one with `sleeve split`");
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, SPLIT_ALL | SPLIT_WITH_COLD, &sets, error);
    if (status == STATUS_OK)
        status = atomic_file_open(path, &file, error);
    if (status == STATUS_OK) {
        fputs("playlist\tset\tseeds\n", file.stream);
        status = write_playlists(catalogue, &sets, file.stream, error);
        if (status == STATUS_OK)
            status = write_cold(catalogue, sets.n_tracks, file.stream, error);
        if (status == STATUS_OK)
            status = atomic_file_commit(&file, error);
        atomic_file_abort(&file);
    }
    interactions_free(&sets);
    return status;
}
