#include "models/smooth_path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A step must shorten the path by more than rounding does. */
static const double least_gain = 1e-6;

struct path {
    size_t count;
    const float *distances; /* [count x count] */
    const bool *locked;     /* NULL: none */
    int32_t *order;
};

static double distance_of(const float *a, const float *b, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sqrt(sum);
}

double smooth_path_length(const float *points, size_t count, size_t width, const int32_t *order)
{
    double sum = 0;
    for (size_t i = 1; i < count; i++) {
        size_t a = order ? (size_t)order[i - 1] : i - 1, b = order ? (size_t)order[i] : i;
        sum += distance_of(points + a * width, points + b * width, width);
    }
    return sum;
}

static bool is_locked(const struct path *path, size_t position)
{
    return path->locked && path->locked[position];
}

/* Between the points at two positions; positions outside the path have no distance. */
static double between(const struct path *path, int64_t a, int64_t b)
{
    if (a < 0 || b < 0 || a >= (int64_t)path->count || b >= (int64_t)path->count)
        return 0;
    return (double)path->distances[(size_t)path->order[a] * path->count + (size_t)path->order[b]];
}

static double length_of(const struct path *path)
{
    double sum = 0;
    for (int64_t i = 1; i < (int64_t)path->count; i++)
        sum += between(path, i - 1, i);
    return sum;
}

static void exchange(int32_t *a, int32_t *b)
{
    int32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void reverse(int32_t *order, int64_t first, int64_t last)
{
    for (; first < last; first++, last--)
        exchange(&order[first], &order[last]);
}

/* ---- steps; each returns whether it shortened the path ---- */

static bool try_reverse(struct path *path, int64_t first, int64_t last)
{
    double change = between(path, first - 1, last) + between(path, first, last + 1) - between(path, first - 1, first) -
                    between(path, last, last + 1);
    if (change > -least_gain)
        return false;
    reverse(path->order, first, last);
    return true;
}

/* Points that are neighbours are exchanged by try_reverse. */
static bool try_exchange(struct path *path, int64_t a, int64_t b)
{
    double before =
        between(path, a - 1, a) + between(path, a, a + 1) + between(path, b - 1, b) + between(path, b, b + 1);
    double after =
        between(path, a - 1, b) + between(path, b, a + 1) + between(path, b - 1, a) + between(path, a, b + 1);
    if (b - a < 2 || after - before > -least_gain)
        return false;
    exchange(&path->order[a], &path->order[b]);
    return true;
}

/* Moves positions first..last between `to` and to + 1, in their order or in reverse. Three reversals of the range that
 * changes move a part of it. */
static bool try_move(struct path *path, int64_t first, int64_t last, int64_t to, bool turned)
{
    double removed = between(path, first - 1, first) + between(path, last, last + 1) + between(path, to, to + 1);
    double added = between(path, first - 1, last + 1) + between(path, to, turned ? last : first) +
                   between(path, turned ? first : last, to + 1);
    int64_t size = last - first + 1;
    if (added - removed > -least_gain)
        return false;
    if (to > last) {
        reverse(path->order, first, to);
        reverse(path->order, first, to - size);
        if (!turned)
            reverse(path->order, to - size + 1, to);
    } else {
        reverse(path->order, to + 1, last);
        reverse(path->order, to + 1 + size, last);
        if (!turned)
            reverse(path->order, to + 1, to + size);
    }
    return true;
}

/* ---- search ---- */

/* Improves the positions begin..end-1, which are not locked. */
static bool improve_stretch(struct path *path, int64_t begin, int64_t end)
{
    enum { MOVED_MAX = 3 };
    bool improved = false;
    for (int64_t i = begin; i < end; i++)
        for (int64_t j = i + 1; j < end; j++)
            improved |= try_reverse(path, i, j);
    for (int64_t size = 1; size <= MOVED_MAX; size++)
        for (int64_t i = begin; i + size <= end; i++)
            for (int64_t to = begin - 1; to < end; to++)
                if (to < i - 1 || to > i + size - 1)
                    improved |= try_move(path, i, i + size - 1, to, false) || try_move(path, i, i + size - 1, to, true);
    return improved;
}

static bool improve_exchanges(struct path *path)
{
    bool improved = false;
    for (size_t a = 0; a < path->count; a++)
        for (size_t b = a + 2; b < path->count && !is_locked(path, a); b++)
            improved |= !is_locked(path, b) && try_exchange(path, (int64_t)a, (int64_t)b);
    return improved;
}

static void improve(struct path *path)
{
    for (bool improved = true; improved;) {
        improved = false;
        for (size_t begin = 0; begin < path->count; begin++) {
            size_t end = begin;
            while (end < path->count && !is_locked(path, end))
                end++;
            if (end > begin)
                improved |= improve_stretch(path, (int64_t)begin, (int64_t)end);
            begin = end;
        }
        improved |= improve_exchanges(path);
    }
}

/* Fills the positions that are not locked from the front, each with the point nearest to the one before it; the first
 * position keeps its point. */
static enum status start_near(struct path *path, struct error *error)
{
    bool *used = calloc(path->count + 1, sizeof *used);
    if (!used)
        return error_no_memory(error);
    for (size_t i = 0; i < path->count; i++)
        used[i] = i == 0 || is_locked(path, i);
    for (size_t i = 1; i < path->count; i++) {
        size_t nearest = path->count;
        const float *row = path->distances + (size_t)path->order[i - 1] * path->count;
        for (size_t k = 0; k < path->count && !is_locked(path, i); k++)
            if (!used[k] && (nearest == path->count || row[k] < row[nearest]))
                nearest = k;
        if (nearest == path->count)
            continue;
        path->order[i] = (int32_t)nearest;
        used[nearest] = true;
    }
    free(used);
    return STATUS_OK;
}

static void set_same(int32_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = (int32_t)i;
}

static float *make_distances(const float *points, size_t count, size_t width)
{
    float *distances = calloc(count * count + 1, sizeof *distances);
    for (size_t a = 0; distances && a < count; a++)
        for (size_t b = a + 1; b < count; b++)
            distances[a * count + b] = distances[b * count + a] =
                (float)distance_of(points + a * width, points + b * width, width);
    return distances;
}

enum status smooth_path(const float *points, size_t count, size_t width, const bool *locked, int32_t *order,
                        struct error *error)
{
    if (count > SMOOTH_PATH_MAX)
        return error_set(error, STATUS_USAGE, "a smooth path is found for at most %d tracks, and these are %zu",
                         SMOOTH_PATH_MAX, count);
    int32_t *other = malloc((count + 1) * sizeof *other);
    float *distances = make_distances(points, count, width);
    struct path kept = {count, distances, locked, order}, near = {count, distances, locked, other};
    enum status status = other && distances ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        set_same(order, count);
        set_same(other, count);
        improve(&kept);
        status = start_near(&near, error);
    }
    if (status == STATUS_OK) {
        improve(&near);
        if (length_of(&near) < length_of(&kept) && count > 0)
            memcpy(order, other, count * sizeof *order);
    }
    free(other);
    free(distances);
    return status;
}
