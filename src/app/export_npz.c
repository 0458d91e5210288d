/* Playlists and tracks as a sparse matrix of SciPy. */
#include <stdlib.h>
#include <string.h>

#include "app/export_files.h"
#include "app/export_playlists.h"
#include "core/compress.h"
#include "db/interactions.h"

/* ---- .npy (NumPy's format.py, version 1.0) ---- */

static void make_head(const char *type, const char *shape, struct buffer *head)
{
    enum { PREFIX = 10, ALIGNMENT = 64 };
    struct buffer text = {0};
    buffer_printf(&text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    while ((PREFIX + text.size + 1) % ALIGNMENT != 0 && !text.failed)
        buffer_add_byte(&text, ' ');
    buffer_add_byte(&text, '\n');
    buffer_add(head, "\x93NUMPY\x01\x00", 8);
    buffer_add_byte(head, (char)(text.size & 0xff));
    buffer_add_byte(head, (char)(text.size >> 8));
    buffer_add(head, text.data, text.size);
    head->failed |= text.failed;
    buffer_free(&text);
}

static enum status add_array(struct zip_writer *zip, const char *name, const char *type, const char *shape,
                             const void *values, size_t size, struct error *error)
{
    struct buffer head = {0};
    make_head(type, shape, &head);
    enum status status = head.failed ? error_no_memory(error) : zip_add(zip, name, &head, values, size, error);
    buffer_free(&head);
    return status;
}

/* ---- the matrix ---- */

struct cell {
    int32_t column, position;
};

static int by_column(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    return (x->column > y->column) - (x->column < y->column);
}

/* Columns ascending within a row, as SciPy's canonical format has them; values are positions from 1. */
static enum status sort_rows(const struct interactions *rows, int32_t *columns, int32_t *values, struct error *error)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < rows->n_playlists; i++)
        if (rows->starts[i + 1] - rows->starts[i] > longest)
            longest = rows->starts[i + 1] - rows->starts[i];
    struct cell *cells = calloc((size_t)longest + 1, sizeof *cells);
    if (!cells)
        return error_no_memory(error);
    for (int64_t i = 0; i < rows->n_playlists; i++) {
        const int64_t begin = rows->starts[i], count = rows->starts[i + 1] - begin;
        for (int64_t t = 0; t < count; t++)
            cells[t] = (struct cell){rows->tracks[begin + t], (int32_t)t + 1};
        qsort(cells, (size_t)count, sizeof *cells, by_column);
        for (int64_t t = 0; t < count; t++) {
            columns[begin + t] = cells[t].column;
            values[begin + t] = cells[t].position;
        }
    }
    free(cells);
    return STATUS_OK;
}

static enum status write_matrix(const struct interactions *rows, FILE *stream, struct error *error)
{
    const int64_t n = rows->starts[rows->n_playlists], shape[2] = {rows->n_playlists, rows->n_tracks};
    const size_t size = (size_t)n * sizeof(int32_t);
    struct zip_writer zip = {.stream = stream};
    int32_t *columns = malloc(size + sizeof *columns), *values = malloc(size + sizeof *values);
    char text[64], starts[64];
    snprintf(text, sizeof text, "(%lld,)", (long long)n);
    snprintf(starts, sizeof starts, "(%lld,)", (long long)rows->n_playlists + 1);
    enum status status = columns && values ? sort_rows(rows, columns, values, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = add_array(&zip, "indices.npy", "<i4", text, columns, size, error);
    if (status == STATUS_OK)
        status = add_array(&zip, "indptr.npy", "<i8", starts, rows->starts,
                           ((size_t)rows->n_playlists + 1) * sizeof *rows->starts, error);
    if (status == STATUS_OK)
        status = add_array(&zip, "format.npy", "|S3", "()", "csr", 3, error);
    if (status == STATUS_OK)
        status = add_array(&zip, "shape.npy", "<i8", "(2,)", shape, sizeof shape, error);
    if (status == STATUS_OK)
        status = add_array(&zip, "data.npy", "<i4", text, values, size, error);
    enum status ended = zip_end(&zip, status == STATUS_OK, error);
    free(columns);
    free(values);
    return status == STATUS_OK ? ended : status;
}

static enum status run(const struct export_work *work, struct error *error)
{
    struct interactions rows = {0};
    FILE *matrix = NULL, *playlists = NULL, *tracks = NULL;
    int sets;
    enum status status = export_sets(work->input->on, &sets, error);
    if (status == STATUS_OK)
        status = catalogue_interactions_load(work->catalogue, sets | SPLIT_WITH_COLD, &rows, error);
    if (status == STATUS_OK)
        status = export_files_add(work->files, "playlist_track.npz", &matrix, error);
    if (status == STATUS_OK)
        status = export_files_add(work->files, "playlists.tsv", &playlists, error);
    if (status == STATUS_OK)
        status = export_files_add(work->files, "tracks.tsv", &tracks, error);
    if (status == STATUS_OK)
        status = write_matrix(&rows, matrix, error);
    if (status == STATUS_OK)
        status = export_playlist_rows(work, rows.playlist_ids, (size_t)rows.n_playlists, playlists, error);
    if (status == STATUS_OK)
        status = export_track_rows(work, rows.n_tracks, tracks, error);
    if (status == STATUS_OK)
        buffer_printf(
            work->notes,
            "%lld playlists x %lld tracks, %lld entries; a value is the position in the playlist from 1, of a "
            "repeated track the first\n",
            (long long)rows.n_playlists, (long long)rows.n_tracks, (long long)rows.starts[rows.n_playlists]);
    interactions_free(&rows);
    return status;
}

const struct exporter exporter_npz = {
    .name = "npz",
    .extension = "/",
    .help =
        "all playlists as a sparse matrix (CSR) for scipy.sparse.load_npz: playlists x tracks, values are positions "
        "from 1.\nplaylists.tsv and tracks.tsv say what rows and columns are. --on train, val or test: only these.",
    .subject = EXPORT_CATALOGUE,
    .options = "on",
    .run = run,
};
