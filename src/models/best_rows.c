#include "models/best_rows.h"

#include <math.h>
#include <stdbool.h>

#include "core/random.h"

struct ranking {
    const float *score, *more;
};

static bool ranks_before(const struct ranking *ranking, int32_t a, int32_t b)
{
    if (ranking->score[a] != ranking->score[b])
        return ranking->score[a] > ranking->score[b];
    if (ranking->more && ranking->more[a] != ranking->more[b])
        return ranking->more[a] > ranking->more[b];
    return random_mix((uint64_t)a) < random_mix((uint64_t)b);
}

/* Puts `row` in the place of the first row of a heap, which is the one that ranks last. */
static void sift_down(const struct ranking *ranking, int32_t *heap, size_t count, int32_t row)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && ranks_before(ranking, heap[child], heap[child + 1]))
            child++;
        if (!ranks_before(ranking, row, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = row;
}

static void sift_up(const struct ranking *ranking, int32_t *heap, size_t at, int32_t row)
{
    for (; at > 0 && ranks_before(ranking, heap[(at - 1) / 2], row); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = row;
}

size_t best_rows(const float *score, const float *more, int64_t n, size_t k, int32_t *ids)
{
    const struct ranking ranking = {score, more};
    size_t count = 0;
    float least = -INFINITY; /* of a full heap */
    for (int64_t i = 0; i < n && k > 0; i++) {
        int32_t row = (int32_t)i;
        if (score[i] < least || score[i] == -INFINITY)
            continue;
        if (count < k)
            sift_up(&ranking, ids, count++, row);
        else if (ranks_before(&ranking, row, ids[0]))
            sift_down(&ranking, ids, count, row);
        least = count == k ? score[ids[0]] : least;
    }
    for (size_t left = count; left > 1; left--) {
        int32_t last = ids[0];
        sift_down(&ranking, ids, left - 1, ids[left - 1]);
        ids[left - 1] = last;
    }
    return count;
}
