#include "ui/terminal/palette.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 1 << 15, TABLE_SIZE = 1 << 16, ROUNDS = 3 };

/* A colour of the picture and its number of pixels. */
struct point {
    float value[3];
    float weight;
};

struct box {
    int begin, end;
    int axis;
    double mean, spread; /* along the axis; spread: sum of squares */
};

/* ------------------------------------------------------------------ the picture's colours */

struct bin {
    uint32_t key; /* colour + 1; 0: free */
    uint32_t count;
    uint64_t sum[3];
};

static bool count_colours(const uint8_t *rgb, size_t n_pixels, uint32_t mask, struct bin *table, int *n_colours)
{
    memset(table, 0, sizeof *table * TABLE_SIZE);
    *n_colours = 0;
    for (size_t i = 0; i < n_pixels; i++) {
        const uint8_t *pixel = rgb + 3 * i;
        uint32_t key = (((uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2]) & mask) + 1;
        uint32_t at = (key * 0x9e3779b1U) >> 16;
        while (table[at].key != 0 && table[at].key != key)
            at = (at + 1) & (TABLE_SIZE - 1);
        if (table[at].key == 0) {
            if (*n_colours == POINTS_MAX)
                return false;
            table[at].key = key;
            ++*n_colours;
        }
        table[at].count++;
        for (int c = 0; c < 3; c++)
            table[at].sum[c] += pixel[c];
    }
    return true;
}

static int take_points(const struct bin *table, struct point *points)
{
    int count = 0;
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (table[i].key == 0)
            continue;
        struct point *point = &points[count++];
        point->weight = (float)table[i].count;
        for (int c = 0; c < 3; c++)
            point->value[c] = (float)table[i].sum[c] / point->weight;
    }
    return count;
}

/* ------------------------------------------------------------------ splitting boxes */

static void measure(const struct point *points, struct box *box)
{
    double weight = 0;
    double sum[3] = {0};
    double square[3] = {0};
    for (int i = box->begin; i < box->end; i++) {
        weight += points[i].weight;
        for (int c = 0; c < 3; c++) {
            double value = points[i].value[c];
            sum[c] += points[i].weight * value;
            square[c] += points[i].weight * value * value;
        }
    }
    box->spread = -1;
    for (int c = 0; c < 3; c++) {
        double spread = square[c] - sum[c] * sum[c] / weight;
        if (spread > box->spread) {
            box->spread = spread;
            box->axis = c;
            box->mean = sum[c] / weight;
        }
    }
    if (box->end - box->begin < 2)
        box->spread = 0;
}

static int cut(struct point *points, const struct box *box)
{
    int low = box->begin;
    int high = box->end;
    while (low < high) {
        if (points[low].value[box->axis] <= box->mean) {
            low++;
        } else {
            struct point held = points[low];
            points[low] = points[--high];
            points[high] = held;
        }
    }
    return low;
}

static int cut_boxes(struct point *points, int n_points, int colours, struct box *boxes)
{
    int count = 1;
    boxes[0] = (struct box){.begin = 0, .end = n_points};
    measure(points, &boxes[0]);
    while (count < colours) {
        struct box *widest = &boxes[0];
        for (int i = 1; i < count; i++)
            if (boxes[i].spread > widest->spread)
                widest = &boxes[i];
        if (widest->spread <= 1e-3)
            break;
        int middle = cut(points, widest);
        if (middle == widest->begin || middle == widest->end) {
            widest->spread = 0;
            continue;
        }
        boxes[count] = (struct box){.begin = middle, .end = widest->end};
        widest->end = middle;
        measure(points, widest);
        measure(points, &boxes[count++]);
    }
    return count;
}

/* ------------------------------------------------------------------ nearest colour */

/* The colours in the order of r + g + b: a search starts at the pixel's own sum and moves outwards until no colour can
 * be nearer, because (difference of sums)^2 <= 3 x squared distance. */
struct finder {
    int count;
    float sum[PALETTE_MAX];
    float rgb[PALETTE_MAX][3];
    int index[PALETTE_MAX];
};

static void finder_build(struct finder *finder, const float (*colours)[3], int count)
{
    finder->count = count;
    for (int i = 0; i < count; i++) {
        float sum = colours[i][0] + colours[i][1] + colours[i][2];
        int at = i;
        for (; at > 0 && finder->sum[at - 1] > sum; at--) {
            finder->sum[at] = finder->sum[at - 1];
            finder->index[at] = finder->index[at - 1];
        }
        finder->sum[at] = sum;
        finder->index[at] = i;
    }
    for (int i = 0; i < count; i++)
        memcpy(finder->rgb[i], colours[finder->index[i]], sizeof finder->rgb[i]);
}

static void finder_try(const struct finder *finder, int at, const float *value, float *best, int *nearest)
{
    float r = finder->rgb[at][0] - value[0];
    float g = finder->rgb[at][1] - value[1];
    float b = finder->rgb[at][2] - value[2];
    float distance = r * r + g * g + b * b;
    if (distance < *best) {
        *best = distance;
        *nearest = at;
    }
}

static int finder_nearest(const struct finder *finder, const float *value, float *distance)
{
    float sum = value[0] + value[1] + value[2];
    int low = 0;
    int high = finder->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (finder->sum[middle] < sum)
            low = middle + 1;
        else
            high = middle;
    }
    float best = INFINITY;
    int nearest = 0;
    int down = low - 1;
    for (int up = low; down >= 0 || up < finder->count;) {
        if (up < finder->count) {
            float gap = finder->sum[up] - sum;
            if (gap * gap >= 3 * best)
                up = finder->count;
            else
                finder_try(finder, up++, value, &best, &nearest);
        }
        if (down >= 0) {
            float gap = sum - finder->sum[down];
            if (gap * gap >= 3 * best)
                down = -1;
            else
                finder_try(finder, down--, value, &best, &nearest);
        }
    }
    *distance = best;
    return finder->index[nearest];
}

/* One round of k-means; returns the sum of squared distances before the update. A colour without pixels does not move.
 */
static double refine(const struct point *points, int n_points, float (*colours)[3], int count)
{
    struct finder finder;
    finder_build(&finder, (const float(*)[3])colours, count);
    double sums[PALETTE_MAX][4] = {{0}};
    double total = 0;
    for (int i = 0; i < n_points; i++) {
        float distance;
        double *sum = sums[finder_nearest(&finder, points[i].value, &distance)];
        for (int c = 0; c < 3; c++)
            sum[c] += points[i].weight * points[i].value[c];
        sum[3] += points[i].weight;
        total += points[i].weight * distance;
    }
    for (int k = 0; k < count; k++)
        for (int c = 0; c < 3 && sums[k][3] > 0; c++)
            colours[k][c] = (float)(sums[k][c] / sums[k][3]);
    return total;
}

/* Sixel colours are percentages: the palette holds the colours that are really shown, so that mapping to it is exact.
 */
static uint8_t shown_value(float value)
{
    long percent = lroundf(value * 100 / 255);
    return (uint8_t)lround((double)percent * 255 / 100);
}

enum status palette_make(const uint8_t *rgb, size_t n_pixels, int colours, struct palette *palette, struct error *error)
{
    *palette = (struct palette){0};
    struct bin *table = malloc(sizeof *table * TABLE_SIZE);
    struct point *points = malloc(sizeof *points * POINTS_MAX);
    if (!table || !points) {
        free(table);
        free(points);
        return error_no_memory(error);
    }
    int n_points;
    bool exact = count_colours(rgb, n_pixels, 0xffffff, table, &n_points);
    if (!exact)
        count_colours(rgb, n_pixels, 0xf8f8f8, table, &n_points);
    n_points = take_points(table, points);
    float centres[PALETTE_MAX][3] = {{0}};
    if (n_points <= colours) {
        palette->count = n_points;
        for (int i = 0; i < n_points; i++)
            memcpy(centres[i], points[i].value, sizeof centres[i]);
    } else {
        struct box boxes[PALETTE_MAX];
        palette->count = cut_boxes(points, n_points, colours, boxes);
        for (int i = 0; i < palette->count; i++) {
            double weight = 0;
            double sum[3] = {0};
            for (int p = boxes[i].begin; p < boxes[i].end; p++) {
                weight += points[p].weight;
                for (int c = 0; c < 3; c++)
                    sum[c] += points[p].weight * points[p].value[c];
            }
            for (int c = 0; c < 3; c++)
                centres[i][c] = (float)(sum[c] / weight);
        }
        double total = 0;
        for (int round = 0; round < ROUNDS; round++)
            total = refine(points, n_points, centres, palette->count);
        palette->error = sqrt(total / (3.0 * (double)n_pixels));
    }
    for (int i = 0; i < palette->count; i++)
        for (int c = 0; c < 3; c++)
            palette->rgb[i][c] = shown_value(centres[i][c]);
    free(table);
    free(points);
    return STATUS_OK;
}

/* -0.5..0.5, evenly distributed over neighbouring positions (interleaved gradient noise, Jimenez 2014). */
static float pattern(int x, int y)
{
    float inner = 0.06711056F * (float)x + 0.00583715F * (float)y;
    float outer = 52.9829189F * (inner - floorf(inner));
    return outer - floorf(outer) - 0.5F;
}

void palette_map(const struct palette *palette, const uint8_t *rgb, int width, int height, uint8_t *indices)
{
    struct finder finder;
    float colours[PALETTE_MAX][3];
    for (int i = 0; i < palette->count; i++)
        for (int c = 0; c < 3; c++)
            colours[i][c] = palette->rgb[i][c];
    finder_build(&finder, (const float(*)[3])colours, palette->count);
    float strength = (float)palette->error * 1.7320508F; /* as strong on average as the palette's error */
    uint32_t last = UINT32_MAX;
    uint8_t last_index = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const uint8_t *pixel = rgb + 3 * ((size_t)y * (size_t)width + (size_t)x);
            uint32_t key = (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
            if (strength > 0 || key != last) {
                float shift = strength > 0 ? strength * pattern(x, y) : 0;
                float value[3] = {pixel[0] + shift, pixel[1] + shift, pixel[2] + shift};
                float distance;
                last_index = (uint8_t)finder_nearest(&finder, value, &distance);
                last = key;
            }
            indices[(size_t)y * (size_t)width + (size_t)x] = last_index;
        }
}
