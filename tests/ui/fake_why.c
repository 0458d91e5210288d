/* Explanations of the fake app: invented numbers that follow from the tracks, with every kind of reason. */
#include "fake_app_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/explain.h"

void fake_fail_why(struct app *app)
{
    app->fail_why = true;
}

void app_why_free(struct app_why *why)
{
    free(why->score.seeds);
    free(why->score.votes);
    track_list_free(&why->tracks);
    free(why->order);
    free(why->groups);
    free(why->together);
    arena_free(&why->memory);
    *why = (struct app_why){0};
}

static void fill_seeds(const struct recommend_query *query, struct app_why *why)
{
    struct score_explanation *score = &why->score;
    score->n_seeds = query->n_seeds;
    for (size_t i = 0; i < query->n_seeds; i++) {
        const double change = (i % 4 == 3 ? -0.25 : 0.5) / (double)(i + 1);
        score->seeds[i] = (struct explained_seed){
            .track = query->seeds[i], .known = i != 2, .computed = i != 5, .change = i == 2 ? 0 : change};
        why->order[i] = i;
        why->groups[i] = (unsigned char)(i == 0 ? SEEDS_OF_ARTIST | SEEDS_OF_ALBUM : i == 1 ? SEEDS_OF_ARTIST : 0);
        why->together[i] = (int32_t)(i % 3);
    }
}

static void fill_voters(const char *model, struct app_why *why)
{
    static const char *const names[] = {"Slow rain", "Evening at the lake with a long name", ""};
    if (strcmp(model, "als") != 0)
        return;
    why->score.n_votes = 1234;
    for (size_t i = 0; i < 3; i++)
        why->voters[why->n_voters++] = (struct why_voter){
            .id = i < 2 ? (int64_t)i + 1 : 0, .name = names[i], .length = 20, .gain = 0.5 / (double)(i + 1)};
}

static void fill_parts(const char *model, struct score_explanation *score)
{
    static const struct explained_part parts[] = {
        {"song", PART_SONG, 0.75}, {"the track's bias", PART_POPULARITY, -0.0625}, {"gist", PART_FEATURE, 0.25}};
    score->n_parts = strcmp(model, "mf-avg") == 0 ? 3 : 1;
    for (size_t i = 0; i < score->n_parts; i++) {
        score->parts[i] = parts[i];
        score->score += parts[i].value;
    }
    score->list_score = score->score;
    score->typical = 0.125;
}

enum status app_explain(struct app *app, const char *model, const struct recommend_query *query, int64_t track,
                        size_t k, struct app_why *why, struct error *error)
{
    int64_t ids[1 + OWN_TRACKS_MAX] = {track};
    const size_t n = query->n_seeds;
    *why = (struct app_why){0};
    if (app->fail_why)
        return error_set(error, STATUS_FAILED, "the model %s is damaged; train it again", model);
    memcpy(ids + 1, query->seeds, n * sizeof *ids);
    enum status status = fake_fill(ids, 1 + n, &why->tracks, error);
    why->order = calloc(n + 1, sizeof *why->order);
    why->groups = calloc(n + 1, 1);
    why->together = calloc(n + 1, sizeof *why->together);
    why->score.seeds = calloc(n + 1, sizeof *why->score.seeds);
    if (status != STATUS_OK || !why->order || !why->groups || !why->together || !why->score.seeds)
        return status != STATUS_OK ? status : error_no_memory(error);
    fill_seeds(query, why);
    fill_parts(model, &why->score);
    fill_voters(model, why);
    why->counted = true;
    why->score.rank = 1 + (size_t)track % k;
    why->score.ignores_seeds = strcmp(model, "popularity") == 0;
    why->score.playlists = (double)(track % 7);
    why->score.popularity_rank = track % 7 > 0 ? 70 * track : 0;
    why->score.n_ranked = 22792;
    why->nearest[why->n_nearest++] = (struct why_nearest){.space = "song", .of_model = true, .value = 0.875};
    why->nearest[why->n_nearest++] =
        (struct why_nearest){.space = "audio", .seed = n > 1 ? 1 : 0, .is_distance = true, .value = 0.25};
    snprintf(why->sentence, sizeof why->sentence,
             "Its artist carries it: without the 2 tracks by %s the score would be 62 %% less",
             why->tracks.items[0].artist);
    if (app->unknown_seeds)
        snprintf(why->list_note, sizeof why->list_note,
                 "%s knows none of the tracks; the list holds tracks with similar features, and this is their score.",
                 model);
    return STATUS_OK;
}
