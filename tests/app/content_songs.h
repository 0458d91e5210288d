#ifndef SLEEVE_TESTS_APP_CONTENT_SONGS_H
#define SLEEVE_TESTS_APP_CONTENT_SONGS_H

/* A catalogue with new songs, for tests of predicted vectors. The songs are of six groups, a playlist has songs of one
 * group, and the features tell the groups. After cmocka.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/content.h"
#include "app/split.h"
#include "app/training.h"
#include "core/log.h"
#include "core/random.h"
#include "db/import/import.h"
#include "models/explain.h"
#include "models/kind.h"
#include "tests/folder.h"
#include "tests/must.h"

enum { PLAYLISTS = 180, TRACKS = 600, GROUPS = 6, ENTRIES = 30, FACTORS = 8, WIDTH = GROUPS + 2 };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue;
static struct device device;
static struct device_use use = {.device = &device};
static char warning[1024];

static inline void keep_warning(enum log_level level, const char *text, void *context)
{
    (void)context;
    if (level == LOG_WARNING)
        snprintf(warning, sizeof warning, "%s", text);
}

static inline int group_of(int64_t track)
{
    return (int)((track - 1) % GROUPS);
}

static inline void import_songs(void)
{
    char csv[128];
    struct random random;
    random_seed(&random, 8);
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int t = 0; t < TRACKS; t++) /* tracks in the order of their numbers */
        fprintf(file, "of group %d,%d,song %d,artist %d,album %d,200\n", t % GROUPS, t, t, t, t);
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < ENTRIES; e++) {
            int t = (int)random_below(&random, TRACKS / GROUPS) * GROUPS + p % GROUPS;
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, t, t, t);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, NULL, NULL, &report, &error));
    unlink(csv);
}

static inline void write_features(void)
{
    static float values[TRACKS * WIDTH];
    struct random random;
    random_seed(&random, 4);
    for (int t = 0; t < TRACKS; t++)
        for (int j = 0; j < WIDTH; j++)
            values[t * WIDTH + j] = (float)(t % GROUPS == j) + 0.2F * (float)random_uniform(&random);
    const struct feature_set set = {
        .item = FEATURE_TRACKS, .n_rows = TRACKS, .width = WIDTH, .values = values, .extractor = "test"};
    must(feature_set_write(catalogue, "sound", &set, NULL, 0, &error));
}

static inline void train_als(uint64_t seed)
{
    static const char *const texts[] = {"factors=8", "iterations=4", "regularization=0.5"};
    const struct model_spec spec = {
        .kind = "als", .name = "als", .settings = texts, .n_settings = 3, .seed = seed, .split_sets = SPLIT_TRAIN};
    must(app_train(catalogue, &use, &spec, NULL, &error));
}

static inline int begin(void **state)
{
    (void)state;
    const struct split_settings drawn = {.draw = true,
                                         .options = {.test = 12, .validation = 20, .seed = 3, .cold = {.share = 0.2}}};
    const struct device_options options = {DEVICE_CPU, 2, NULL};
    struct split_counts counts;
    log_set_sink(keep_warning, NULL);
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    device_start(&device, &options);
    import_songs();
    write_features();
    must(app_split(catalogue, &drawn, &counts, &error));
    train_als(1);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    device_close(&use);
    device_end(&device);
    catalogue_close(catalogue);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static inline enum status try_training(const char *set, const char *model, const char *name, enum fit_method method,
                                       struct progress *progress, bool resume, struct content_train_result *result,
                                       struct error *error)
{
    static const char *const network[] = {"epochs=8", "hidden=16", "dropout=0"};
    const struct feature_fit_settings settings = {.set = set,
                                                  .model = model,
                                                  .name = name,
                                                  .method = method,
                                                  .settings = network,
                                                  .n_settings = method == FIT_NETWORK ? 3 : 0,
                                                  .seed = 42,
                                                  .resume = resume};
    return app_content_train(catalogue, &use, &settings, progress, result, error);
}

static inline void train(const char *name, enum fit_method method, struct content_train_result *result)
{
    must(try_training("sound", "als", name, method, NULL, false, result, &error));
}

static inline void apply(const char *name, struct content_apply_result *result)
{
    must(app_content_apply(catalogue, &use, name, NEW_SEEDS_CHOICES, NULL, result, &error));
}

/* ---- lists ---- */

enum { LONG = 100 };

struct answer_list {
    struct recommendation items[LONG];
    size_t count;
    int64_t n_tracks;
    bool known[TRACKS];
    float again[LONG]; /* their scores as recommender_score_tracks computes them */
};

/* The list for some songs of a group that the model knows. */
static inline void ask(int group, int threads, bool alone, struct answer_list *list)
{
    struct compute compute;
    struct recommender *recommender;
    int64_t seeds[4], tracks[LONG];
    size_t n_seeds = 0;
    must(compute_open(DEVICE_CPU, threads, &compute, &error));
    must((alone ? recommender_open_alone : recommender_open)(catalogue, &compute, "als", &recommender, &error));
    list->n_tracks = recommender_tracks(recommender);
    for (int64_t t = 1; t <= TRACKS; t++) {
        list->known[t - 1] = t <= list->n_tracks && recommender_knows(recommender, (int32_t)(t - 1));
        if (n_seeds < 4 && group_of(t) == group && list->known[t - 1])
            seeds[n_seeds++] = t;
    }
    const struct recommend_query query = {.seeds = seeds, .n_seeds = n_seeds};
    must(recommender_recommend(recommender, &query, LONG, list->items, &list->count, &error));
    for (size_t i = 0; i < list->count; i++) {
        tracks[i] = list->items[i].track;
        for (size_t s = 0; s < n_seeds; s++)
            assert_int_not_equal(tracks[i], seeds[s]);
    }
    must(recommender_score_tracks(recommender, &query, 1, tracks, list->count, list->again, &error));
    recommender_close(recommender);
    compute_close(&compute);
}

static inline int count_new(const struct answer_list *list, int group)
{
    int count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].is_new && (group < 0 || group_of(list->items[i].track) == group);
    return count;
}

static inline void apply_with(const char *name, enum new_tracks_seeds seeds)
{
    struct content_apply_result applied;
    must(app_content_apply(catalogue, &use, name, seeds, NULL, &applied, &error));
    assert_int_equal(applied.seeds, seeds);
    assert_false(applied.chosen);
}

#endif
