#include "models/eigenvalue_signs.h"

#include <float.h>
#include <math.h>

static void swap_rows_and_columns(int64_t d, double *a, int64_t p, int64_t q)
{
    for (int64_t i = 0; i < d; i++) {
        double kept = a[p * d + i];
        a[p * d + i] = a[q * d + i];
        a[q * d + i] = kept;
    }
    for (int64_t i = 0; i < d; i++) {
        double kept = a[i * d + p];
        a[i * d + p] = a[i * d + q];
        a[i * d + q] = kept;
    }
}

int64_t eigenvalues_above(int64_t d, double *a, double tolerance, int64_t *pivots)
{
    double first = 0;
    for (int64_t i = 0; i < d; i++)
        pivots[i] = i;
    for (int64_t k = 0; k < d; k++) {
        int64_t best = k;
        for (int64_t i = k + 1; i < d; i++)
            best = a[i * d + i] > a[best * d + best] ? i : best;
        double pivot = a[best * d + best];
        first = k == 0 ? pivot : first;
        if (!(pivot > tolerance * first) || !(pivot > 0))
            return k;
        int64_t kept = pivots[k];
        pivots[k] = pivots[best];
        pivots[best] = kept;
        swap_rows_and_columns(d, a, k, best);
        for (int64_t i = k + 1; i < d; i++) {
            double factor = a[i * d + k] / pivot;
            for (int64_t j = k + 1; j < d; j++)
                a[i * d + j] -= factor * a[k * d + j];
        }
    }
    return d;
}

/* Householder step k: A <- H A H with H = 1 - b v vᵀ makes row and column k zero beyond the off-diagonal element, which
 * is returned. v overwrites row k. */
static double reflect(int64_t d, double *a, int64_t k, double *w)
{
    double *v = a + k * d, norm = 0;
    for (int64_t i = k + 1; i < d; i++)
        norm += v[i] * v[i];
    norm = sqrt(norm);
    double beside = v[k + 1] > 0 ? -norm : norm, b = norm * (norm + fabs(v[k + 1]));
    if (b < DBL_MIN)
        return v[k + 1];
    b = 1 / b;
    v[k + 1] -= beside;
    double along = 0;
    for (int64_t i = k + 1; i < d; i++) {
        double sum = 0;
        for (int64_t j = k + 1; j < d; j++)
            sum += a[i * d + j] * v[j];
        w[i] = b * sum;
        along += b * sum * v[i];
    }
    for (int64_t i = k + 1; i < d; i++)
        w[i] -= b / 2 * along * v[i];
    for (int64_t i = k + 1; i < d; i++)
        for (int64_t j = k + 1; j < d; j++)
            a[i * d + j] -= v[i] * w[j] + w[i] * v[j];
    return beside;
}

int64_t count_positive_eigenvalues(int64_t d, double *a, double *scratch)
{
    int64_t count = 0;
    double factor = 1, beside = 0;
    for (int64_t k = 0; k < d; k++) {
        double next = k + 2 < d ? reflect(d, a, k, scratch) : k + 1 < d ? a[k * d + k + 1] : 0;
        factor = a[k * d + k] - beside * beside / factor;
        if (fabs(factor) < DBL_MIN)
            factor = -DBL_MIN;
        count += factor > 0;
        beside = next;
    }
    return count;
}
