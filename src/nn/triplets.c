#include "nn/triplets.h"

void nn_triplet_loss(struct tape *tape, struct tensor *a, struct tensor *p, struct tensor *n, bool squared,
                     float margin, float factor, struct compute_slice loss)
{
    float beta_a, beta_p, beta_n;
    struct compute_slice d_a = tape_gradient(tape, a, &beta_a), d_p = tape_gradient(tape, p, &beta_p),
                         d_n = tape_gradient(tape, n, &beta_n);
    TAPE_RUN(tape, network.triplet_loss, a->rows, a->columns, squared, margin, factor, a->value, p->value, n->value,
             loss, beta_a, d_a, beta_p, d_p, beta_n, d_n);
}

static double squared_distance(const float *x, int64_t d, int64_t i, int64_t j)
{
    double sum = 0;
    for (int64_t k = 0; k < d; k++) {
        double difference = (double)x[i * d + k] - (double)x[j * d + k];
        sum += difference * difference;
    }
    return sum;
}

void triplets_mine(const float *x, int64_t rows, int64_t d, int64_t n_pairs, const int32_t *anchors,
                   const int32_t *positives, const uint8_t *allowed, int32_t *negatives)
{
    for (int64_t i = 0; i < n_pairs; i++) {
        double near = squared_distance(x, d, anchors[i], positives[i]), best = 0, farthest = -1;
        int32_t semi_hard = -1, easiest = -1;
        for (int64_t row = 0; row < rows; row++) {
            if (!allowed[i * rows + row] || row == anchors[i] || row == positives[i])
                continue;
            double far = squared_distance(x, d, anchors[i], row);
            if (far > near && (semi_hard < 0 || far < best)) {
                semi_hard = (int32_t)row;
                best = far;
            }
            if (easiest < 0 || far > farthest) {
                easiest = (int32_t)row;
                farthest = far;
            }
        }
        negatives[i] = semi_hard >= 0 ? semi_hard : easiest;
    }
}
