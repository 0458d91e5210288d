#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/explain_internal.h"
#include "models/fallback.h"
#include "models/score_lists.h"

/* The parts of a score, and its changes without seeds. */

static void add_part(struct score_explanation *out, const char *name, enum score_part_kind kind, double value)
{
    if (out->n_parts == EXPLAINED_PARTS_MAX)
        return;
    struct explained_part *part = &out->parts[out->n_parts++];
    *part = (struct explained_part){.kind = kind, .value = value};
    snprintf(part->name, sizeof part->name, "%s", name);
}

/* ---- lists ---- */

/* The lists that are scored: the playlist, then it without each of the last seeds, without each group, and the random
 * ones. Indices are -1 where the model has no answer. */
struct variants {
    struct score_lists lists;
    int64_t without_seed[EXPLAINED_SEEDS_MAX]; /* of the rows from `first_row` on */
    int64_t first_row;
    int64_t without_group[SEED_GROUPS];
    bool has_group[SEED_GROUPS];
    int64_t random[TYPICAL_LISTS];
    bool *left_out; /* [n_rows] */
    float *scores;  /* [lists] */
};

static enum status open_variants(const struct explaining *explaining, struct variants *variants, struct error *error)
{
    int64_t n = explaining->n_rows, single = n < EXPLAINED_SEEDS_MAX ? n : EXPLAINED_SEEDS_MAX;
    size_t count = 1 + (size_t)single + SEED_GROUPS + TYPICAL_LISTS;
    size_t entries = (1 + (size_t)single + SEED_GROUPS) * (size_t)n + TYPICAL_LISTS * EXPLAINED_SEEDS_MAX;
    variants->first_row = n - single;
    variants->left_out = calloc((size_t)n + 1, sizeof *variants->left_out);
    variants->scores = malloc(count * sizeof *variants->scores);
    bool enough = score_lists_open(&variants->lists, count, entries) && variants->left_out && variants->scores;
    return enough ? STATUS_OK : error_no_memory(error);
}

static void close_variants(struct variants *variants)
{
    score_lists_free(&variants->lists);
    free(variants->left_out);
    free(variants->scores);
}

static int64_t add_without(const struct explaining *explaining, struct variants *variants)
{
    return score_lists_add(&variants->lists, explaining->recommender, explaining->rows, explaining->n_rows,
                           variants->left_out, explaining->query->query.title);
}

static void add_groups(const struct explaining *explaining, struct variants *variants)
{
    for (int group = 0; group < SEED_GROUPS; group++) {
        for (int64_t i = 0; i < explaining->n_rows; i++) {
            variants->left_out[i] = explaining->groups[explaining->row_seeds[i]] & (1 << group);
            variants->has_group[group] = variants->has_group[group] || variants->left_out[i];
        }
        variants->without_group[group] = variants->has_group[group] ? add_without(explaining, variants) : -1;
    }
}

/* ---- random playlists ---- */

/* The row at a place among all entries of the training playlists, of which `sums` are counted by popularity. */
static int32_t row_at(const struct recommender *recommender, const double *sums, double at)
{
    int64_t low = 0, high = recommender->n_tracks - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sums[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return recommender->popular[low];
}

static bool is_taken(const struct explaining *explaining, const int32_t *rows, int64_t count, int32_t row)
{
    bool taken = row == explaining->row;
    for (int64_t i = 0; i < count && !taken; i++)
        taken = rows[i] == row;
    for (int64_t i = 0; i < explaining->n_rows && !taken; i++)
        taken = explaining->rows[i] == row;
    return taken;
}

static void draw(const struct explaining *explaining, const double *sums, struct random *random, int64_t n,
                 struct variants *variants, int list)
{
    const struct recommender *recommender = explaining->recommender;
    double total = sums[recommender->n_tracks - 1];
    int32_t rows[EXPLAINED_SEEDS_MAX];
    int64_t count = 0;
    for (int64_t tries = 0; count < n && tries < 20 * n; tries++) {
        int32_t row = row_at(recommender, sums, random_uniform(random) * total);
        if (!is_taken(explaining, rows, count, row))
            rows[count++] = row;
    }
    variants->random[list] = score_lists_add(&variants->lists, recommender, rows, count, NULL, NULL);
}

static enum status add_random(const struct explaining *explaining, struct variants *variants, struct error *error)
{
    const struct recommender *recommender = explaining->recommender;
    int64_t n = explaining->n_rows < EXPLAINED_SEEDS_MAX ? explaining->n_rows : EXPLAINED_SEEDS_MAX;
    double *sums = malloc((size_t)recommender->n_tracks * sizeof *sums), sum = 0;
    if (!sums)
        return error_no_memory(error);
    for (int64_t i = 0; i < recommender->n_tracks; i++)
        sums[i] = sum += (double)recommender->popularity[recommender->popular[i]];
    const int wanted = recommender->ops->random_lists == 0 ? TYPICAL_LISTS : recommender->ops->random_lists;
    struct random random;
    random_seed(&random, 1); /* the same lists whenever the same score is explained */
    for (int list = 0; list < TYPICAL_LISTS; list++) {
        variants->random[list] = -1;
        if (list < wanted && sum > 0 && n > 0)
            draw(explaining, sums, &random, n, variants, list);
    }
    free(sums);
    return STATUS_OK;
}

/* ---- the model's score ---- */

static void take_changes(const struct explaining *explaining, const struct variants *variants,
                         struct score_explanation *out)
{
    int64_t single = explaining->n_rows - variants->first_row;
    for (size_t i = 0; i < out->n_seeds; i++)
        out->seeds[i].computed = true; /* one that the model does not have changes nothing */
    for (int64_t i = 0; i < variants->first_row; i++)
        out->seeds[explaining->row_seeds[i]].computed = false;
    for (int64_t i = 0; i < single; i++) {
        struct explained_seed *seed = &out->seeds[explaining->row_seeds[variants->first_row + i]];
        int64_t list = variants->without_seed[i];
        seed->alone = list < 0;
        seed->change = out->score - (list < 0 ? 0 : (double)variants->scores[list]);
    }
    for (int group = 0; group < SEED_GROUPS; group++) {
        int64_t list = variants->without_group[group];
        out->whole[group] = variants->has_group[group] && list < 0;
        if (list >= 0)
            out->without[group] = out->score - (double)variants->scores[list];
    }
    double sum = 0;
    int count = 0;
    for (int list = 0; list < TYPICAL_LISTS; list++) {
        if (variants->random[list] < 0)
            continue;
        sum += (double)variants->scores[variants->random[list]];
        count++;
    }
    if (count > 0)
        out->typical = sum / count;
}

static enum score_part_kind kind_of_part(const struct recommender *recommender, const char *name)
{
    if (!recommender->ops->parts)
        return PART_FEATURE;
    return strcmp(name, "artist") == 0 ? PART_ARTIST : strcmp(name, "album") == 0 ? PART_ALBUM : PART_FEATURE;
}

static int largest_gain_first(const void *left, const void *right)
{
    const struct score_vote *a = left, *b = right;
    if (a->gain != b->gain)
        return a->gain < b->gain ? 1 : -1;
    return (a->playlist > b->playlist) - (a->playlist < b->playlist);
}

static enum status take_reasons(const struct explaining *explaining, const struct variants *variants, double song,
                                struct score_explanation *out, struct error *error)
{
    struct recommender *recommender = explaining->recommender;
    const struct score_lists *lists = &variants->lists;
    const struct seed_lists first = {1, lists->starts, lists->rows, lists->sorted,
                                     lists->titled ? lists->titles : NULL};
    struct score_reasons reasons = {.song = song};
    enum status status = STATUS_OK;
    if (recommender->ops->reasons)
        status = recommender->ops->reasons(recommender, &first, explaining->row, &reasons, error);
    for (size_t i = 0; i < reasons.n_parts; i++)
        add_part(out, reasons.parts[i].name, reasons.parts[i].kind, reasons.parts[i].value);
    if (reasons.n_parts == 0)
        add_part(out, recommender->ops->any_seeds ? "playlists that contain it" : "song",
                 recommender->ops->any_seeds ? PART_POPULARITY : PART_SONG, song);
    out->votes = reasons.votes;
    out->n_votes = reasons.n_votes;
    if (out->n_votes > 0)
        qsort(out->votes, out->n_votes, sizeof *out->votes, largest_gain_first);
    return status;
}

/* Call it directly after the scores were computed, whose first list is the playlist. */
static enum status take_parts(const struct explaining *explaining, const struct variants *variants,
                              struct score_explanation *out, struct error *error)
{
    struct recommender *recommender = explaining->recommender;
    struct recommendation one = {.score = variants->scores[0]};
    const char *names[SCORE_PARTS_MAX];
    size_t n_parts = recommender_parts(recommender, names);
    float parts[SCORE_PARTS_MAX] = {0};
    enum status status = STATUS_OK;
    one.parts[0] = one.score;
    if (n_parts > 0 && recommender->ops->score_parts) {
        status = recommender->ops->score_parts(recommender, 1, &explaining->row, parts, error);
        recommendation_set_parts(&one, parts, n_parts);
    }
    if (status == STATUS_OK)
        status = take_reasons(explaining, variants, (double)one.parts[0], out, error);
    for (size_t i = 0; i < n_parts && recommender->ops->score_parts; i++)
        add_part(out, names[i], kind_of_part(recommender, names[i]), (double)one.parts[1 + i]);
    return status;
}

static enum status explain_scores(const struct explaining *explaining, struct variants *variants,
                                  struct score_explanation *out, struct error *error)
{
    int64_t own = add_without(explaining, variants);
    for (int64_t i = variants->first_row; i < explaining->n_rows; i++) {
        variants->left_out[i] = true;
        variants->without_seed[i - variants->first_row] = add_without(explaining, variants);
        variants->left_out[i] = false;
    }
    add_groups(explaining, variants);
    enum status status = add_random(explaining, variants, error);
    if (status != STATUS_OK || own != 0)
        return status;
    status = score_lists_run(&variants->lists, explaining->recommender, 1, &explaining->row, variants->scores, error);
    if (status != STATUS_OK)
        return status;
    out->score = (double)variants->scores[0];
    take_changes(explaining, variants, out);
    return take_parts(explaining, variants, out, error);
}

enum status explain_model(struct explaining *explaining, struct score_explanation *out, struct error *error)
{
    struct variants variants = {0};
    out->ignores_seeds = explaining->recommender->ops->any_seeds;
    if (explaining->row < 0)
        return STATUS_OK;
    enum status status = open_variants(explaining, &variants, error);
    if (status == STATUS_OK)
        status = explain_scores(explaining, &variants, out, error);
    close_variants(&variants);
    return status;
}

/* ---- lists that take its place ---- */

/* The seeds but the one at `without`, or those of a group. */
static double fallback_without(const struct explaining *explaining, const struct score_explanation *out,
                               struct fallback *fallback, size_t without, unsigned char group, int64_t *seeds)
{
    float parts[FALLBACK_PARTS];
    size_t count = 0;
    for (size_t i = 0; i < out->n_seeds; i++)
        if (i != without && !(explaining->groups[i] & group))
            seeds[count++] = out->seeds[i].track;
    fallback_score(fallback, seeds, count, explaining->query->track - 1, parts);
    return (double)(parts[0] + parts[1] + parts[2] + parts[3]);
}

static enum status explain_fallback(struct explaining *explaining, struct score_explanation *out, struct error *error)
{
    static const struct {
        const char *name;
        enum score_part_kind kind;
    } names[FALLBACK_PARTS] = {{"feature sets of tracks", PART_FEATURE},
                               {"an artist of the playlist", PART_ARTIST},
                               {"an album of the playlist", PART_ALBUM},
                               {"popularity", PART_POPULARITY}};
    struct fallback *fallback = NULL;
    float parts[FALLBACK_PARTS];
    enum status status = recommender_fallback(explaining->recommender, &explaining->query->query, &fallback, error);
    int64_t *seeds = malloc((out->n_seeds + 1) * sizeof *seeds);
    if (status == STATUS_OK && !seeds)
        status = error_no_memory(error);
    if (status == STATUS_OK && fallback && explaining->query->track <= fallback_tracks(fallback)) {
        for (size_t i = 0; i < out->n_seeds; i++)
            seeds[i] = out->seeds[i].track;
        fallback_score(fallback, seeds, out->n_seeds, explaining->query->track - 1, parts);
        out->score = (double)(parts[0] + parts[1] + parts[2] + parts[3]);
        for (int i = 0; i < FALLBACK_PARTS; i++)
            add_part(out, names[i].name, names[i].kind, (double)parts[i]);
        for (size_t i = out->n_seeds > EXPLAINED_SEEDS_MAX ? out->n_seeds - EXPLAINED_SEEDS_MAX : 0; i < out->n_seeds;
             i++) {
            out->seeds[i].computed = true;
            out->seeds[i].change = out->score - fallback_without(explaining, out, fallback, i, 0, seeds);
        }
        for (int group = 0; group < SEED_GROUPS; group++)
            out->without[group] = out->score - fallback_without(explaining, out, fallback, out->n_seeds,
                                                                (unsigned char)(1 << group), seeds);
    }
    free(seeds);
    return status;
}

/* A list of popular tracks, or of the title's, does not depend on the seeds. */
enum status explain_instead(struct explaining *explaining, struct score_explanation *out, struct error *error)
{
    if (out->by == ANSWER_FEATURES || out->by == ANSWER_ARTISTS)
        return explain_fallback(explaining, out, error);
    out->ignores_seeds = true;
    out->score = out->by == ANSWER_POPULARITY ? out->playlists : out->list_score;
    for (size_t i = 0; i < out->n_seeds; i++)
        out->seeds[i].computed = true;
    if (out->by == ANSWER_POPULARITY)
        add_part(out, "playlists that contain it", PART_POPULARITY, out->score);
    else if (isfinite(out->score))
        add_part(out, "title", PART_TITLE, out->score);
    return STATUS_OK;
}
