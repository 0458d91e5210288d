#include "map/measures.h"

#include <math.h>
#include <stdlib.h>

static double distance(const float *a, const float *b, int64_t dim)
{
    enum { LANES = 8 };
    double sums[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (int l = 0; l < LANES; l++) {
            double d = (double)a[i + l] - (double)b[i + l];
            sums[l] += d * d;
        }
    double sum = 0;
    for (; i < dim; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    for (int l = 0; l < LANES; l++)
        sum += sums[l];
    return sqrt(sum);
}

struct work {
    int64_t n;
    const int *labels;
    int n_labels;
    double *distances; /* [n] from the current point */
    double *sums;      /* [n_labels] of these distances */
    int64_t *counts;   /* [n_labels] points */
};

/* The number of the `k` nearest other points that have the label of point i. */
static int same_label(const struct work *work, int64_t i, int k)
{
    int64_t nearest[MEASURES_NEIGHBOURS];
    int count = 0, same = 0;
    for (int64_t j = 0; j < work->n; j++) {
        if (j == i || (count == k && work->distances[j] >= work->distances[nearest[k - 1]]))
            continue;
        int at = count < k ? count++ : k - 1;
        for (; at > 0 && work->distances[nearest[at - 1]] > work->distances[j]; at--)
            nearest[at] = nearest[at - 1];
        nearest[at] = j;
    }
    for (int at = 0; at < count; at++)
        same += work->labels[nearest[at]] == work->labels[i];
    return same;
}

static double silhouette(const struct work *work, int64_t i)
{
    int own = work->labels[i];
    double within, nearest = INFINITY;
    for (int label = 0; label < work->n_labels; label++)
        work->sums[label] = 0;
    for (int64_t j = 0; j < work->n; j++)
        work->sums[work->labels[j]] += work->distances[j];
    if (work->counts[own] < 2)
        return 0;
    within = work->sums[own] / (double)(work->counts[own] - 1);
    for (int label = 0; label < work->n_labels; label++)
        if (label != own && work->counts[label] > 0)
            nearest = fmin(nearest, work->sums[label] / (double)work->counts[label]);
    double larger = fmax(within, nearest);
    return larger > 0 ? (nearest - within) / larger : 0;
}

static void measure(struct work *work, int64_t dim, const float *x, struct map_measures *measures)
{
    const int64_t n = work->n;
    int labels = 0;
    double same = 0, chance = 0, sum = 0;
    for (int64_t i = 0; i < n; i++)
        work->counts[work->labels[i]]++;
    for (int label = 0; label < work->n_labels; label++)
        labels += work->counts[label] > 0;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            work->distances[j] = distance(x + i * dim, x + j * dim, dim);
        same += same_label(work, i, measures->neighbours);
        chance += (double)(work->counts[work->labels[i]] - 1);
        sum += labels > 1 ? silhouette(work, i) : 0;
    }
    if (n > 1) {
        measures->purity = same / (double)n / measures->neighbours;
        measures->purity_chance = chance / (double)n / (double)(n - 1);
    }
    if (labels > 1)
        measures->silhouette = sum / (double)n;
}

enum status map_measure(int64_t n, int64_t dim, const float *x, const int *labels, int n_labels,
                        struct map_measures *measures, struct error *error)
{
    const int neighbours = n > MEASURES_NEIGHBOURS ? MEASURES_NEIGHBOURS : n > 1 ? (int)n - 1 : 0;
    *measures = (struct map_measures){
        .neighbours = neighbours, .purity = (double)NAN, .purity_chance = (double)NAN, .silhouette = (double)NAN};
    struct work work = {
        .n = n,
        .labels = labels,
        .n_labels = n_labels,
        .distances = malloc(((size_t)n + 1) * sizeof(double)),
        .sums = calloc((size_t)n_labels + 1, sizeof(double)),
        .counts = calloc((size_t)n_labels + 1, sizeof(int64_t)),
    };
    bool good = work.distances && work.sums && work.counts;
    if (good)
        measure(&work, dim, x, measures);
    free(work.distances);
    free(work.sums);
    free(work.counts);
    return good ? STATUS_OK : error_no_memory(error);
}

bool map_measure_is_quick(int64_t n, int64_t dim)
{
    return (double)n * (double)n * (double)dim <= 4e9;
}
