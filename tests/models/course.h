#ifndef SLEEVE_TESTS_MODELS_COURSE_H
#define SLEEVE_TESTS_MODELS_COURSE_H

#include "core/log.h"
#include "generated.h"
#include "models/rta/rta.h"

/* What the tests of a training's course share: small trainings of represent-then-aggregate models on generated
 * playlists with tracks, albums, artists and covers made by hand, a judge, and a way to stop them at a step. */

enum { COURSE_TRACKS = 60, COURSE_PLAYLISTS = 70, COVER_DIM = 6 };

/* Small nets, everything random in use; four or five steps an epoch. */
static const char *const course_common[] = {
    "factors=8",      "regularization=0.5", "iterations=2",    "batch=16", "epochs=3",
    "scale=2",        "rest_rate=0.1",      "rest_decay=1e-3", "given=4",  "neighbours=5",
    "cover_hidden=5", "cover_width=4",      "borrowed=0.5"};
static const char *const course_next[] = {"objective=next", "rate=0.1", "decay=1e-3", "window=5",
                                          "negatives=12",   "hard=3",   "easy=2",     "halve_every=4"};
enum {
    COMMON = sizeof course_common / sizeof course_common[0],
    NEXT = sizeof course_next / sizeof course_next[0],
    COURSE_SETTINGS = COMMON + NEXT + 24
};

struct course {
    struct interactions interactions;
    struct track_side side;
    struct model_spec spec;
    const char *settings[COURSE_SETTINGS];
    char path[160];
};

static inline void course_set(struct course *course, const char *setting)
{
    assert_true(course->spec.n_settings < COURSE_SETTINGS);
    course->settings[course->spec.n_settings++] = setting;
}

/* Albums of three tracks, artists of seven, durations from unknown to half an hour; every tenth track has no album, and
 * one album in eight no cover. */
static inline void course_make_side(struct track_side *side, int64_t n)
{
    int64_t n_albums = n / 3 + 1;
    *side = (struct track_side){.n_tracks = n, .n_albums = n_albums, .n_artists = n / 7 + 1};
    side->albums = malloc((size_t)n * sizeof *side->albums);
    side->artists = malloc((size_t)n * sizeof *side->artists);
    side->duration_ms = malloc((size_t)n * sizeof *side->duration_ms);
    side->covers = malloc((size_t)n * sizeof *side->covers);
    float *values = calloc((size_t)(n_albums * COVER_DIM), sizeof *values);
    struct random random;
    random_seed(&random, 77);
    for (int64_t t = 0; t < n; t++) {
        side->albums[t] = t % 10 == 9 ? -1 : (int32_t)(t / 3);
        side->artists[t] = (int32_t)(t / 7);
        side->duration_ms[t] = t % 11 == 3 ? -1 : (int32_t)random_below(&random, 1800000);
        side->covers[t] = side->albums[t];
    }
    for (int64_t i = 0; i < n_albums * COVER_DIM; i++)
        values[i] = i / COVER_DIM % 8 == 5 ? 0 : (float)random_normal(&random);
    side->set = (struct embedding_set){.n_albums = n_albums, .dim = COVER_DIM, .values = values};
}

static inline void course_open(struct course *course, const char *kind, const char *file)
{
    *course = (struct course){.interactions = generate(9, COURSE_PLAYLISTS, COURSE_TRACKS)};
    course_make_side(&course->side, COURSE_TRACKS);
    snprintf(course->path, sizeof course->path, "%s/%s", folder, file);
    course->spec = (struct model_spec){.kind = kind, .name = "x", .seed = 5, .side = &course->side};
    course->spec.settings = course->settings;
    for (size_t i = 0; i < COMMON; i++)
        course_set(course, course_common[i]);
    const struct rta_kind parts = rta_kind_of(kind);
    for (size_t i = 0; i < NEXT && parts.aggregator != RTA_POOL; i++)
        course_set(course, course_next[i]);
    if (parts.aggregator == RTA_POOL) {
        course_set(course, "residual=7");
        course_set(course, "weights=learned");
    }
    if (parts.aggregator != RTA_AVG && parts.aggregator != RTA_POOL)
        course_set(course, "length=0.8");
    if (parts.aggregator == RTA_TRANSFORMER) {
        course_set(course, "heads=2");
        course_set(course, "feed_forward=16");
        course_set(course, "position_spread=1");
    }
    if (parts.aggregator == RTA_GRU)
        course_set(course, "hidden=6");
    else if (parts.aggregator != RTA_AVG)
        course_set(course, "dropout=0.2");
    if (parts.aggregator == RTA_CNN)
        course_set(course, "channels=5");
    if (parts.representer == RTA_NN) {
        course_set(course, "representer_heads=2");
        course_set(course, "representer_feed_forward=12");
        course_set(course, "representer_dropout=0.1");
        course_set(course, "beside=0.5");
        course_set(course, "among=20");
    }
}

static inline void course_beside(const struct course *course, const char *suffix, char path[200])
{
    snprintf(path, 200, "%s%s", course->path, suffix);
}

static inline bool course_has(const struct course *course, const char *suffix)
{
    char path[200];
    course_beside(course, suffix, path);
    return file_exists(path);
}

static inline void course_clear(const struct course *course)
{
    static const char *const suffixes[] = {"", ".checkpoint", ".candidate"};
    for (int i = 0; i < 3; i++) {
        char path[200];
        course_beside(course, suffixes[i], path);
        unlink(path);
    }
}

static inline void course_close(struct course *course)
{
    course_clear(course);
    generated_free(&course->interactions);
    free(course->side.albums);
    free(course->side.artists);
    free(course->side.duration_ms);
    free(course->side.covers);
    free((void *)(uintptr_t)course->side.set.values);
}

static inline enum status course_train(struct course *course, struct compute *on, struct progress *progress,
                                       struct error *error)
{
    char *settings = NULL;
    enum status status = model_train_file(&course->interactions, on, &course->spec, "tracks of a test", course->path,
                                          &settings, progress, error);
    free(settings);
    return status;
}

/* ---- stopping ---- */

/* Stops before the step'th training step of a run; does `instead` there when that is given. */
struct stopper {
    struct progress progress;
    int64_t step, asked;
    bool (*instead)(struct stopper *stopper);
    double first_loss, last_loss; /* as the note tells them */
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
static inline void course_stop_at(struct course *course, int64_t step)
{
    struct error error = {0};
    struct stopper stopper = stop_at(step);
    enum status status = course_train(course, &compute, &stopper.progress, &error);
    if (status != STATUS_INTERRUPTED)
        fail_msg("%s: not stopped at step %lld: %s", course->spec.kind, (long long)step, error.text);
    assert_non_null(strstr(error.text, "--resume"));
    assert_true(course_has(course, ".checkpoint"));
}

/* ---- judging ---- */

/* What share of the rest of held-out playlists is among the ten best given their first half. */
struct course_judge {
    struct model_judge judge;
    struct interactions held_out;
    int64_t asked, stop_at; /* a look that is stopped; -1: none is */
};

static inline enum status course_judge_ask(void *context, struct recommender *recommender,
                                           struct model_judgement *judgement, struct error *error)
{
    enum { BEST = 10 };
    struct course_judge *judge = context;
    const struct interactions *held_out = &judge->held_out;
    if (judge->asked++ == judge->stop_at)
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
        enum status status = recommender_recommend(recommender, seeds, (size_t)shown, BEST, best, &count, error);
        if (status != STATUS_OK)
            return status;
        wanted += (double)(size - shown);
        for (size_t i = 0; i < count; i++)
            for (int64_t j = shown; j < size; j++)
                found += best[i].track == tracks[j] + 1;
    }
    *judgement = (struct model_judgement){.ndcg = found / wanted};
    return STATUS_OK;
}

static inline struct course_judge course_judge_make(void)
{
    return (struct course_judge){
        .judge = {.judge = course_judge_ask}, .held_out = generate(10, 30, COURSE_TRACKS), .stop_at = -1};
}

/* ---- files ---- */

static inline struct buffer course_read(const char *path)
{
    struct buffer bytes = {0};
    must(file_read(path, 1 << 24, &bytes, &error));
    return bytes;
}

static inline void course_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void course_be_quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

static inline int course_open_all(void **state)
{
    log_set_sink(course_be_quiet, NULL); /* what is told of each epoch */
    return open_all(state);
}

#endif
