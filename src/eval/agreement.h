#ifndef SLEEVE_EVAL_AGREEMENT_H
#define SLEEVE_EVAL_AGREEMENT_H

#include <stddef.h>

/* How far two raters agree beyond chance. */

enum { AGREEMENT_CATEGORIES_MAX = 8 };

struct agreement {
    size_t n;        /* items that both have rated */
    double observed; /* share of them on which they agree; NAN where n is 0 */
    double expected; /* share on which they would agree by chance; NAN where n is 0 */
    /* Cohen's kappa (Cohen 1960): (observed - expected) / (1 - expected), unweighted. NAN where it cannot be computed:
     * without items, or when both raters gave all of them the same one category. */
    double kappa;
};
/* Categories are 0 .. categories - 1, at most AGREEMENT_CATEGORIES_MAX of them. */
struct agreement agreement_of(const int *a, const int *b, size_t n, int categories);

#endif
