#ifndef SLEEVE_GPU_CPU_SELECT_H
#define SLEEVE_GPU_CPU_SELECT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Keeps the k best of a stream of (score, row) without storing the rest. A candidate is one 64-bit key whose order is
 * "higher score first, then lower row": the score's bits made monotonic in the upper half, the row's complement in the
 * lower. Candidates above the threshold are appended; a full list is cut to its k best by quickselect, and the worst of
 * them is the new threshold. Rows must arrive in ascending order, so that a candidate equal to the threshold loses the
 * tie and can be skipped. */
struct selection {
    uint64_t *keys; /* [selection_capacity(k)] */
    int64_t k, count;
    float threshold; /* only higher scores can still matter; NaN is never higher */
};

/* Whether `row` is among excluded[starts[query]..starts[query + 1]), which is sorted; never without starts. */
static inline bool selection_excludes(const int64_t *starts, const int32_t *excluded, int64_t query, int64_t row)
{
    if (!starts)
        return false;
    int64_t low = starts[query], end = starts[query + 1], high = end;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (excluded[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && excluded[low] == row;
}

static inline int64_t selection_capacity(int64_t k)
{
    return 2 * k + 64;
}

static inline uint64_t selection_key(float score, int64_t row)
{
    uint32_t bits;
    score += 0.0f; /* -0 and 0 tie */
    memcpy(&bits, &score, sizeof bits);
    bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return (uint64_t)bits << 32 | (uint32_t) ~(uint32_t)row;
}

static inline float selection_score(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    bits = bits & 0x80000000u ? bits & 0x7fffffffu : ~bits;
    float score;
    memcpy(&score, &bits, sizeof score);
    return score;
}

static inline int32_t selection_row(uint64_t key)
{
    return (int32_t) ~(uint32_t)key;
}

static inline void selection_start(struct selection *selection, uint64_t *keys, int64_t k)
{
    *selection = (struct selection){.keys = keys, .k = k, .threshold = -INFINITY};
}

/* Partitions more than k keys so that the k highest are in front, the lowest of them last. */
static inline void selection_divide(uint64_t *keys, int64_t count, int64_t k)
{
    int64_t low = 0, high = count - 1;
    while (low < high) {
        uint64_t pivot = keys[low + (high - low) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (keys[i] > pivot)
                i++;
            while (keys[j] < pivot)
                j--;
            if (i <= j) {
                uint64_t swapped = keys[i];
                keys[i++] = keys[j];
                keys[j--] = swapped;
            }
        }
        if (k - 1 <= j)
            high = j;
        else if (k - 1 >= i)
            low = i;
        else
            break;
    }
}

/* Moves the k highest keys of the list to its front and drops the others. */
static inline void selection_cut(struct selection *selection)
{
    if (selection->count <= selection->k)
        return;
    selection_divide(selection->keys, selection->count, selection->k);
    selection->count = selection->k;
    selection->threshold = selection_score(selection->keys[selection->k - 1]);
}

static inline void selection_add(struct selection *selection, float score, int64_t row)
{
    selection->keys[selection->count++] = selection_key(score, row);
    if (selection->count == selection_capacity(selection->k))
        selection_cut(selection);
}

static inline void selection_sift(uint64_t *keys, int64_t root, int64_t count)
{
    for (int64_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && keys[child + 1] < keys[child])
            child++;
        if (keys[root] <= keys[child])
            return;
        uint64_t swapped = keys[root];
        keys[root] = keys[child];
        keys[child] = swapped;
    }
}

/* Sorts, best first: by one byte after the other, from the lowest; `other` [count] is work space. Bytes that are the
 * same in all keys are left out. */
static inline void selection_sort_bytes(uint64_t *keys, uint64_t *other, int64_t count)
{
    uint64_t *from = keys, *to = other;
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t ends[256] = {0}, total = 0;
        for (int64_t i = 0; i < count; i++)
            ends[~from[i] >> shift & 255]++; /* the highest first */
        if (ends[~from[0] >> shift & 255] == count)
            continue;
        for (int byte = 0; byte < 256; byte++) {
            int64_t size = ends[byte];
            ends[byte] = total;
            total += size;
        }
        for (int64_t i = 0; i < count; i++)
            to[ends[~from[i] >> shift & 255]++] = from[i];
        uint64_t *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != keys)
        memcpy(keys, from, (size_t)count * sizeof *keys);
}

/* Cuts to the k best and sorts them, best first. Few by heap sort (no quadratic case); many by their bytes, for which
 * the list has space behind them. */
static inline void selection_finish(struct selection *selection)
{
    enum { MANY = 4096 };
    selection_cut(selection);
    uint64_t *keys = selection->keys;
    if (selection->count >= MANY) {
        selection_sort_bytes(keys, keys + selection->count, selection->count);
        return;
    }
    for (int64_t i = selection->count / 2; i-- > 0;)
        selection_sift(keys, i, selection->count);
    for (int64_t end = selection->count - 1; end > 0; end--) {
        uint64_t swapped = keys[0];
        keys[0] = keys[end];
        keys[end] = swapped;
        selection_sift(keys, 0, end);
    }
}

#endif
