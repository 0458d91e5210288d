#include "models/rerank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- weights ---- */

/* The model's scores from 0 to 1; never rising, so that the list alone is in the model's order. */
static void read_relevance(const struct rerank_list *list, float *relevance)
{
    double low = INFINITY, high = -INFINITY;
    bool finite = true;
    for (size_t i = 0; i < list->count; i++) {
        double score = (double)list->scores[i];
        finite = finite && isfinite(score);
        low = fmin(low, score);
        high = fmax(high, score);
    }
    for (size_t i = 0; i < list->count; i++) {
        double by_rank = 1 - (double)i / (double)list->count;
        double share = finite && high > low ? ((double)list->scores[i] - low) / (high - low) : by_rank;
        relevance[i] = (float)share;
        if (i > 0 && relevance[i] > relevance[i - 1])
            relevance[i] = relevance[i - 1];
    }
}

/* Attributes, in any unit: `normalise` maps them to 0..1. */
static void rate_new(const struct rerank_list *list, const struct rerank_space *space, float *rates)
{
    (void)space;
    for (size_t i = 0; i < list->count; i++)
        rates[i] = -(float)log1p(fmax(0, (double)list->playlists[i]));
}

static void rate_like(const struct rerank_list *list, const struct rerank_space *space, float *rates)
{
    for (size_t i = 0; i < list->count; i++)
        rates[i] = rerank_product(space->items + i * space->width, space->seeds, space->width);
}

static bool is_member(const struct rerank_list *list, size_t i, const struct rerank_wish *wish)
{
    const int64_t of[] = {
        [STEERING_TRACK] = list->tracks[i], [STEERING_ALBUM] = list->albums[i], [STEERING_ARTIST] = list->artists[i]};
    return of[wish->item] == wish->id;
}

/* The mean nearness to what is wished more minus that to what is wished less. What belongs to a wished item has
 * nearness 1; anything else its cosine, or 0 without a space. */
static void rate_wishes(const struct rerank_list *list, const struct rerank_space *space, float *rates)
{
    for (size_t i = 0; i < list->count; i++) {
        double sums[2] = {0};
        size_t counts[2] = {0};
        for (size_t w = 0; w < list->n_wishes; w++) {
            const struct rerank_wish *wish = &list->wishes[w];
            double near = is_member(list, i, wish) ? 1
                          : space                  ? (double)rerank_product(space->items + i * space->width,
                                                                            space->wishes + w * space->width, space->width)
                                                   : 0;
            sums[wish->less] += near;
            counts[wish->less]++;
        }
        double more = counts[0] > 0 ? sums[0] / (double)counts[0] : 0;
        double less = counts[1] > 0 ? sums[1] / (double)counts[1] : 0;
        rates[i] = (float)(more - less);
    }
}

static void (*const raters[RERANK_KINDS])(const struct rerank_list *, const struct rerank_space *, float *) = {
    [RERANK_NEW] = rate_new, [RERANK_LIKE] = rate_like, [RERANK_WISHES] = rate_wishes};

/* From 0 for the lowest to 1 for the highest; equal ones are all 0.5. */
static void normalise(float *rates, size_t count)
{
    float low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        low = fminf(low, rates[i]);
        high = fmaxf(high, rates[i]);
    }
    for (size_t i = 0; i < count; i++)
        rates[i] = high > low ? (rates[i] - low) / (high - low) : 0.5F;
}

static enum status find_space(const struct rerank_list *list, const struct rerank_term *term,
                              const struct rerank_space **space, struct error *error)
{
    *space = NULL;
    for (size_t i = 0; i < list->n_spaces && term->space[0]; i++)
        if (strcmp(list->spaces[i].name, term->space) == 0)
            *space = &list->spaces[i];
    if (!*space && term->space[0])
        return error_set(error, STATUS_USAGE, "there is no space \"%s\" to compare tracks by", term->space);
    return STATUS_OK;
}

static bool has_weight(const struct rerank_list *list, const struct rerank_term *term)
{
    return raters[term->kind] && (term->kind != RERANK_WISHES || list->n_wishes > 0);
}

/* values [count]: the weighted mean of the model's scores and the attributes. */
static enum status weigh(const struct rerank_spec *spec, const struct rerank_list *list, float *values, float *rates,
                         struct error *error)
{
    double total = 0;
    enum status status = STATUS_OK;
    for (int t = 0; t < spec->count; t++)
        total += has_weight(list, &spec->terms[t]) ? fabs(spec->terms[t].value) : 0;
    read_relevance(list, values);
    if (total == 0)
        return STATUS_OK;
    double rest = total < 1 ? 1 - total : 0, scale = total > 1 ? 1 / total : 1;
    for (size_t i = 0; i < list->count; i++)
        values[i] *= (float)rest;
    for (int t = 0; t < spec->count && status == STATUS_OK; t++) {
        const struct rerank_term *term = &spec->terms[t];
        const struct rerank_space *space;
        if (!has_weight(list, term))
            continue;
        status = find_space(list, term, &space, error);
        if (status != STATUS_OK)
            break;
        raters[term->kind](list, space, rates);
        normalise(rates, list->count);
        double weight = fabs(term->value) * scale;
        for (size_t i = 0; i < list->count; i++)
            values[i] += (float)(weight * (double)(term->value > 0 ? rates[i] : 1 - rates[i]));
    }
    return status;
}

struct valued {
    float value;
    int32_t at;
};

static int by_value(const void *left, const void *right)
{
    const struct valued *a = left, *b = right;
    return a->value != b->value ? (a->value < b->value) - (a->value > b->value) : (a->at > b->at) - (a->at < b->at);
}

static enum status sort(const float *values, size_t count, int32_t *order, struct error *error)
{
    struct valued *valued = malloc((count + 1) * sizeof *valued);
    if (!valued)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        valued[i] = (struct valued){values[i], (int32_t)i};
    qsort(valued, count, sizeof *valued, by_value);
    for (size_t i = 0; i < count; i++)
        order[i] = valued[i].at;
    free(valued);
    return STATUS_OK;
}

/* ---- all steps ---- */

static enum status choose(const struct rerank_spec *spec, const struct rerank_list *list, const float *values,
                          int32_t *order, struct error *error)
{
    enum status status = STATUS_OK;
    double draw = rerank_spec_value(spec, RERANK_DRAW, NULL), most = rerank_spec_value(spec, RERANK_TOTAL, NULL),
           per_artist = rerank_spec_value(spec, RERANK_ARTISTS, NULL),
           per_album = rerank_spec_value(spec, RERANK_ALBUMS, NULL);
    const struct rerank_term *diversity = rerank_spec_find(spec, RERANK_DIVERSITY, NULL);
    const struct rerank_space *space = NULL;
    if (diversity)
        status = find_space(list, diversity, &space, error);
    if (status == STATUS_OK && diversity)
        status = rerank_diversify(list, values, space, diversity->value, order, error);
    if (status == STATUS_OK && draw > 0)
        status = rerank_draw(list, (uint64_t)draw, order, error);
    if (status == STATUS_OK && most > 0)
        status = rerank_cap_list(list, (int)most, order, error);
    if (status == STATUS_OK && (per_artist > 0 || per_album > 0))
        status = rerank_cap_pages(list, (int)per_artist, (int)per_album, order, error);
    return status;
}

enum status rerank(const struct rerank_spec *spec, const struct rerank_list *list, int32_t *order, struct error *error)
{
    float *values = calloc(2 * list->count + 1, sizeof *values);
    enum status status = values ? weigh(spec, list, values, values + list->count, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = sort(values, list->count, order, error);
    if (status == STATUS_OK)
        status = choose(spec, list, values, order, error);
    free(values);
    return status;
}
