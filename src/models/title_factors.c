#include "models/title_factors.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

enum { SPARE = 10, ITERATIONS = 8, SWEEPS = 30 };

/* The state of the iteration; matrices are in row order. */
struct iteration {
    const struct title_matrix *matrix;
    double *sums;    /* [n_rows] of the rows */
    int width;       /* columns of the blocks */
    double *rows;    /* [n_rows x width] */
    double *columns; /* [n_columns x width] */
};

/* columns = A^T rows */
static void to_columns(const struct iteration *it)
{
    const struct title_matrix *a = it->matrix;
    size_t width = (size_t)it->width;
    memset(it->columns, 0, (size_t)a->n_columns * width * sizeof *it->columns);
    for (int64_t i = 0; i < a->n_rows; i++)
        for (int64_t e = a->starts[i]; e < a->starts[i + 1]; e++) {
            double value = (double)a->counts[e] / it->sums[i];
            double *column = it->columns + (size_t)a->columns[e] * width;
            for (size_t j = 0; j < width; j++)
                column[j] += value * it->rows[(size_t)i * width + j];
        }
}

/* rows = A columns */
static void to_rows(const struct iteration *it)
{
    const struct title_matrix *a = it->matrix;
    size_t width = (size_t)it->width;
    memset(it->rows, 0, (size_t)a->n_rows * width * sizeof *it->rows);
    for (int64_t i = 0; i < a->n_rows; i++)
        for (int64_t e = a->starts[i]; e < a->starts[i + 1]; e++) {
            double value = (double)a->counts[e] / it->sums[i];
            const double *column = it->columns + (size_t)a->columns[e] * width;
            for (size_t j = 0; j < width; j++)
                it->rows[(size_t)i * width + j] += value * column[j];
        }
}

/* Subtracts from column j its parts along the columns before it; returns its length. */
static double subtract(double *x, int64_t n, size_t width, size_t j)
{
    for (size_t other = 0; other < j; other++) {
        double product = 0;
        for (size_t i = 0; i < (size_t)n; i++)
            product += x[i * width + other] * x[i * width + j];
        for (size_t i = 0; i < (size_t)n; i++)
            x[i * width + j] -= product * x[i * width + other];
    }
    double square = 0;
    for (size_t i = 0; i < (size_t)n; i++)
        square += x[i * width + j] * x[i * width + j];
    return sqrt(square);
}

/* Makes the columns of x [n x width] orthonormal (Gram-Schmidt, twice); one that depends on those before it becomes 0.
 */
static void orthonormalise(double *x, int64_t n, int width)
{
    for (size_t j = 0; j < (size_t)width; j++) {
        double before = 0;
        for (size_t i = 0; i < (size_t)n; i++)
            before += x[i * (size_t)width + j] * x[i * (size_t)width + j];
        subtract(x, n, (size_t)width, j);
        double length = subtract(x, n, (size_t)width, j);
        bool independent = length > 1e-10 * sqrt(before);
        for (size_t i = 0; i < (size_t)n; i++)
            x[i * (size_t)width + j] = independent ? x[i * (size_t)width + j] / length : 0;
    }
}

/* One Jacobi rotation that makes a[p][q] of the symmetric matrix 0 (Golub and Van Loan, section 8.5). */
static void rotate(int n, double *a, double *vectors, int p, int q)
{
    double apq = a[p * n + q];
    if (apq == 0)
        return;
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < n; k++) {
        double kp = a[k * n + p], kq = a[k * n + q];
        a[k * n + p] = c * kp - s * kq;
        a[k * n + q] = s * kp + c * kq;
    }
    for (int k = 0; k < n; k++) {
        double pk = a[p * n + k], qk = a[q * n + k];
        a[p * n + k] = c * pk - s * qk;
        a[q * n + k] = s * pk + c * qk;
        double vp = vectors[k * n + p], vq = vectors[k * n + q];
        vectors[k * n + p] = c * vp - s * vq;
        vectors[k * n + q] = s * vp + c * vq;
    }
}

/* The eigenvectors of a symmetric matrix [n x n], whose diagonal becomes the eigenvalues. */
static void eigenvectors(int n, double *a, double *vectors)
{
    memset(vectors, 0, (size_t)n * (size_t)n * sizeof *vectors);
    for (int i = 0; i < n; i++)
        vectors[i * n + i] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++)
                rotate(n, a, vectors, p, q);
}

/* The indices of the `rank` largest values of the diagonal, in descending order. */
static void choose_largest(int n, const double *a, int rank, int *chosen)
{
    for (int r = 0; r < rank; r++) {
        chosen[r] = -1;
        for (int i = 0; i < n; i++) {
            bool taken = false;
            for (int other = 0; other < r; other++)
                taken = taken || chosen[other] == i;
            if (!taken && (chosen[r] < 0 || a[i * n + i] > a[chosen[r] * n + chosen[r]]))
                chosen[r] = i;
        }
    }
}

/* out [n x rank] = x [n x width] times the chosen columns of `vectors` [width x width]. */
static void combine(const double *x, int64_t n, int width, const double *vectors, const int *chosen, int rank,
                    float *out)
{
    for (int64_t i = 0; i < n; i++)
        for (int r = 0; r < rank; r++) {
            double sum = 0;
            for (int j = 0; j < width && chosen[r] >= 0; j++)
                sum += x[i * width + j] * vectors[j * width + chosen[r]];
            out[i * rank + r] = (float)sum;
        }
}

/* The basis of the columns' space is in it->columns. Rotates it to the singular vectors, which are the eigenvectors of
 * (A columns)^T (A columns). */
static enum status finish(const struct iteration *it, int rank, float *left, float *right, struct error *error)
{
    int width = it->width;
    size_t cells = (size_t)width * (size_t)width;
    double *products = calloc(cells, sizeof *products), *vectors = malloc(cells * sizeof *vectors);
    int *chosen = malloc((size_t)rank * sizeof *chosen);
    enum status status = products && vectors && chosen ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        to_rows(it);
        for (int64_t i = 0; i < it->matrix->n_rows; i++)
            for (int p = 0; p < width; p++)
                for (int q = 0; q < width; q++)
                    products[p * width + q] += it->rows[i * width + p] * it->rows[i * width + q];
        eigenvectors(width, products, vectors);
        choose_largest(width, products, rank, chosen);
        combine(it->rows, it->matrix->n_rows, width, vectors, chosen, rank, left);
        combine(it->columns, it->matrix->n_columns, width, vectors, chosen, rank, right);
    }
    free(products);
    free(vectors);
    free(chosen);
    return status;
}

static void start(const struct iteration *it, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (int64_t i = 0; i < it->matrix->n_rows; i++) {
        it->sums[i] = 0;
        for (int64_t e = it->matrix->starts[i]; e < it->matrix->starts[i + 1]; e++)
            it->sums[i] += (double)it->matrix->counts[e];
        for (int j = 0; j < it->width; j++)
            it->rows[i * it->width + j] = random_normal(&random);
    }
}

enum status title_factorise(const struct title_matrix *matrix, int rank, uint64_t seed, float **left, float **right,
                            struct error *error)
{
    int64_t smaller = matrix->n_rows < matrix->n_columns ? matrix->n_rows : matrix->n_columns;
    struct iteration it = {.matrix = matrix, .width = rank + SPARE < smaller ? rank + SPARE : (int)smaller};
    size_t n_rows = (size_t)matrix->n_rows, n_columns = (size_t)matrix->n_columns, width = (size_t)it.width;
    it.sums = malloc(n_rows * sizeof *it.sums);
    it.rows = malloc(n_rows * width * sizeof *it.rows);
    it.columns = malloc(n_columns * width * sizeof *it.columns);
    *left = malloc(n_rows * (size_t)rank * sizeof **left);
    *right = malloc(n_columns * (size_t)rank * sizeof **right);
    enum status status = it.sums && it.rows && it.columns && *left && *right ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        start(&it, seed);
    for (int i = 0; i < ITERATIONS && status == STATUS_OK; i++) {
        orthonormalise(it.rows, matrix->n_rows, it.width);
        to_columns(&it);
        orthonormalise(it.columns, matrix->n_columns, it.width);
        to_rows(&it);
    }
    if (status == STATUS_OK)
        status = finish(&it, rank, *left, *right, error);
    free(it.sums);
    free(it.rows);
    free(it.columns);
    if (status != STATUS_OK) {
        free(*left);
        free(*right);
        *left = *right = NULL;
    }
    return status;
}
