/* The measures of each list, alone and re-ranked, and their differences. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/evaluate_rerank_internal.h"
#include "core/clock.h"
#include "eval/compare.h"

/* ---- one list ---- */

/* The attributes of a list. */
struct list_of {
    int64_t tracks[METRICS_LENGTH], artists[METRICS_LENGTH], albums[METRICS_LENGTH], playlists[METRICS_LENGTH];
    float scores[METRICS_LENGTH];
    struct rerank_space spaces[SPACES_MAX];
    float *values[SPACES_MAX];
    int64_t *seeds; /* numbers, artists, albums, [3 x n_seeds] */
    struct rerank_list list;
};

static void read_maker(const struct reranking *own, int64_t track, int64_t *artist, int64_t *album)
{
    bool known = track >= 1 && track <= own->n_tracks;
    *artist = known ? own->artists[track - 1] : 0;
    *album = known ? own->albums[track - 1] : 0;
}

static enum status fill_spaces(const struct reranking *own, struct list_of *of, struct error *error)
{
    const int32_t *seeds = own->evaluated.tracks + own->evaluated.starts[own->at];
    size_t n_seeds = (size_t)own->evaluated.seeds[own->at];
    enum status status = STATUS_OK;
    of->seeds = calloc(3 * n_seeds + 1, sizeof *of->seeds);
    if (!of->seeds)
        return error_no_memory(error);
    for (size_t i = 0; i < n_seeds; i++) {
        of->seeds[i] = (int64_t)seeds[i] + 1;
        read_maker(own, of->seeds[i], &of->seeds[n_seeds + i], &of->seeds[2 * n_seeds + i]);
    }
    const struct space_context context = {of->seeds, of->seeds + n_seeds, of->seeds + 2 * n_seeds, n_seeds, NULL};
    for (size_t s = 0; s < own->n_spaces && status == STATUS_OK; s++) {
        status =
            space_fill(&own->sources[s], own->names[s], &of->list, &context, &of->spaces[s], &of->values[s], error);
        of->list.n_spaces = status == STATUS_OK ? s + 1 : s;
    }
    return status;
}

static enum status list_make(const struct reranking *own, const struct recommendation *list, size_t count,
                             struct list_of *of, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        of->tracks[i] = list[i].track;
        of->scores[i] = list[i].score;
        read_maker(own, list[i].track, &of->artists[i], &of->albums[i]);
        of->playlists[i] = list[i].track <= own->stats.n_tracks ? own->stats.counts[list[i].track - 1] : 0;
    }
    of->list = (struct rerank_list){.count = count,
                                    .tracks = of->tracks,
                                    .artists = of->artists,
                                    .albums = of->albums,
                                    .scores = of->scores,
                                    .playlists = of->playlists,
                                    .spaces = of->spaces};
    return fill_spaces(own, of, error);
}

static void list_free(struct list_of *of)
{
    for (size_t s = 0; s < SPACES_MAX; s++)
        free(of->values[s]);
    free(of->seeds);
    free(of);
}

static double page_distance(const struct reranking *own, const struct list_of *of, const int32_t *order)
{
    float *page;
    if (own->distance >= own->n_spaces)
        return NAN;
    const struct rerank_space *space = &of->spaces[own->distance];
    size_t count = of->list.count < VARIETY_PAGE ? of->list.count : VARIETY_PAGE;
    page = malloc((count * space->width + 1) * sizeof *page);
    for (size_t i = 0; i < count && page; i++)
        memcpy(page + i * space->width, space->items + (size_t)order[i] * space->width, space->width * sizeof *page);
    double distance = page ? variety_distance(page, count, space->width) : (double)NAN;
    free(page);
    return distance;
}

/* The measures of list number `which` of the present playlist, in this order. */
static void measure(struct reranking *own, const struct list_of *of, const int32_t *order, int which)
{
    const struct interactions *evaluated = &own->evaluated;
    int64_t begins = evaluated->starts[own->at] + evaluated->seeds[own->at];
    const int32_t *held_out = evaluated->tracks + begins;
    size_t n_held_out = (size_t)(evaluated->starts[own->at + 1] - begins), count = of->list.count;
    int32_t rows[METRICS_LENGTH] = {0}, *first = own->firsts[which] + own->count * VARIETY_DEPTH;
    double metrics[METRICS];
    for (size_t i = 0; i < count; i++)
        rows[i] = (int32_t)(of->tracks[order[i]] - 1);
    for (size_t i = 0; i < VARIETY_DEPTH; i++)
        first[i] = i < count ? rows[i] : -1;
    metrics_of_list(&own->stats, own->marks, rows, count, held_out, n_held_out, metrics);
    const double values[RERANK_MEASURE_COUNT] = {
        [RERANK_MEASURE_NDCG] = metrics[METRIC_NDCG],
        [RERANK_MEASURE_R_PRECISION] = metrics[METRIC_R_PRECISION],
        [RERANK_MEASURE_CLICKS] = metrics[METRIC_CLICKS],
        [RERANK_MEASURE_RECALL_PAGE] = variety_recall(rows, count, VARIETY_PAGE, held_out, n_held_out),
        [RERANK_MEASURE_RECALL_100] = variety_recall(rows, count, VARIETY_DEPTH, held_out, n_held_out),
        [RERANK_MEASURE_ARTISTS_PAGE] = variety_artists(&own->stats, rows, count),
        [RERANK_MEASURE_POPULARITY_PAGE] = variety_popularity(&own->stats, rows, count),
        [RERANK_MEASURE_DISTANCE_PAGE] = page_distance(own, of, order),
    };
    memcpy(own->values[which] + own->count * RERANK_MEASURE_COUNT, values, sizeof values);
}

enum status evaluate_rerank_take(void *context, int64_t playlist_id, const struct recommendation *list, size_t count,
                                 struct error *error)
{
    struct reranking *own = context;
    int32_t order[METRICS_LENGTH];
    while (own->at < own->evaluated.n_playlists && own->evaluated.playlist_ids[own->at] != playlist_id)
        own->at++;
    if (own->at == own->evaluated.n_playlists)
        return error_set(error, STATUS_FAILED, "a list belongs to no playlist of the split");
    struct list_of *of = calloc(1, sizeof *of);
    enum status status = of ? list_make(own, list, count, of, error) : error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        order[i] = (int32_t)i;
    if (status == STATUS_OK)
        measure(own, of, order, 0);
    for (int i = 0; i < own->settings->n_specs && status == STATUS_OK; i++) {
        double begin = clock_seconds();
        status = rerank(&own->settings->specs[i], &of->list, order, error);
        own->seconds[i + 1] += clock_seconds() - begin;
        if (status == STATUS_OK)
            measure(own, of, order, i + 1);
    }
    own->count += status == STATUS_OK;
    if (of)
        list_free(of);
    return status;
}

/* ---- the differences ---- */

static enum status compare_measure(const struct reranking *own, int which, enum rerank_measure measure,
                                   struct rerank_difference *out, struct error *error)
{
    double *differences = malloc((own->count + 1) * sizeof *differences), alone = 0, reranked = 0;
    struct comparison comparison = {0};
    size_t count = 0;
    if (!differences)
        return error_no_memory(error);
    for (size_t i = 0; i < own->count; i++) {
        double a = own->values[0][i * RERANK_MEASURE_COUNT + measure],
               b = own->values[which][i * RERANK_MEASURE_COUNT + measure];
        if (isnan(a) || isnan(b))
            continue;
        differences[count++] = b - a;
        alone += a;
        reranked += b;
    }
    enum status status = STATUS_OK;
    if (count >= 2)
        status = compare_differences(differences, count, 1, 1, &comparison, error);
    if (status == STATUS_OK && count >= 2)
        *out = (struct rerank_difference){.count = count,
                                          .alone = alone / (double)count,
                                          .reranked = reranked / (double)count,
                                          .difference = comparison.mean,
                                          .ci95 = comparison.ci95,
                                          .higher = comparison.wins,
                                          .equal = comparison.ties,
                                          .lower = comparison.losses};
    free(differences);
    return status;
}

static enum status compare_coverage(const struct reranking *own, int which, size_t depth, struct rerank_difference *out,
                                    struct error *error)
{
    const int32_t *from[2] = {own->firsts[0], own->firsts[which]};
    int32_t *cut[2] = {malloc((own->count * depth + 1) * sizeof(int32_t)),
                       malloc((own->count * depth + 1) * sizeof(int32_t))};
    double coverage[2];
    enum status status = cut[0] && cut[1] ? STATUS_OK : error_no_memory(error);
    for (int side = 0; side < 2 && status == STATUS_OK; side++)
        for (size_t i = 0; i < own->count; i++)
            memcpy(cut[side] + i * depth, from[side] + i * VARIETY_DEPTH, depth * sizeof(int32_t));
    const struct variety_coverage alone = {own->count, depth, cut[0], own->stats.n_tracks},
                                  reranked = {own->count, depth, cut[1], own->stats.n_tracks};
    if (status == STATUS_OK)
        status = variety_compare_coverage(&alone, &reranked, coverage, &out->difference, &out->ci95, error);
    if (status == STATUS_OK) {
        out->count = own->count;
        out->alone = coverage[0];
        out->reranked = coverage[1];
    }
    free(cut[0]);
    free(cut[1]);
    return status;
}

enum status evaluate_rerank_compare(const struct reranking *own, struct error *error)
{
    struct evaluate_rerank_result *result = own->result;
    enum status status = STATUS_OK;
    result->n_playlists = own->count;
    result->n_specs = own->settings->n_specs;
    for (int i = 0; i < result->n_specs; i++) {
        struct reranked *reranked = &result->specs[i];
        rerank_spec_write(&own->settings->specs[i], reranked->text);
        reranked->milliseconds = own->count > 0 ? 1000 * own->seconds[i + 1] / (double)own->count : 0;
        for (int m = 0; m < RERANK_MEASURE_COVERAGE_PAGE && status == STATUS_OK; m++)
            status = compare_measure(own, i + 1, (enum rerank_measure)m, &reranked->measures[m], error);
        if (status == STATUS_OK)
            status =
                compare_coverage(own, i + 1, VARIETY_PAGE, &reranked->measures[RERANK_MEASURE_COVERAGE_PAGE], error);
        if (status == STATUS_OK)
            status =
                compare_coverage(own, i + 1, VARIETY_DEPTH, &reranked->measures[RERANK_MEASURE_COVERAGE_100], error);
    }
    return status;
}
