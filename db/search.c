#include "db/search.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/file.h"
#include "core/log.h"
#include "db/database.h"
#include "db/search_text.h"

struct search_index {
    struct mapped_file file;
    struct buffer memory; /* where the file could not be used */
    struct search_text text;
    struct search_engine *engine;
};

static enum status read_state(struct catalogue *catalogue, struct search_state *state, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "SELECT generation, hash_a, hash_b, (SELECT ifnull(max(id), 0) FROM tracks) "
                                          "FROM state WHERE id = 1",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    bool row;
    status = database_step_row(catalogue, statement, &row, "read its state", error);
    *state = (struct search_state){0};
    if (status == STATUS_OK && row)
        *state = (struct search_state){
            .n_tracks = sqlite3_column_int64(statement, 3),
            .generation = sqlite3_column_int64(statement, 0),
            .keys = {(uint64_t)sqlite3_column_int64(statement, 1), (uint64_t)sqlite3_column_int64(statement, 2)},
        };
    sqlite3_finalize(statement);
    return status;
}

static void add_artist(sqlite3_stmt *row, struct search_builder *builder)
{
    const char *name = database_column_text(row, 0);
    search_builder_artist(builder, name, (size_t)sqlite3_column_bytes(row, 0));
}

static void add_album(sqlite3_stmt *row, struct search_builder *builder)
{
    const char *title = database_column_text(row, 0);
    search_builder_album(builder, title, (size_t)sqlite3_column_bytes(row, 0));
}

static void add_track(sqlite3_stmt *row, struct search_builder *builder)
{
    const char *title = database_column_text(row, 0);
    search_builder_track(builder, title, (size_t)sqlite3_column_bytes(row, 0), sqlite3_column_int64(row, 1),
                         sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4));
}

static enum status add_rows(struct catalogue *catalogue, const char *sql,
                            void (*add)(sqlite3_stmt *row, struct search_builder *builder),
                            struct search_builder *builder, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    for (bool row = true; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, statement, &row, "read the names for the search index", error);
        if (status == STATUS_OK && row)
            add(statement, builder);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status read_catalogue(struct catalogue *catalogue, struct search_builder *builder,
                                  struct search_state *state, struct error *error)
{
    enum status status = read_state(catalogue, state, error);
    if (status == STATUS_OK)
        status = add_rows(catalogue, "SELECT name FROM artists ORDER BY id", add_artist, builder, error);
    if (status == STATUS_OK)
        status = add_rows(catalogue, "SELECT title FROM albums ORDER BY id", add_album, builder, error);
    if (status == STATUS_OK)
        status = add_rows(catalogue,
                          "SELECT t.title, t.artist_id, t.album_id, ifnull(c.n_playlists, 0), ifnull(t.popularity, -1) "
                          "FROM tracks t LEFT JOIN track_counts c ON c.track_id = t.id ORDER BY t.id",
                          add_track, builder, error);
    return status;
}

/* Appends an index of the catalogue. A savepoint makes all reads see one state, whether or not the caller has a
 * transaction. */
static enum status make_index(struct catalogue *catalogue, struct pool *pool, struct buffer *out, struct error *error)
{
    struct search_builder builder = {0};
    struct search_state state;
    enum status status = database_run(catalogue, "SAVEPOINT search_index", error);
    if (status != STATUS_OK)
        return status;
    status = read_catalogue(catalogue, &builder, &state, error);
    enum status released = database_run(catalogue, "RELEASE search_index", status == STATUS_OK ? error : NULL);
    if (status == STATUS_OK)
        status = released;
    if (status == STATUS_OK)
        status = search_builder_finish(&builder, &state, pool, out, error);
    search_builder_free(&builder);
    return status;
}

static enum status index_path(struct catalogue *catalogue, struct buffer *path, struct error *error)
{
    catalogue_sidecar(catalogue, "search.index", path);
    return path->failed ? error_no_memory(error) : STATUS_OK;
}

static enum status write_index(struct catalogue *catalogue, const struct buffer *index, struct error *error)
{
    struct buffer folder = {0};
    struct buffer path = {0};
    catalogue_sidecar(catalogue, "", &folder);
    enum status status = folder.failed ? error_no_memory(error) : folder_make(folder.data, error);
    if (status == STATUS_OK)
        status = index_path(catalogue, &path, error);
    if (status == STATUS_OK)
        status = atomic_file_write_private(path.data, index, error);
    buffer_free(&folder);
    buffer_free(&path);
    return status;
}

enum status search_index_build(struct catalogue *catalogue, struct pool *pool, struct error *error)
{
    struct buffer index = {0};
    enum status status = make_index(catalogue, pool, &index, error);
    if (status == STATUS_OK)
        status = write_index(catalogue, &index, error);
    buffer_free(&index);
    return status;
}

static bool is_same_state(const struct search_state *a, const struct search_state *b)
{
    return a->n_tracks == b->n_tracks && a->generation == b->generation && a->keys[0] == b->keys[0] &&
           a->keys[1] == b->keys[1];
}

/* False when there is no usable file. */
static bool map_index(struct search_index *index, const char *path, const struct search_state *state)
{
    if (!file_exists(path) || mapped_file_open(path, &index->file, NULL) != STATUS_OK)
        return false;
    if (search_text_parse(index->file.bytes, index->file.size, path, &index->text, NULL) == STATUS_OK &&
        is_same_state(&index->text.state, state)) {
        madvise((void *)(uintptr_t)index->file.bytes, index->file.size, MADV_WILLNEED);
        return true;
    }
    mapped_file_close(&index->file);
    return false;
}

static enum status make_in_memory(struct search_index *index, struct catalogue *catalogue, struct pool *pool,
                                  const char *path, struct error *error)
{
    enum status status = make_index(catalogue, pool, &index->memory, error);
    if (status != STATUS_OK)
        return status;
    struct error unwritten;
    if (write_index(catalogue, &index->memory, &unwritten) != STATUS_OK)
        log_message(LOG_DEBUG, "the search index stays in memory: %s", unwritten.text);
    return search_text_parse(index->memory.data, index->memory.size, path, &index->text, error);
}

enum status search_index_open(struct catalogue *catalogue, struct pool *pool, struct search_index **out,
                              struct error *error)
{
    *out = NULL;
    struct search_state state;
    struct buffer path = {0};
    struct search_index *index = calloc(1, sizeof *index);
    enum status status = index ? index_path(catalogue, &path, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = read_state(catalogue, &state, error);
    if (status == STATUS_OK && !map_index(index, path.data, &state))
        status = make_in_memory(index, catalogue, pool, path.data, error);
    if (status == STATUS_OK)
        status = search_engine_create(&index->text, pool, &index->engine, error);
    buffer_free(&path);
    if (status != STATUS_OK) {
        search_index_close(index);
        return status;
    }
    *out = index;
    return STATUS_OK;
}

enum status search_index_check(struct catalogue *catalogue, struct error *error)
{
    struct search_state state;
    struct mapped_file file = {0};
    struct search_text text = {0};
    struct buffer path = {0};
    enum status status = index_path(catalogue, &path, error);
    if (status == STATUS_OK)
        status = read_state(catalogue, &state, error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_FAILED, "%s is missing", path.data);
    if (status == STATUS_OK)
        status = mapped_file_open(path.data, &file, error);
    if (status == STATUS_OK)
        status = search_text_parse(file.bytes, file.size, path.data, &text, error);
    if (status == STATUS_OK && !is_same_state(&text.state, &state))
        status = error_set(error, STATUS_FAILED, "%s is of another state of the catalogue", path.data);
    mapped_file_close(&file);
    buffer_free(&path);
    return status;
}

void search_index_close(struct search_index *index)
{
    if (!index)
        return;
    search_engine_destroy(index->engine);
    mapped_file_close(&index->file);
    buffer_free(&index->memory);
    free(index);
}

enum status search_index_query(struct search_index *index, const char *text, size_t limit, int64_t *ids, size_t *count,
                               int64_t *total, const atomic_bool *cancel, struct error *error)
{
    return search_engine_query(index->engine, text, limit, ids, count, total, cancel, error);
}

enum status search_index_query_filtered(struct search_index *index, const char *text,
                                        const struct search_filter *filter, size_t limit, int64_t *ids, size_t *count,
                                        int64_t *total, const atomic_bool *cancel, struct error *error)
{
    return search_engine_query_filtered(index->engine, text, filter, limit, ids, count, total, cancel, error);
}
