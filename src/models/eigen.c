#include "models/eigen.h"

#include <math.h>

enum { SWEEPS = 60 };

static double off_diagonal(int64_t d, const double *a)
{
    double sum = 0;
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < i; j++)
            sum += a[i * d + j] * a[i * d + j];
    return sum;
}

/* Makes A[p, q] zero. */
static void rotate(int64_t d, double *a, double *v, int64_t p, int64_t q)
{
    double apq = a[p * d + q];
    if (apq == 0)
        return;
    double tau = (a[q * d + q] - a[p * d + p]) / (2 * apq);
    double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
    double c = 1 / sqrt(1 + t * t), s = t * c;
    for (int64_t i = 0; i < d; i++) {
        double x = a[i * d + p], y = a[i * d + q];
        a[i * d + p] = c * x - s * y;
        a[i * d + q] = s * x + c * y;
    }
    for (int64_t i = 0; i < d; i++) {
        double x = a[p * d + i], y = a[q * d + i];
        a[p * d + i] = c * x - s * y;
        a[q * d + i] = s * x + c * y;
        x = v[i * d + p], y = v[i * d + q];
        v[i * d + p] = c * x - s * y;
        v[i * d + q] = s * x + c * y;
    }
}

void eigen_symmetric(int64_t d, double *a, double *v)
{
    double size = off_diagonal(d, a);
    for (int64_t i = 0; i < d; i++) {
        for (int64_t j = 0; j < d; j++)
            v[i * d + j] = i == j;
        size += a[i * d + i] * a[i * d + i];
    }
    for (int sweep = 0; sweep < SWEEPS && off_diagonal(d, a) > 1e-24 * size; sweep++)
        for (int64_t p = 0; p < d; p++)
            for (int64_t q = p + 1; q < d; q++)
                rotate(d, a, v, p, q);
}
