#include "map/neighbours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

enum {
    CELL_ROWS = 1024, /* on average */
    PIECE_MAX = 2048, /* rows of a piece: larger cells are divided */
    NEAR_MAX = 64,    /* pieces that a row is compared with */
    NEAR_MIN = 8,
    ROUNDS = 4,      /* of k-means */
    PER_CENTRE = 48, /* rows of its sample for each centre */
    SAMPLE = 256,    /* rows whose nearest ones are found among all */
    AT_ONCE = 65536, /* rows that are assigned at once */
};

static const double WANTED = 0.98;

/* Consecutive rows of the order by cells. */
struct piece {
    int64_t first, count;
};

struct cells {
    struct compute *compute;
    int64_t n, d, k, n_cells, n_pieces;
    const float *x;
    struct progress *progress;
    float *centres;       /* [n_cells x d] */
    int32_t *cell_of;     /* [n] */
    int32_t *order;       /* [n] rows by cell */
    int32_t *piece_of;    /* [n] of the row */
    float *sorted;        /* [n x d] rows in that order */
    struct piece *pieces; /* [n_pieces] */
    int32_t *near;        /* [n_pieces x n_near] the nearest pieces of each, itself first */
    int64_t n_near;       /* of these */
    int64_t n_used;
    struct random random;
};

bool neighbours_can(const struct compute *compute)
{
    return compute->ops->nearest_between != NULL;
}

static void free_cells(struct cells *cells)
{
    free(cells->centres);
    free(cells->cell_of);
    free(cells->order);
    free(cells->piece_of);
    free(cells->sorted);
    free(cells->pieces);
    free(cells->near);
}

static enum status stop_if_asked(const struct cells *cells, struct error *error)
{
    if (progress_cancelled(cells->progress))
        return error_set(error, STATUS_INTERRUPTED,
                         "stopped while the nearest points were searched; nothing was written");
    return STATUS_OK;
}

/* The `count` nearest of x for each query, with host memory: ids and distances (may be NULL) [m x count]. */
static enum status search(const struct cells *cells, int64_t m, const float *queries, int64_t n, const float *x,
                          int64_t count, int32_t *ids, float *distances, struct error *error)
{
    const struct compute_ops *ops = cells->compute->ops;
    struct compute_device *device = cells->compute->device;
    struct compute_stream *stream = cells->compute->stream;
    const int64_t d = cells->d;
    const size_t row = (size_t)d * sizeof(float), pairs = (size_t)(m * count);
    struct compute_buffer *buffers[5] = {NULL};
    enum status status = ops->buffer_wrap(device, queries, row * (size_t)m, &buffers[0], error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(device, x, row * (size_t)n, &buffers[1], error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, pairs * sizeof(int32_t), &buffers[2], error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, pairs * sizeof(float), &buffers[3], error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, ops->nearest_between_scratch(device, m, n, d, count), &buffers[4], error);
    struct compute_slice slices[5];
    for (int i = 0; i < 5; i++)
        slices[i] = (struct compute_slice){buffers[i], 0};
    if (status == STATUS_OK)
        status =
            ops->nearest_between(stream, m, n, d, count, slices[0], slices[1], slices[2], slices[3], slices[4], error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, buffers[2], 0, ids, pairs * sizeof *ids, error);
    if (status == STATUS_OK && distances)
        status = ops->buffer_read(stream, buffers[3], 0, distances, pairs * sizeof *distances, error);
    for (int i = 0; i < 5; i++)
        ops->buffer_destroy(buffers[i]);
    return status;
}

/* ---- cells --------------------------------------------------------------------------------------------------- */

/* `count` rows of x, one from each of as many equal parts. */
static void draw_rows(struct cells *cells, int64_t count, int32_t *rows, float *values)
{
    for (int64_t i = 0; i < count; i++) {
        const int64_t first = cells->n * i / count, end = cells->n * (i + 1) / count;
        rows[i] = (int32_t)(first + (int64_t)random_below(&cells->random, (uint64_t)(end - first)));
        memcpy(values + i * cells->d, cells->x + rows[i] * cells->d, (size_t)cells->d * sizeof *values);
    }
}

/* Moves each centre to the mean of the sampled rows that are nearest to it. */
static enum status move_centres(struct cells *cells, int64_t m, const float *sample, int32_t *nearest, double *sums,
                                int64_t *counts, struct error *error)
{
    const int64_t d = cells->d;
    enum status status = search(cells, m, sample, cells->n_cells, cells->centres, 1, nearest, NULL, error);
    if (status != STATUS_OK)
        return status;
    memset(sums, 0, (size_t)(cells->n_cells * d) * sizeof *sums);
    memset(counts, 0, (size_t)cells->n_cells * sizeof *counts);
    for (int64_t i = 0; i < m; i++) {
        counts[nearest[i]]++;
        for (int64_t j = 0; j < d; j++)
            sums[nearest[i] * d + j] += (double)sample[i * d + j];
    }
    for (int64_t c = 0; c < cells->n_cells; c++)
        for (int64_t j = 0; j < d && counts[c] > 0; j++)
            cells->centres[c * d + j] = (float)(sums[c * d + j] / (double)counts[c]);
    return STATUS_OK;
}

static enum status find_centres(struct cells *cells, struct error *error)
{
    const int64_t d = cells->d, wanted = cells->n_cells * PER_CENTRE, m = wanted < cells->n ? wanted : cells->n;
    cells->centres = malloc((size_t)(cells->n_cells * d) * sizeof *cells->centres);
    float *sample = malloc((size_t)(m * d) * sizeof *sample);
    int32_t *rows = malloc((size_t)m * sizeof *rows);
    double *sums = malloc((size_t)(cells->n_cells * d) * sizeof *sums);
    int64_t *counts = malloc((size_t)cells->n_cells * sizeof *counts);
    enum status status = cells->centres && sample && rows && sums && counts ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        draw_rows(cells, cells->n_cells, rows, cells->centres);
        draw_rows(cells, m, rows, sample);
    }
    for (int round = 0; round < ROUNDS && status == STATUS_OK; round++) {
        status = stop_if_asked(cells, error);
        if (status == STATUS_OK)
            status = move_centres(cells, m, sample, rows, sums, counts, error);
    }
    free(sample);
    free(rows);
    free(sums);
    free(counts);
    return status;
}

static enum status assign_rows(struct cells *cells, struct error *error)
{
    cells->cell_of = malloc((size_t)cells->n * sizeof *cells->cell_of);
    enum status status = cells->cell_of ? STATUS_OK : error_no_memory(error);
    for (int64_t first = 0; first < cells->n && status == STATUS_OK; first += AT_ONCE) {
        const int64_t count = first + AT_ONCE < cells->n ? AT_ONCE : cells->n - first;
        status = stop_if_asked(cells, error);
        if (status == STATUS_OK)
            status = search(cells, count, cells->x + first * cells->d, cells->n_cells, cells->centres, 1,
                            cells->cell_of + first, NULL, error);
    }
    return status;
}

/* Sorts the rows by their cells and divides these into pieces, whose centres are in `centres` [n_pieces x d]. */
static enum status make_pieces(struct cells *cells, float **centres, struct error *error)
{
    const size_t row = (size_t)cells->d * sizeof(float);
    int64_t *starts = calloc((size_t)cells->n_cells + 1, sizeof *starts);
    cells->order = malloc((size_t)cells->n * sizeof *cells->order);
    cells->piece_of = malloc((size_t)cells->n * sizeof *cells->piece_of);
    cells->sorted = malloc((size_t)cells->n * row);
    const int64_t most = cells->n_cells + cells->n / PIECE_MAX + 1;
    cells->pieces = malloc((size_t)most * sizeof *cells->pieces);
    *centres = malloc((size_t)most * row);
    if (!starts || !cells->order || !cells->piece_of || !cells->sorted || !cells->pieces || !*centres) {
        free(starts);
        return error_no_memory(error);
    }
    for (int64_t i = 0; i < cells->n; i++)
        starts[cells->cell_of[i] + 1]++;
    for (int64_t c = 0; c < cells->n_cells; c++) {
        const int64_t count = starts[c + 1];
        starts[c + 1] += starts[c];
        for (int64_t at = 0; at < count; at += PIECE_MAX) {
            memcpy(*centres + cells->n_pieces * cells->d, cells->centres + c * cells->d, row);
            cells->pieces[cells->n_pieces++] =
                (struct piece){starts[c] + at, count - at < PIECE_MAX ? count - at : PIECE_MAX};
        }
    }
    for (int64_t i = 0; i < cells->n; i++)
        cells->order[starts[cells->cell_of[i]]++] = (int32_t)i;
    for (int64_t p = 0; p < cells->n_pieces; p++)
        for (int64_t i = 0; i < cells->pieces[p].count; i++) {
            const int64_t at = cells->pieces[p].first + i;
            cells->piece_of[cells->order[at]] = (int32_t)p;
            memcpy(cells->sorted + at * cells->d, cells->x + cells->order[at] * cells->d, row);
        }
    free(starts);
    return STATUS_OK;
}

static enum status find_near_pieces(struct cells *cells, const float *centres, struct error *error)
{
    cells->n_near = cells->n_pieces < NEAR_MAX ? cells->n_pieces : NEAR_MAX;
    cells->near = malloc((size_t)(cells->n_pieces * cells->n_near) * sizeof *cells->near);
    if (!cells->near)
        return error_no_memory(error);
    enum status status =
        search(cells, cells->n_pieces, centres, cells->n_pieces, centres, cells->n_near, cells->near, NULL, error);
    for (int64_t p = 0; p < cells->n_pieces && status == STATUS_OK; p++) {
        int32_t *near = cells->near + p * cells->n_near; /* of pieces of one cell, another may be first */
        int64_t at = 0;
        while (at < cells->n_near - 1 && near[at] != p)
            at++;
        memmove(near + 1, near, (size_t)at * sizeof *near);
        near[0] = (int32_t)p;
    }
    return status;
}

/* ---- how many cells ------------------------------------------------------------------------------------------ */

/* Chooses n_used from the sampled rows. */
static enum status choose_reach(struct cells *cells, double *recall, struct error *error)
{
    const int64_t m = SAMPLE, count = cells->k + 1;
    int64_t held[NEAR_MAX] = {0}, total = 0; /* those of a sampled row's nearest that the i'th nearest piece holds */
    float *sample = malloc((size_t)(m * cells->d) * sizeof *sample);
    int32_t *rows = malloc((size_t)m * sizeof *rows), *ids = malloc((size_t)(m * count) * sizeof *ids);
    enum status status = sample && rows && ids ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        draw_rows(cells, m, rows, sample);
        status = search(cells, m, sample, cells->n, cells->x, count, ids, NULL, error);
    }
    for (int64_t i = 0; i < m && status == STATUS_OK; i++) {
        const int32_t *near = cells->near + cells->piece_of[rows[i]] * cells->n_near;
        for (int64_t j = 0; j < count; j++) {
            if (ids[i * count + j] == rows[i])
                continue;
            total++;
            for (int64_t p = 0; p < cells->n_near; p++)
                held[p] += near[p] == cells->piece_of[ids[i * count + j]];
        }
    }
    int64_t sum = 0, rows_held = 0, p = 0;
    for (; p < cells->n_near && status == STATUS_OK; p++) {
        const bool enough = (double)sum >= WANTED * (double)total && p >= NEAR_MIN && rows_held > 2 * count;
        if (enough)
            break;
        sum += held[p];
        rows_held += cells->n / cells->n_pieces;
    }
    cells->n_used = p;
    *recall = total > 0 ? (double)sum / (double)total : 1;
    free(sample);
    free(rows);
    free(ids);
    return status;
}

/* ---- search -------------------------------------------------------------------------------------------------- */

struct batch {
    float *candidates; /* [NEAR_MAX x PIECE_MAX x d] */
    int32_t *rows;     /* [NEAR_MAX x PIECE_MAX] */
    int32_t *ids;      /* [PIECE_MAX x (k + 1)] */
    float *distances;  /* the same */
};

/* The rows of the nearest pieces: at least k + 1, from more pieces than usual if need be. */
static int64_t gather(const struct cells *cells, int64_t piece, struct batch *batch)
{
    const int32_t *near = cells->near + piece * cells->n_near;
    int64_t count = 0;
    for (int64_t p = 0; p < cells->n_near && (p < cells->n_used || count < 2 * (cells->k + 1)); p++) {
        const struct piece *of = &cells->pieces[near[p]];
        memcpy(batch->candidates + count * cells->d, cells->sorted + of->first * cells->d,
               (size_t)(of->count * cells->d) * sizeof *batch->candidates);
        memcpy(batch->rows + count, cells->order + of->first, (size_t)of->count * sizeof *batch->rows);
        count += of->count;
    }
    return count;
}

/* Copies the nearest of a row without itself. */
static void take(const struct cells *cells, int32_t row, const struct batch *batch, int64_t at, int32_t *ids,
                 float *distances)
{
    const int64_t count = cells->k + 1;
    int64_t taken = 0;
    for (int64_t j = 0; j < count && taken < cells->k; j++) {
        const int32_t id = batch->rows[batch->ids[at * count + j]];
        if (id == row)
            continue;
        ids[row * cells->k + taken] = id;
        distances[row * cells->k + taken++] = batch->distances[at * count + j];
    }
}

static enum status search_piece(const struct cells *cells, int64_t p, struct batch *batch, int32_t *ids,
                                float *distances, struct error *error)
{
    const struct piece *piece = &cells->pieces[p];
    const int64_t count = gather(cells, p, batch);
    if (count < cells->k + 1)
        return error_set(error, STATUS_FAILED, "the nearest points cannot be found: a cell has too few neighbours");
    enum status status = search(cells, piece->count, cells->sorted + piece->first * cells->d, count, batch->candidates,
                                cells->k + 1, batch->ids, batch->distances, error);
    for (int64_t i = 0; i < piece->count && status == STATUS_OK; i++)
        take(cells, cells->order[piece->first + i], batch, i, ids, distances);
    return status;
}

static enum status search_all(const struct cells *cells, int32_t *ids, float *distances, struct error *error)
{
    const size_t most = (size_t)cells->n_near * PIECE_MAX, pairs = (size_t)PIECE_MAX * (size_t)(cells->k + 1);
    struct batch batch = {malloc(most * (size_t)cells->d * sizeof(float)), malloc(most * sizeof(int32_t)),
                          malloc(pairs * sizeof(int32_t)), malloc(pairs * sizeof(float))};
    enum status status =
        batch.candidates && batch.rows && batch.ids && batch.distances ? STATUS_OK : error_no_memory(error);
    for (int64_t p = 0; p < cells->n_pieces && status == STATUS_OK; p++) {
        status = stop_if_asked(cells, error);
        if (status == STATUS_OK)
            status = search_piece(cells, p, &batch, ids, distances, error);
        progress_step(cells->progress, (double)(cells->pieces[p].first + cells->pieces[p].count));
    }
    free(batch.candidates);
    free(batch.rows);
    free(batch.ids);
    free(batch.distances);
    return status;
}

enum status neighbours_find(struct compute *compute, int64_t n, int64_t d, int64_t k, const float *x, uint64_t seed,
                            struct progress *progress, int32_t *ids, float *distances, double *recall,
                            struct error *error)
{
    struct cells cells = {.compute = compute, .n = n, .d = d, .k = k, .x = x, .progress = progress};
    float *centres = NULL;
    cells.n_cells = n / CELL_ROWS;
    random_seed(&cells.random, seed);
    progress_stage(progress, "nearest points", "points", (double)n);
    enum status status = find_centres(&cells, error);
    if (status == STATUS_OK)
        status = assign_rows(&cells, error);
    if (status == STATUS_OK)
        status = make_pieces(&cells, &centres, error);
    if (status == STATUS_OK)
        status = find_near_pieces(&cells, centres, error);
    free(centres);
    if (status == STATUS_OK)
        status = choose_reach(&cells, recall, error);
    if (status == STATUS_OK)
        status = search_all(&cells, ids, distances, error);
    progress_end(progress);
    free_cells(&cells);
    return status;
}
