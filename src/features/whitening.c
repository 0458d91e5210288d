#include "features/whitening.h"

#include <math.h>
#include <stdlib.h>

/* ---- columns ---- */

static enum status choose_columns(struct whitening *whitening, const struct feature_set *set, struct error *error)
{
    size_t width = (size_t)set->width;
    struct column_statistics *columns = malloc((width + 1) * sizeof *columns);
    whitening->used = malloc((width + 1) * sizeof *whitening->used);
    whitening->mean = malloc((width + 1) * sizeof *whitening->mean);
    whitening->deviation = malloc((width + 1) * sizeof *whitening->deviation);
    bool enough = columns && whitening->used && whitening->mean && whitening->deviation;
    if (enough)
        feature_set_statistics(set, columns);
    for (int i = 0; enough && i < set->width; i++) {
        if (!(columns[i].deviation > 0))
            continue;
        whitening->used[whitening->n_used] = i;
        whitening->mean[whitening->n_used] = columns[i].mean;
        whitening->deviation[whitening->n_used++] = columns[i].deviation;
    }
    free(columns);
    return enough ? STATUS_OK : error_no_memory(error);
}

/* The standardised values of a row; NAN where one is missing. */
static void standardise(const struct whitening *whitening, const float *values, double *z)
{
    for (int i = 0; i < whitening->n_used; i++) {
        double value = (double)values[whitening->used[i]];
        z[i] = isfinite(value) ? (value - whitening->mean[i]) / whitening->deviation[i] : NAN;
    }
}

/* ---- covariance ---- */

/* Sums over rows or groups. */
struct sums {
    int n;
    double *products; /* [n x n] lower triangle of Σ a aᵀ */
    double *counts;   /* [n] n(i) */
    double *z;        /* [n] a row */
    double *means;    /* [n] of a group */
    double *values;   /* [n] number of a group's values */
};

static enum status sums_open(struct sums *sums, int n, struct error *error)
{
    size_t count = (size_t)n + 1;
    *sums = (struct sums){.n = n,
                          .products = calloc(count * count, sizeof(double)),
                          .counts = calloc(count, sizeof(double)),
                          .z = calloc(count, sizeof(double)),
                          .means = calloc(count, sizeof(double)),
                          .values = calloc(count, sizeof(double))};
    bool enough = sums->products && sums->counts && sums->z && sums->means && sums->values;
    return enough ? STATUS_OK : error_no_memory(error);
}

static void sums_close(struct sums *sums)
{
    free(sums->products);
    free(sums->counts);
    free(sums->z);
    free(sums->means);
    free(sums->values);
}

static void add_products(struct sums *sums)
{
    for (int i = 0; i < sums->n; i++) {
        double a = sums->z[i];
        for (int j = 0; a != 0 && j <= i; j++)
            sums->products[(int64_t)i * sums->n + j] += a * sums->z[j];
    }
}

static void add_all_rows(struct sums *sums, const struct whitening *whitening, const struct feature_set *set)
{
    for (int64_t r = 0; r < set->n_rows; r++) {
        if (!feature_set_has(set, r))
            continue;
        standardise(whitening, set->values + r * set->width, sums->z);
        for (int i = 0; i < sums->n; i++) {
            bool has = !isnan(sums->z[i]);
            sums->counts[i] += has;
            sums->z[i] = has ? sums->z[i] : 0;
        }
        add_products(sums);
    }
}

/* The row of an entry of a group; -1: none. */
static int64_t row_of(const struct feature_set *set, const struct whitening_groups *groups, int64_t entry)
{
    int64_t number = groups->entries[entry], row = groups->rows ? groups->rows[number] : number;
    return row >= 0 && row < set->n_rows && feature_set_has(set, row) ? row : -1;
}

static void find_means(struct sums *sums, const struct whitening *whitening, const struct feature_set *set,
                       const struct whitening_groups *groups, int64_t group)
{
    for (int i = 0; i < sums->n; i++)
        sums->means[i] = sums->values[i] = 0;
    for (int64_t e = groups->starts[group]; e < groups->starts[group + 1]; e++) {
        int64_t row = row_of(set, groups, e);
        if (row < 0)
            continue;
        standardise(whitening, set->values + row * set->width, sums->z);
        for (int i = 0; i < sums->n; i++) {
            bool has = !isnan(sums->z[i]);
            sums->values[i] += has;
            sums->means[i] += has ? sums->z[i] : 0;
        }
    }
    for (int i = 0; i < sums->n; i++) {
        sums->means[i] /= sums->values[i] > 0 ? sums->values[i] : 1;
        sums->counts[i] += sums->values[i] > 1 ? sums->values[i] - 1 : 0;
    }
}

static void add_group(struct sums *sums, const struct whitening *whitening, const struct feature_set *set,
                      const struct whitening_groups *groups, int64_t group)
{
    find_means(sums, whitening, set, groups, group);
    for (int64_t e = groups->starts[group]; e < groups->starts[group + 1]; e++) {
        int64_t row = row_of(set, groups, e);
        if (row < 0)
            continue;
        standardise(whitening, set->values + row * set->width, sums->z);
        for (int i = 0; i < sums->n; i++)
            sums->z[i] = isnan(sums->z[i]) ? 0 : sums->z[i] - sums->means[i];
        add_products(sums);
    }
}

/* Makes the products C + ridge I. A column without two values in any group has no covariance within them and counts as
 * uncorrelated with variance 1. */
static void add_ridge(struct sums *sums, double ridge)
{
    for (int i = 0; i < sums->n; i++)
        for (int j = 0; j <= i; j++) {
            double *product = &sums->products[(int64_t)i * sums->n + j];
            bool known = sums->counts[i] > 0 && sums->counts[j] > 0;
            *product = known ? *product / sqrt(sums->counts[i] * sums->counts[j]) : (double)(i == j);
            *product += i == j ? ridge : 0;
        }
}

/* ---- factor ---- */

/* Replaces the lower triangle of a [n x n] by its Cholesky factor. Diagonals are at least `ridge` in exact arithmetic.
 */
static bool factor(double *a, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double *row_i = a + (int64_t)i * n, *row_j = a + (int64_t)j * n, sum = row_i[j];
            for (int k = 0; k < j; k++)
                sum -= row_i[k] * row_j[k];
            if (i == j && !(sum > 0))
                return false;
            row_i[j] = i == j ? sqrt(sum) : sum / row_j[j];
        }
    return true;
}

/* The inverse of a lower triangular matrix, a row at a time. */
static void invert(const double *lower, int n, double *inverse)
{
    for (int i = 0; i < n; i++) {
        double *row = inverse + (int64_t)i * n;
        for (int k = 0; k < i; k++) {
            double factor_ik = lower[(int64_t)i * n + k];
            for (int j = 0; j <= k; j++)
                row[j] -= factor_ik * inverse[(int64_t)k * n + j];
        }
        double diagonal = lower[(int64_t)i * n + i];
        for (int j = 0; j < i; j++)
            row[j] /= diagonal;
        row[i] = 1 / diagonal;
    }
}

enum status whitening_fit(struct whitening *whitening, const struct feature_set *set,
                          const struct whitening_groups *groups, double ridge, struct error *error)
{
    struct sums sums = {0};
    *whitening = (struct whitening){.width = set->width};
    enum status status = choose_columns(whitening, set, error);
    if (status == STATUS_OK)
        status = sums_open(&sums, whitening->n_used, error);
    if (status == STATUS_OK) {
        whitening->inverse = calloc((size_t)(sums.n + 1) * (size_t)(sums.n + 1), sizeof *whitening->inverse);
        status = whitening->inverse ? STATUS_OK : error_no_memory(error);
    }
    if (status == STATUS_OK) {
        if (!groups)
            add_all_rows(&sums, whitening, set);
        for (int64_t g = 0; groups && g < groups->count; g++)
            add_group(&sums, whitening, set, groups, g);
        add_ridge(&sums, ridge);
        if (factor(sums.products, sums.n))
            invert(sums.products, sums.n, whitening->inverse);
        else
            status = error_set(error, STATUS_BAD_DATA,
                               "the features cannot be whitened: their covariance with a ridge of %g is singular; use "
                               "a larger ridge",
                               ridge);
    }
    sums_close(&sums);
    if (status != STATUS_OK)
        whitening_free(whitening);
    return status;
}

/* ---- rows ---- */

enum { ROWS_AT_ONCE = 256 };

struct application {
    const struct whitening *whitening;
    const struct feature_set *set;
    float *out;
    double *z; /* [threads x n_used] */
};

static void whiten_row(const struct whitening *whitening, const float *values, double *z, float *out)
{
    int n = whitening->n_used;
    standardise(whitening, values, z);
    for (int i = 0; i < n; i++)
        z[i] = isnan(z[i]) ? 0 : z[i];
    for (int i = 0; i < n; i++) {
        const double *row = whitening->inverse + (int64_t)i * n;
        double sum = 0;
        for (int j = 0; j <= i; j++)
            sum += row[j] * z[j];
        out[i] = (float)sum;
    }
}

static void whiten_rows(void *context, size_t index, int worker)
{
    const struct application *work = context;
    const struct feature_set *set = work->set;
    int64_t n_used = work->whitening->n_used, first = (int64_t)index * ROWS_AT_ONCE;
    for (int64_t r = first; r < set->n_rows && r < first + ROWS_AT_ONCE; r++) {
        float *out = work->out + r * n_used;
        if (feature_set_has(set, r))
            whiten_row(work->whitening, set->values + r * set->width, work->z + worker * n_used, out);
        else
            for (int64_t i = 0; i < n_used; i++)
                out[i] = 0;
    }
}

enum status whitening_apply(const struct whitening *whitening, struct pool *pool, const struct feature_set *set,
                            float *out, struct error *error)
{
    size_t n_tasks = ((size_t)set->n_rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
    size_t threads = pool ? (size_t)pool_threads(pool) : 1;
    double *z = malloc((threads * (size_t)whitening->n_used + 1) * sizeof *z);
    if (!z)
        return error_no_memory(error);
    struct application work = {whitening, set, out, z};
    if (pool)
        pool_run(pool, n_tasks, whiten_rows, &work);
    for (size_t i = 0; !pool && i < n_tasks; i++)
        whiten_rows(&work, i, 0);
    free(z);
    return STATUS_OK;
}

void whitening_free(struct whitening *whitening)
{
    free(whitening->used);
    free(whitening->mean);
    free(whitening->deviation);
    free(whitening->inverse);
    *whitening = (struct whitening){0};
}
