#include "map/grid.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* ---- linear assignment ---- */

struct assignment {
    int n, m;          /* points, cells */
    int columns, rows; /* of the grid */
    double *x, *y;     /* [n] in cells from the top left */
    double *u, *v;     /* [n + 1], [m + 1] potentials */
    double *least;     /* [m + 1] */
    int *point;        /* [m + 1] of a cell, from 1; 0: free */
    int *way;          /* [m + 1] */
    bool *used;        /* [m + 1] */
};

static bool make(struct assignment *a)
{
    size_t n = (size_t)a->n + 1, m = (size_t)a->m + 1;
    a->x = calloc(n, sizeof *a->x);
    a->y = calloc(n, sizeof *a->y);
    a->u = calloc(n, sizeof *a->u);
    a->v = calloc(m, sizeof *a->v);
    a->least = calloc(m, sizeof *a->least);
    a->point = calloc(m, sizeof *a->point);
    a->way = calloc(m, sizeof *a->way);
    a->used = calloc(m, sizeof *a->used);
    return a->x && a->y && a->u && a->v && a->least && a->point && a->way && a->used;
}

static void unmake(struct assignment *a)
{
    free(a->x);
    free(a->y);
    free(a->u);
    free(a->v);
    free(a->least);
    free(a->point);
    free(a->way);
    free(a->used);
}

static double share(double value, double low, double high)
{
    return high > low && isfinite(value) ? (value - low) / (high - low) : 0.5;
}

static void lay_over_grid(struct assignment *a, const float *points)
{
    double low[2] = {(double)INFINITY, (double)INFINITY}, high[2] = {-(double)INFINITY, -(double)INFINITY};
    for (int i = 0; i < 2 * a->n; i++)
        if (isfinite(points[i])) {
            low[i % 2] = fmin(low[i % 2], (double)points[i]);
            high[i % 2] = fmax(high[i % 2], (double)points[i]);
        }
    for (int i = 0; i < a->n; i++) {
        a->x[i] = share((double)points[2 * i], low[0], high[0]) * (a->columns - 1);
        a->y[i] = (1 - share((double)points[2 * i + 1], low[1], high[1])) * (a->rows - 1);
    }
}

static double cost(const struct assignment *a, int point, int cell)
{
    double dx = a->x[point] - cell % a->columns, dy = a->y[point] - cell / a->columns;
    return dx * dx + dy * dy;
}

/* Relaxes the cells from the last one of the path and returns the nearest that is not on it. */
static int extend(struct assignment *a, int from)
{
    const int point = a->point[from];
    double delta = (double)INFINITY;
    int next = 0;
    a->used[from] = true;
    for (int cell = 1; cell <= a->m; cell++) {
        if (a->used[cell])
            continue;
        double reduced = cost(a, point - 1, cell - 1) - a->u[point] - a->v[cell];
        if (reduced < a->least[cell]) {
            a->least[cell] = reduced;
            a->way[cell] = from;
        }
        if (a->least[cell] < delta) {
            delta = a->least[cell];
            next = cell;
        }
    }
    for (int cell = 0; cell <= a->m; cell++)
        if (a->used[cell]) {
            a->u[a->point[cell]] += delta;
            a->v[cell] -= delta;
        } else {
            a->least[cell] -= delta;
        }
    return next;
}

static void assign(struct assignment *a, int point)
{
    for (int cell = 0; cell <= a->m; cell++) {
        a->least[cell] = (double)INFINITY;
        a->used[cell] = false;
    }
    a->point[0] = point;
    int cell = 0;
    do
        cell = extend(a, cell);
    while (a->point[cell] != 0);
    for (int before; cell != 0; cell = before) {
        before = a->way[cell];
        a->point[cell] = a->point[before];
    }
}

enum status grid_arrange(int64_t n, const float *points, int rows, int columns, int *cells, struct progress *progress,
                         struct error *error)
{
    if (n > GRID_MAP_MAX || n > (int64_t)rows * columns)
        return error_set(error, STATUS_USAGE, "%lld points do not fit a grid of %d x %d and %d points", (long long)n,
                         columns, rows, GRID_MAP_MAX);
    struct assignment a = {.n = (int)n, .m = rows * columns, .columns = columns, .rows = rows};
    enum status status = make(&a) ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        lay_over_grid(&a, points);
    progress_stage(progress, "arranging", "covers", (double)n);
    for (int point = 1; status == STATUS_OK && point <= a.n; point++) {
        assign(&a, point);
        progress_step(progress, point);
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped");
    }
    progress_end(progress);
    for (int cell = 1; status == STATUS_OK && cell <= a.m; cell++)
        if (a.point[cell] > 0)
            cells[a.point[cell] - 1] = cell - 1;
    unmake(&a);
    return status;
}

/* ---- a path ---- */

static void measure(int64_t n, int64_t dim, const float *x, float *distances)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            float sum = 0;
            for (int64_t c = 0; c < dim; c++) {
                float d = x[i * dim + c] - x[j * dim + c];
                sum += d * d;
            }
            distances[i * n + j] = distances[j * n + i] = sqrtf(sum);
        }
}

static void go_to_nearest(int n, const float *distances, int *order)
{
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int at = 1; at < n; at++) {
        const float *row = distances + (size_t)order[at - 1] * (size_t)n;
        int best = at;
        for (int i = at + 1; i < n; i++)
            if (row[order[i]] < row[order[best]])
                best = i;
        int item = order[best];
        order[best] = order[at];
        order[at] = item;
    }
}

static void reverse(int *order, int from, int to)
{
    for (; from < to; from++, to--) {
        int item = order[from];
        order[from] = order[to];
        order[to] = item;
    }
}

/* Reverses every part whose ends are then nearer to their neighbours. Returns whether there was one. */
static bool shorten(int n, const float *distances, int *order)
{
    const float least = 1e-4F;
    bool shorter = false;
    for (int i = 0; i + 1 < n; i++)
        for (int j = i + 1; j < n; j++) {
            const float *first = distances + (size_t)order[j] * (size_t)n;
            const float *last = distances + (size_t)order[i] * (size_t)n;
            float now = 0, then = 0; /* beyond the ends there is nothing */
            if (i > 0) {
                now += last[order[i - 1]];
                then += first[order[i - 1]];
            }
            if (j + 1 < n) {
                now += first[order[j + 1]];
                then += last[order[j + 1]];
            }
            if (then >= now * (1 - least))
                continue;
            reverse(order, i, j);
            shorter = true;
        }
    return shorter;
}

enum status grid_path(int64_t n, int64_t dim, const float *x, int *order, struct progress *progress,
                      struct error *error)
{
    enum { PASSES_MAX = 40 };
    if (n > GRID_PATH_MAX)
        return error_set(error, STATUS_USAGE, "a path has at most %d items, not %lld", GRID_PATH_MAX, (long long)n);
    float *distances = malloc(((size_t)n * (size_t)n + 1) * sizeof *distances);
    if (!distances)
        return error_no_memory(error);
    enum status status = STATUS_OK;
    measure(n, dim, x, distances);
    go_to_nearest((int)n, distances, order);
    progress_stage(progress, "ordering", "passes", PASSES_MAX);
    for (int pass = 0; pass < PASSES_MAX && status == STATUS_OK && shorten((int)n, distances, order); pass++) {
        progress_step(progress, pass + 1);
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped");
    }
    progress_end(progress);
    free(distances);
    return status;
}
