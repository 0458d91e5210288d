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
    int columns[3];      /* playlist, set, seeds */
    long long rows;
};

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
    if (row->n_fields != 3 || !split_set_named(row->fields[1]))
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
    if (!reading.sets || !reading.seeds || !reading.order)
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
        status = store(&reading, counts, error);
    free(reading.sets);
    free(reading.seeds);
    free(reading.order);
    interactions_free(&playlists);
    return status;
}

static enum status write_row(FILE *out, struct buffer *row, const char *key, enum split_set set, int seeds,
                             struct error *error)
{
    buffer_clear(row);
    table_add_field(row, key, strlen(key), '\t');
    buffer_printf(row, "\t%s\t%d\n", split_set_name(set), seeds);
    if (row->failed)
        return error_no_memory(error);
    fwrite(row->data, 1, row->size, out); /* errors are reported by the commit */
    return STATUS_OK;
}

enum status split_export(struct catalogue *catalogue, const char *path, struct error *error)
{
    struct interactions sets = {0};
    struct playlist_list keys = {0};
    struct atomic_file file = {0};
    struct buffer row = {0};
    bool has = false;
    enum status status = catalogue_has_split(catalogue, &has, error);
    if (status == STATUS_OK && !has)
        status = error_set(error, STATUS_FAILED, "there is no split yet: make one with `sleeve split`");
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, SPLIT_TRAIN | SPLIT_VALIDATION | SPLIT_TEST, &sets, error);
    if (status == STATUS_OK)
        status = catalogue_playlists_read(catalogue, false, 0, 0, &keys, error);
    if (status == STATUS_OK)
        status = atomic_file_open(path, &file, error);
    if (status == STATUS_OK) {
        fputs("playlist\tset\tseeds\n", file.stream);
        size_t k = 0;
        /* Both lists are ordered by number. */
        for (int64_t i = 0; status == STATUS_OK && i < sets.n_playlists; i++) {
            while (k < keys.count && keys.items[k].id < sets.playlist_ids[i])
                k++;
            if (k == keys.count || keys.items[k].id != sets.playlist_ids[i])
                continue;
            status =
                write_row(file.stream, &row, keys.items[k].key, (enum split_set)sets.sets[i], sets.seeds[i], error);
        }
        if (status == STATUS_OK)
            status = atomic_file_commit(&file, error);
        atomic_file_abort(&file);
    }
    buffer_free(&row);
    playlist_list_free(&keys);
    interactions_free(&sets);
    return status;
}
