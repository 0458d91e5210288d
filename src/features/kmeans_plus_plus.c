#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "core/vectorised.h"
#include "features/kmeans_device.h"

/* k-means++ on the host: for each centre a few candidates are compared with all rows, which is too little work at a
 * time for a device. Rows are stored by column, so that many are compared together. */

enum { CANDIDATES_MAX = 32, PART = 1024 /* rows of a task */, LANES = 8, VECTORS = 8, BLOCK = LANES * VECTORS };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
_Static_assert(PART % BLOCK == 0, "parts are whole blocks");

struct plus_plus {
    int64_t n, d, stride; /* stride: rows, and zeros behind them up to a whole part */
    float *columns;       /* [d x stride] the rows less their mean */
    float *halves;        /* [stride] half the squared lengths of the rows */
    float *nearest;       /* [stride] squared distances to the nearest centre so far */
    double *totals;       /* [parts] of them */
    int64_t parts, count; /* count: candidates */
    int64_t rows[CANDIDATES_MAX];
    float *candidates; /* [count x d] */
    float *lowered;    /* [count x stride]: what the distances would become */
    double *results;   /* [parts x CANDIDATES_MAX]: their sums */
    int64_t taken;     /* the candidate to take */
};

/* products [BLOCK] of a candidate with rows of which the columns are `stride` apart. */
VECTORISED static void multiply_block(const float *columns, int64_t stride, const float *candidate, int64_t d,
                                      float *restrict products)
{
    lanes sums[VECTORS] = {{0}};
    for (int64_t j = 0; j < d; j++, columns += stride) {
        const float f = candidate[j];
        const lanes factor = {f, f, f, f, f, f, f, f};
        _Pragma("GCC unroll 8") for (int v = 0; v < VECTORS; v++)
        {
            lanes column;
            memcpy(&column, columns + v * LANES, sizeof column);
            sums[v] += factor * column;
        }
    }
    memcpy(products, sums, sizeof sums);
}

/* to [BLOCK]: the squared distances to a candidate, where they are below the nearest. */
VECTORISED static void lower_block(const float *products, const float *halves, float own, const float *nearest,
                                   float *restrict to)
{
    for (int i = 0; i < BLOCK; i++) {
        const float distance = 2 * (halves[i] + own - products[i]), held = distance > 0 ? distance : 0;
        to[i] = held < nearest[i] ? held : nearest[i];
    }
}

VECTORISED static void add_block(const float *values, double *restrict sums)
{
    for (int i = 0; i < BLOCK; i++)
        sums[i % LANES] += (double)values[i];
}

static void try_part(void *context, size_t index, int worker)
{
    (void)worker;
    const struct plus_plus *p = context;
    const int64_t begin = (int64_t)index * PART;
    for (int64_t c = 0; c < p->count; c++) {
        float *to = p->lowered + c * p->stride + begin, products[BLOCK];
        const int64_t row = p->rows[c] - begin;
        double sums[LANES] = {0}, sum = 0;
        for (int64_t i = 0; i < PART; i += BLOCK) {
            multiply_block(p->columns + begin + i, p->stride, p->candidates + c * p->d, p->d, products);
            lower_block(products, p->halves + begin + i, p->halves[p->rows[c]], p->nearest + begin + i, to + i);
            if (row >= i && row < i + BLOCK)
                to[row] = 0; /* whatever rounding says: a row is taken once */
            add_block(to + i, sums);
        }
        for (int lane = 0; lane < LANES; lane++)
            sum += sums[lane];
        p->results[(int64_t)index * CANDIDATES_MAX + c] = sum;
    }
}

static void take_part(void *context, size_t index, int worker)
{
    (void)worker;
    const struct plus_plus *p = context;
    const int64_t begin = (int64_t)index * PART;
    memcpy(p->nearest + begin, p->lowered + p->taken * p->stride + begin, PART * sizeof *p->nearest);
    p->totals[index] = p->results[(int64_t)index * CANDIDATES_MAX + p->taken];
}

/* The row at which the running sum of `nearest` passes `target`. */
static int64_t row_at(const struct plus_plus *p, double target)
{
    int64_t part = 0;
    while (part + 1 < p->parts && target >= p->totals[part])
        target -= p->totals[part++];
    int64_t row = part * PART, past = row + PART < p->n ? row + PART : p->n, last = row;
    for (; row < past; row++) {
        if (p->nearest[row] > 0)
            last = row;
        if (target < (double)p->nearest[row])
            return row;
        target -= (double)p->nearest[row];
    }
    return last; /* rounding */
}

static void choose_candidates(struct plus_plus *p, struct random *random, bool first, int64_t count)
{
    double total = 0;
    for (int64_t part = 0; part < p->parts && !first; part++)
        total += p->totals[part];
    p->count = first ? 1 : count;
    for (int64_t c = 0; c < p->count; c++) {
        p->rows[c] =
            total > 0 ? row_at(p, random_uniform(random) * total) : (int64_t)random_below(random, (uint64_t)p->n);
        for (int64_t j = 0; j < p->d; j++)
            p->candidates[c * p->d + j] = p->columns[j * p->stride + p->rows[c]];
    }
}

/* The candidate with which the distances are lowest. */
static void take_best(struct plus_plus *p)
{
    double best = INFINITY;
    for (int64_t c = 0; c < p->count; c++) {
        double sum = 0;
        for (int64_t part = 0; part < p->parts; part++)
            sum += p->results[part * CANDIDATES_MAX + c];
        if (c == 0 || sum < best) {
            best = sum;
            p->taken = c;
        }
    }
}

/* Fills the columns. What is behind the rows is at distance 0 already, so that it adds nothing. */
static void fill(struct plus_plus *p, const float *x)
{
    for (int64_t j = 0; j < p->d; j++) {
        double sum = 0;
        for (int64_t i = 0; i < p->n; i++)
            sum += (double)x[i * p->d + j];
        const float mean = (float)(sum / (double)p->n);
        for (int64_t i = 0; i < p->n; i++)
            p->columns[j * p->stride + i] = x[i * p->d + j] - mean;
    }
    for (int64_t i = 0; i < p->n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < p->d; j++)
            sum += (double)p->columns[j * p->stride + i] * (double)p->columns[j * p->stride + i];
        p->halves[i] = (float)(0.5 * sum);
        p->nearest[i] = INFINITY;
    }
}

enum status kmeans_plus_plus(struct pool *pool, int64_t n, int64_t d, const float *x, int64_t k, int64_t candidates,
                             uint64_t seed, float *centres, struct error *error)
{
    const int64_t parts = (n + PART - 1) / PART;
    const size_t stride = (size_t)(parts * PART);
    candidates = candidates < CANDIDATES_MAX ? candidates : CANDIDATES_MAX;
    struct plus_plus p = {.n = n,
                          .d = d,
                          .stride = (int64_t)stride,
                          .parts = parts,
                          .columns = calloc((size_t)d * stride, sizeof *p.columns),
                          .halves = calloc(stride, sizeof *p.halves),
                          .nearest = calloc(stride, sizeof *p.nearest),
                          .totals = calloc((size_t)parts, sizeof *p.totals),
                          .candidates = malloc((size_t)(candidates * d) * sizeof *p.candidates),
                          .lowered = malloc((size_t)candidates * stride * sizeof *p.lowered),
                          .results = calloc((size_t)parts * CANDIDATES_MAX, sizeof *p.results)};
    const bool enough = p.columns && p.halves && p.nearest && p.totals && p.candidates && p.lowered && p.results;
    struct random random;
    random_seed(&random, seed);
    if (enough)
        fill(&p, x);
    for (int64_t centre = 0; centre < k && enough; centre++) {
        choose_candidates(&p, &random, centre == 0, candidates);
        pool_run(pool, (size_t)parts, try_part, &p);
        take_best(&p);
        memcpy(centres + centre * d, x + p.rows[p.taken] * d, (size_t)d * sizeof *centres);
        pool_run(pool, (size_t)parts, take_part, &p);
    }
    free(p.columns), free(p.halves), free(p.nearest), free(p.totals), free(p.candidates), free(p.lowered);
    free(p.results);
    return enough ? STATUS_OK : error_no_memory(error);
}
