#ifndef SLEEVE_TESTS_MODELS_TRAINING_CASE_H
#define SLEEVE_TESTS_MODELS_TRAINING_CASE_H

#include "core/log.h"
#include "generated.h"
#include "models/rta/rta.h"

/* Shared by the tests of trainings: small trainings of represent-then-aggregate models on generated playlists with
 * made-up tracks, albums, artists and covers, an evaluator, and a way to interrupt them at a step. */

enum { COURSE_TRACKS = 60, COURSE_PLAYLISTS = 70, COVER_DIM = 6 };

/* Small networks with everything random enabled; four or five steps per epoch. */
static const char *const training_case_common[] = {
    "factors=8",      "regularization=0.5", "iterations=2",    "batch=16", "epochs=3",
    "scale=2",        "rest_rate=0.1",      "rest_decay=1e-3", "given=4",  "neighbours=5",
    "cover_hidden=5", "cover_width=4",      "borrowed=0.5"};
static const char *const training_case_next[] = {"objective=next", "rate=0.1", "decay=1e-3", "window=5",
                                                 "negatives=12",   "hard=3",   "easy=2",     "halve_every=4"};
enum {
    COMMON = sizeof training_case_common / sizeof training_case_common[0],
    NEXT = sizeof training_case_next / sizeof training_case_next[0],
    COURSE_SETTINGS = COMMON + NEXT + 24
};

struct training_case {
    struct interactions interactions;
    struct side_info side;
    struct model_spec spec;
    const char *settings[COURSE_SETTINGS], *feature;
    char path[160];
};

/* Trains with the feature set of this name; NULL: without any. */
static inline void training_case_cover(struct training_case *training_case, const char *name)
{
    training_case->feature = name;
    training_case->spec.features = &training_case->feature;
    training_case->spec.n_features = name != NULL;
}

static inline void training_case_set(struct training_case *training_case, const char *setting)
{
    assert_true(training_case->spec.n_settings < COURSE_SETTINGS);
    training_case->settings[training_case->spec.n_settings++] = setting;
}

/* Albums of three tracks, artists of seven, durations from unknown to half an hour, years and popularities that some
 * tracks lack. Every tenth track has no album, and every eighth album no cover. */
static inline void training_case_make_side(struct side_info *side, int64_t n)
{
    int64_t n_albums = n / 3 + 1;
    *side = (struct side_info){.n_tracks = n, .n_albums = n_albums, .n_artists = n / 7 + 1};
    side->albums = malloc((size_t)n * sizeof *side->albums);
    side->artists = malloc((size_t)n * sizeof *side->artists);
    side->duration_ms = malloc((size_t)n * sizeof *side->duration_ms);
    side->years = malloc((size_t)n * sizeof *side->years);
    side->popularity = malloc((size_t)n * sizeof *side->popularity);
    int32_t *rows = malloc((size_t)n * sizeof *rows);
    float *values = calloc((size_t)(n_albums * COVER_DIM), sizeof *values);
    struct random random;
    random_seed(&random, 77);
    for (int64_t t = 0; t < n; t++) {
        side->albums[t] = t % 10 == 9 ? -1 : (int32_t)(t / 3);
        side->artists[t] = (int32_t)(t / 7);
        side->duration_ms[t] = t % 11 == 3 ? -1 : (int32_t)random_below(&random, 1800000);
        side->years[t] = t % 13 == 0 ? 0 : 1950 + (int32_t)(t * 37 % 70);
        side->popularity[t] = t % 17 == 0 ? -1 : (int32_t)(t * 29 % 101);
        rows[t] = side->albums[t];
    }
    for (int64_t i = 0; i < n_albums * COVER_DIM; i++)
        values[i] = i / COVER_DIM % 8 == 5 ? 0 : (float)random_normal(&random);
    side->features[0] = (struct side_features){.n_rows = n_albums, .width = COVER_DIM, .values = values, .rows = rows};
    side->n_features = 1;
}

static inline void training_case_free_side(struct side_info *side)
{
    free(side->albums);
    free(side->artists);
    free(side->duration_ms);
    free(side->years);
    free(side->popularity);
    free(side->features[0].rows);
    free((void *)(uintptr_t)side->features[0].values);
}

static inline void training_case_open(struct training_case *training_case, const char *kind, const char *file)
{
    *training_case = (struct training_case){.interactions = generate(9, COURSE_PLAYLISTS, COURSE_TRACKS)};
    training_case_make_side(&training_case->side, COURSE_TRACKS);
    snprintf(training_case->path, sizeof training_case->path, "%s/%s", folder, file);
    training_case->spec = (struct model_spec){.kind = kind, .name = "x", .seed = 5, .side = &training_case->side};
    training_case->spec.settings = training_case->settings;
    for (size_t i = 0; i < COMMON; i++)
        training_case_set(training_case, training_case_common[i]);
    const struct rta_kind parts = *rta_kind_of(model_kind_find(kind));
    for (size_t i = 0; i < NEXT && parts.aggregator != RTA_POOL; i++)
        training_case_set(training_case, training_case_next[i]);
    if (parts.aggregator == RTA_POOL) {
        training_case_set(training_case, "residual=7");
        training_case_set(training_case, "weights=learned");
    }
    if (parts.aggregator != RTA_AVG && parts.aggregator != RTA_POOL)
        training_case_set(training_case, "length=0.8");
    if (parts.aggregator == RTA_TRANSFORMER) {
        training_case_set(training_case, "heads=2");
        training_case_set(training_case, "feed_forward=16");
        training_case_set(training_case, "position_spread=1");
    }
    if (parts.aggregator == RTA_GRU)
        training_case_set(training_case, "hidden=6");
    else if (parts.aggregator != RTA_AVG)
        training_case_set(training_case, "dropout=0.2");
    if (parts.aggregator == RTA_CNN)
        training_case_set(training_case, "channels=5");
    if (parts.representer == RTA_NN) {
        training_case_set(training_case, "representer_heads=2");
        training_case_set(training_case, "representer_feed_forward=12");
        training_case_set(training_case, "representer_dropout=0.1");
        training_case_set(training_case, "beside=0.5");
        training_case_set(training_case, "among=20");
    }
}

static inline void training_case_beside(const struct training_case *training_case, const char *suffix, char path[200])
{
    snprintf(path, 200, "%s%s", training_case->path, suffix);
}

static inline bool training_case_has(const struct training_case *training_case, const char *suffix)
{
    char path[200];
    training_case_beside(training_case, suffix, path);
    return file_exists(path);
}

static inline void training_case_clear(const struct training_case *training_case)
{
    static const char *const suffixes[] = {"", ".checkpoint", ".candidate"};
    for (int i = 0; i < 3; i++) {
        char path[200];
        training_case_beside(training_case, suffixes[i], path);
        unlink(path);
    }
}

static inline void training_case_close(struct training_case *training_case)
{
    training_case_clear(training_case);
    generated_free(&training_case->interactions);
    training_case_free_side(&training_case->side);
}

static inline enum status training_case_train(struct training_case *training_case, struct compute *on,
                                              struct progress *progress, struct error *error)
{
    char *settings = NULL;
    enum status status = model_train_file(&training_case->interactions, on, &training_case->spec, "tracks of a test",
                                          training_case->path, &settings, progress, error);
    free(settings);
    return status;
}

/* ---- interrupting ---- */

/* Interrupts before training step `step` of a run, or calls `instead` there if it is given. */
struct stopper {
    struct progress progress;
    int64_t step, asked;
    bool (*instead)(struct stopper *stopper);
    double first_loss, last_loss; /* as the progress note shows them */
};

static inline bool stopper_cancelled(struct progress *progress)
{
    struct stopper *stopper = (struct stopper *)progress;
    if (!progress->stage || strcmp(progress->stage, "training") != 0)
        return false;
    const char *loss = progress->note ? strstr(progress->note, "loss ") : NULL;
    if (loss) {
        stopper->last_loss = strtod(loss + 5, NULL);
        if (stopper->first_loss == 0)
            stopper->first_loss = stopper->last_loss;
    }
    if (stopper->asked++ != stopper->step)
        return false;
    return stopper->instead ? stopper->instead(stopper) : true;
}

static inline struct stopper stop_at(int64_t step)
{
    return (struct stopper){.progress = {.cancelled = stopper_cancelled}, .step = step};
}

/* Trains until a step (of this run), which must be reached. */
static inline void training_case_stop_at(struct training_case *training_case, int64_t step)
{
    struct error error = {0};
    struct stopper stopper = stop_at(step);
    enum status status = training_case_train(training_case, &compute, &stopper.progress, &error);
    if (status != STATUS_INTERRUPTED)
        fail_msg("%s: not stopped at step %lld: %s", training_case->spec.kind, (long long)step, error.text);
    assert_non_null(strstr(error.text, "--resume"));
    assert_true(training_case_has(training_case, ".checkpoint"));
}

/* ---- evaluating ---- */

/* The share of the second halves of held-out playlists that is among the ten best, given the first halves. */
struct training_case_judge {
    struct model_evaluator evaluator;
    struct interactions held_out;
    int64_t asked, stop_at; /* number of the validation that is interrupted; -1: none */
};

static inline enum status training_case_judge_ask(void *context, struct recommender *recommender,
                                                  struct model_scores *scores, struct error *error)
{
    enum { BEST = 10 };
    struct training_case_judge *evaluator = context;
    const struct interactions *held_out = &evaluator->held_out;
    if (evaluator->asked++ == evaluator->stop_at)
        return error_set(error, STATUS_INTERRUPTED, "stopped while looking");
    double found = 0, wanted = 0;
    for (int64_t p = 0; p < held_out->n_playlists; p++) {
        const int32_t *tracks = held_out->tracks + held_out->starts[p];
        int64_t size = held_out->starts[p + 1] - held_out->starts[p], shown = size / 2, seeds[12];
        if (shown < 1)
            continue;
        for (int64_t i = 0; i < shown; i++)
            seeds[i] = tracks[i] + 1;
        struct recommendation best[BEST];
        size_t count;
        enum status status =
            recommender_recommend(recommender, &(struct recommend_query){.seeds = seeds, .n_seeds = (size_t)shown},
                                  BEST, best, &count, error);
        if (status != STATUS_OK)
            return status;
        wanted += (double)(size - shown);
        for (size_t i = 0; i < count; i++)
            for (int64_t j = shown; j < size; j++)
                found += best[i].track == tracks[j] + 1;
    }
    *scores = (struct model_scores){.ndcg = found / wanted};
    return STATUS_OK;
}

static inline struct training_case_judge training_case_judge_make(void)
{
    return (struct training_case_judge){
        .evaluator = {.evaluate = training_case_judge_ask}, .held_out = generate(10, 30, COURSE_TRACKS), .stop_at = -1};
}

/* ---- files ---- */

static inline struct buffer training_case_read(const char *path)
{
    struct buffer bytes = {0};
    must(file_read(path, 1 << 24, &bytes, &error));
    return bytes;
}

static inline void training_case_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void training_case_same_file(const struct training_case *training_case, const struct buffer *wanted,
                                           const char *when)
{
    struct buffer got = training_case_read(training_case->path);
    if (got.size != wanted->size || memcmp(got.data, wanted->data, got.size) != 0)
        fail_msg("%s%s%s: another model %s", training_case->spec.kind, training_case->spec.n_features ? ", covers" : "",
                 training_case->spec.evaluator ? ", evaluated" : "", when);
    buffer_free(&got);
}

/* The file of an uninterrupted training. */
static inline struct buffer training_case_train_whole(struct training_case *training_case)
{
    must(training_case_train(training_case, &compute, NULL, &error));
    struct buffer model = training_case_read(training_case->path);
    training_case_clear(training_case);
    return model;
}

/* Resumes the training, which must give the same file. */
static inline void training_case_finish(struct training_case *training_case, const struct buffer *wanted,
                                        const char *when)
{
    training_case->spec.resume = true;
    must(training_case_train(training_case, &compute, NULL, &error));
    training_case->spec.resume = false;
    training_case_same_file(training_case, wanted, when);
    assert_false(training_case_has(training_case, ".candidate"));
    training_case_clear(training_case);
}

static inline void training_case_be_quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

/* With one thread, because threads that wait for each other are slow on a busy machine. */
static inline int training_case_open_all(void **state)
{
    log_set_sink(training_case_be_quiet, NULL); /* messages of each epoch */
    return open_device(state, 1);
}

#endif
