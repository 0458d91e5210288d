#ifndef SLEEVE_MODELS_FACTORS_H
#define SLEEVE_MODELS_FACTORS_H

#include "models/kind.h"

/* Rows with a vector each on the device, asked for the highest dot products with a playlist's vector: what every
 * factor model has in common. */
struct factors {
    struct compute *compute;
    int64_t n, d;
    struct compute_buffer *items;   /* [n x d] */
    struct compute_buffer *queries; /* [room x d], filled by the caller of factors_recommend */
    size_t room;
    struct compute_buffer *starts, *rows, *sorted; /* the lists last given */
    struct compute_buffer *index;                  /* of the items, once it pays; NULL before */
    double passes;                                 /* over the items without one */
};

enum status factors_open(struct factors *factors, struct compute *compute, const float *items, int64_t n, int64_t d,
                         struct error *error);
void factors_close(struct factors *factors);
/* Puts the lists on the device and makes room for as many queries. */
enum status factors_begin(struct factors *factors, const struct seed_lists *lists, struct error *error);
/* The best rows for the queries of these lists. */
enum status factors_finish(struct factors *factors, const struct seed_lists *lists, size_t k, int32_t *ids,
                           float *scores, struct error *error);

#endif
