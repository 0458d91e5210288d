#ifndef SLEEVE_MAP_MEASURES_H
#define SLEEVE_MAP_MEASURES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

/* How well points with the same label are together, by Euclidean distance; of an embedding or of its map. */

enum { MEASURES_NEIGHBOURS = 10 };

struct map_measures {
    int neighbours; /* MEASURES_NEIGHBOURS, or n - 1 if that is less */
    /* The share of the nearest neighbours (ties by index) that have the point's label, and its expectation under random
     * order, (points of the label - 1) / (n - 1); means over points. NAN if n < 2. */
    double purity, purity_chance;
    /* Mean of (b - a) / max(a, b) with the mean distance a to the other points of the label and b to those of the
     * nearest other label; 0 for a point alone with its label (Rousseeuw 1987, J. Comput. Appl. Math. 20, section 2).
     * NAN for fewer than two labels. */
    double silhouette;
};

/* x [n x dim], labels [n] in 0..n_labels-1. Time O(n^2 dim). */
enum status map_measure(int64_t n, int64_t dim, const float *x, const int *labels, int n_labels,
                        struct map_measures *measures, struct error *error);
/* Whether that takes at most a few seconds. */
bool map_measure_is_quick(int64_t n, int64_t dim);

#endif
