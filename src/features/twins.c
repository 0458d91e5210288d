#include "features/twins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 };

struct search {
    struct compute *compute;
    const struct feature_set *set;
    const int64_t *groups;
    float *values;  /* [n x width] of the rows that are present */
    int64_t *items; /* [n] their row numbers */
    double *norms;  /* [n] squared */
    int64_t n;
    struct compute_buffer *rows, *products; /* [n x width], [BLOCK x n] */
    float *dots;                            /* [BLOCK x n] */
    struct twin *pairs;
    size_t k, count;
    double limit; /* squared distance of the k-th pair; INFINITY before there are k */
};

/* As float64, which is exact enough to order pairs whose distances differ as float32. */
static double squared_distance(const float *a, const float *b, int width)
{
    double sum = 0;
    for (int i = 0; i < width; i++) {
        double d = (double)a[i] - (double)b[i];
        sum += d * d;
    }
    return sum;
}

static bool comes_before(const struct twin *x, const struct twin *y)
{
    if (x->distance < y->distance || x->distance > y->distance)
        return x->distance < y->distance;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

static void insert(struct search *search, const struct twin *pair)
{
    if (search->count == search->k && !comes_before(pair, &search->pairs[search->k - 1]))
        return;
    size_t low = 0, high = search->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (comes_before(pair, &search->pairs[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    if (search->count < search->k)
        search->count++;
    memmove(&search->pairs[low + 1], &search->pairs[low], (search->count - low - 1) * sizeof *pair);
    search->pairs[low] = *pair;
    if (search->count < search->k)
        return;
    double last = (double)search->pairs[search->k - 1].distance;
    search->limit = last * last * (1 + 1e-6);
}

static void consider(struct search *search, int64_t i, int64_t j)
{
    const int width = search->set->width;
    int64_t a = search->items[i], b = search->items[j];
    if (search->groups[a] == search->groups[b])
        return;
    double squared = squared_distance(search->values + i * width, search->values + j * width, width);
    if (squared > 0)
        insert(search, &(struct twin){a + 1, b + 1, (float)sqrt(squared)});
}

/* The products of float32 differ from the exact ones by at most width u |a| |b| with the unit roundoff u = 2^-24
 * (Higham 2002, section 3.1), so a squared distance by at most width u (|a|^2 + |b|^2), and a few roundings more. */
static void scan(struct search *search, int64_t begin, int64_t rows, int64_t columns)
{
    const double slack = 1 - 2 * ((double)search->set->width + 32) * 0x1p-24;
    for (int64_t i = begin; i < begin + rows; i++) {
        const float *dots = search->dots + (i - begin) * columns;
        for (int64_t j = i + 1; j < search->n; j++) {
            double least = (search->norms[i] + search->norms[j]) * slack - 2 * (double)dots[j - begin];
            if (least <= search->limit)
                consider(search, i, j);
        }
    }
}

static enum status search_blocks(struct search *search, struct progress *progress, struct error *error)
{
    const struct compute_ops *ops = search->compute->ops;
    struct compute_stream *stream = search->compute->stream;
    const int64_t n = search->n, width = search->set->width;
    enum status status = STATUS_OK;
    progress_stage(progress, "comparing covers", "covers", (double)n);
    for (int64_t begin = 0; status == STATUS_OK && begin < n; begin += BLOCK) {
        const int64_t rows = n - begin < BLOCK ? n - begin : BLOCK, columns = n - begin;
        const struct compute_slice from = {search->rows, (size_t)(begin * width)}, to = {search->products, 0};
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped");
        if (status == STATUS_OK)
            status = ops->gemm(stream, false, true, rows, columns, width, 1, from, from, 0, to, error);
        if (status == STATUS_OK)
            status = ops->buffer_read(stream, search->products, 0, search->dots,
                                      (size_t)(rows * columns) * sizeof(float), error);
        if (status == STATUS_OK)
            scan(search, begin, rows, columns);
        progress_step(progress, (double)(begin + rows));
    }
    progress_end(progress);
    return status;
}

static enum status search_device(struct search *search, struct progress *progress, struct error *error)
{
    const struct compute_ops *ops = search->compute->ops;
    const size_t bytes = (size_t)search->n * (size_t)search->set->width * sizeof(float);
    const size_t products = (size_t)search->n * BLOCK * sizeof(float);
    enum status status = ops->buffer_create(search->compute->device, bytes, &search->rows, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(search->compute->device, products, &search->products, error);
    if (status == STATUS_OK)
        status = ops->buffer_write(search->compute->stream, search->rows, 0, search->values, bytes, error);
    if (status == STATUS_OK)
        status = search_blocks(search, progress, error);
    ops->buffer_destroy(search->rows);
    ops->buffer_destroy(search->products);
    return status;
}

static void sum_norms(struct search *search)
{
    const int width = search->set->width;
    for (int64_t i = 0; i < search->n; i++) {
        double sum = 0;
        for (int c = 0; c < width; c++)
            sum += (double)search->values[i * width + c] * (double)search->values[i * width + c];
        search->norms[i] = sum;
    }
}

static enum status collect(struct search *search, struct error *error)
{
    const struct feature_set *set = search->set;
    const size_t width = (size_t)set->width, rows = (size_t)set->n_rows + 1;
    search->values = malloc(rows * width * sizeof *search->values);
    search->items = malloc(rows * sizeof *search->items);
    search->norms = malloc(rows * sizeof *search->norms);
    search->dots = malloc(rows * BLOCK * sizeof *search->dots);
    struct column_statistics *columns = set->columns ? malloc(width * sizeof *columns) : NULL;
    float *standard = set->columns ? malloc(rows * width * sizeof *standard) : NULL;
    bool good =
        search->values && search->items && search->norms && search->dots && (!set->columns || (columns && standard));
    if (good && set->columns) {
        feature_set_statistics(set, columns);
        feature_set_standardise(set, columns, standard);
    }
    for (int64_t row = 0; good && row < set->n_rows; row++) {
        if (!feature_set_has(set, row))
            continue;
        const float *from = standard ? standard : set->values;
        memcpy(search->values + (size_t)search->n * width, from + (size_t)row * width, width * sizeof *from);
        search->items[search->n++] = row;
    }
    free(columns);
    free(standard);
    if (!good)
        return error_no_memory(error);
    sum_norms(search);
    return STATUS_OK;
}

enum status feature_twins(struct compute *compute, const struct feature_set *set, const int64_t *groups, size_t k,
                          struct twin *pairs, size_t *count, struct progress *progress, struct error *error)
{
    struct search search = {
        .compute = compute, .set = set, .groups = groups, .pairs = pairs, .k = k, .limit = (double)INFINITY};
    enum status status = collect(&search, error);
    if (status == STATUS_OK && search.n > 1 && k > 0)
        status = search_device(&search, progress, error);
    *count = search.count;
    free(search.values);
    free(search.items);
    free(search.norms);
    free(search.dots);
    return status;
}

/* ---- equal rows ---- */

struct row {
    const float *values;
    size_t bytes;
    int64_t item, group;
};

static int by_values(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = memcmp(x->values, y->values, x->bytes);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

static int by_group(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->group != y->group ? (x->group > y->group) - (x->group < y->group)
                                : (x->item > y->item) - (x->item < y->item);
}

/* Keeps the rows that are not alone; `group` is the group's first item. */
static size_t keep_equal(struct row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t begin = 0, end; begin < n; begin = end) {
        const struct row first = rows[begin];
        end = begin + 1;
        while (end < n && memcmp(first.values, rows[end].values, first.bytes) == 0)
            end++;
        for (size_t i = begin; end - begin > 1 && i < end; i++) {
            rows[kept] = rows[i];
            rows[kept++].group = first.item;
        }
    }
    return kept;
}

enum status feature_set_identical(const struct feature_set *set, int64_t **items, int64_t **groups, size_t *count,
                                  struct error *error)
{
    size_t n = 0;
    struct row *rows = malloc(((size_t)set->n_rows + 1) * sizeof *rows);
    for (int64_t row = 0; rows && row < set->n_rows; row++)
        if (feature_set_has(set, row))
            rows[n++] = (struct row){set->values + row * set->width, (size_t)set->width * sizeof(float), row + 1, 0};
    if (rows)
        qsort(rows, n, sizeof *rows, by_values);
    *count = rows ? keep_equal(rows, n) : 0;
    *items = malloc((*count + 1) * sizeof **items);
    *groups = malloc((*count + 1) * sizeof **groups);
    if (!rows || !*items || !*groups) {
        free(rows);
        free(*items);
        free(*groups);
        return error_no_memory(error);
    }
    qsort(rows, *count, sizeof *rows, by_group);
    for (size_t i = 0; i < *count; i++) {
        bool fresh = i > 0 && rows[i].group != rows[i - 1].group;
        (*items)[i] = rows[i].item;
        (*groups)[i] = i == 0 ? 0 : (*groups)[i - 1] + fresh;
    }
    free(rows);
    return STATUS_OK;
}
