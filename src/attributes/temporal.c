#include "attributes/temporal.h"

#include <math.h>

enum { LEAST_WINDOW = 3, WINDOWS = 6 };

int64_t temporal_window(int64_t n)
{
    const int64_t window = n / WINDOWS > LEAST_WINDOW ? n / WINDOWS : LEAST_WINDOW;
    return window < n ? window : n;
}

double temporal_peak(const float *values, int64_t n)
{
    const int64_t window = temporal_window(n);
    double best = -INFINITY;
    for (int64_t first = 0; first + window <= n; first++) {
        double sum = 0;
        for (int64_t i = first; i < first + window; i++)
            sum += (double)values[i];
        best = fmax(best, sum / (double)window);
    }
    return best;
}

void temporal_smooth(const float *values, int64_t n, double *smooth)
{
    const int64_t window = temporal_window(n), before = window / 2;
    for (int64_t at = 0; at < n; at++) {
        const int64_t first = at - before > 0 ? at - before : 0;
        const int64_t end = at - before + window < n ? at - before + window : n;
        double sum = 0;
        for (int64_t i = first; i < end; i++)
            sum += (double)values[i];
        smooth[at] = sum / (double)(end - first);
    }
}

bool temporal_consistency(const double *smooth, int64_t n, double *consistency)
{
    double moves = 0, sum = 0;
    for (int64_t i = 0; i + 1 < n; i++) {
        moves += fabs(smooth[i + 1] - smooth[i]);
        sum += smooth[i];
    }
    if (n < 2 || !(sum > 0))
        return false;
    *consistency = 1 - moves / sum;
    return true;
}
