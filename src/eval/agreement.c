#include "eval/agreement.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

struct agreement agreement_of(const int *a, const int *b, size_t n, int categories)
{
    size_t by_a[AGREEMENT_CATEGORIES_MAX] = {0}, by_b[AGREEMENT_CATEGORIES_MAX] = {0}, same = 0;
    assert(categories > 0 && categories <= AGREEMENT_CATEGORIES_MAX);
    if (n == 0)
        return (struct agreement){.observed = NAN, .expected = NAN, .kappa = NAN};
    for (size_t i = 0; i < n; i++) {
        assert(a[i] >= 0 && a[i] < categories && b[i] >= 0 && b[i] < categories);
        by_a[a[i]]++;
        by_b[b[i]]++;
        same += a[i] == b[i];
    }
    const double items = (double)n;
    struct agreement agreement = {.n = n, .observed = (double)same / items};
    bool one_category = false;
    for (int k = 0; k < categories; k++) {
        agreement.expected += (double)by_a[k] / items * ((double)by_b[k] / items);
        one_category = one_category || (by_a[k] == n && by_b[k] == n);
    }
    agreement.kappa = one_category ? NAN : (agreement.observed - agreement.expected) / (1 - agreement.expected);
    return agreement;
}
