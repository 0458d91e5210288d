#include "training_case.h"

/* Trainings of the kind hybrid on playlists with groups of artists: tracks that no training playlist contains are
 * recommended by their group, trainings that are interrupted give the same file on any number of threads, and files
 * that are damaged are refused. */

enum {
    GROUPS = 40,
    KNOWN = 10,  /* tracks of a group that several playlists contain */
    SINGLE = 30, /* that one playlist contains */
    NEW = 10,    /* that none contains; half of them by an artist that none contains */
    SIZE = KNOWN + SINGLE + NEW,
    TRACKS = GROUPS * SIZE,
    PLAYLISTS_EACH = 10,
    PLAYLISTS = GROUPS * PLAYLISTS_EACH,
    OF_KNOWN = 4,
    OF_SINGLE = SINGLE / PLAYLISTS_EACH,
    LENGTH = OF_KNOWN + OF_SINGLE,
    ARTISTS_EACH = 4,
    WIDTH = 6
};

static const char *const common[] = {"factors=16",
                                     "iterations=3",
                                     "regularization=1",
                                     "alpha=0",
                                     "length=0.35",
                                     "scale=1",
                                     "hidden=16",
                                     "residual=16",
                                     "mean_scale=1",
                                     "artist_width=32",
                                     "album_width=8",
                                     "kernel_features=64",
                                     "kernel_width=2",
                                     "batch=32",
                                     "epochs=10",
                                     "learning_rate=3e-3",
                                     "weight_decay=0",
                                     "dropout=0.1",
                                     "table_learning_rate=3e-3",
                                     "table_weight_decay=0",
                                     "mean_dropout=0.1",
                                     "clip_norm=1",
                                     "validate_every=1",
                                     "max_seeds=4",
                                     "order=any",
                                     "neighbours=5",
                                     "neighbour_targets=0",
                                     "inverse_temperature=20",
                                     "hold_out=1",
                                     "softmax_samples=0"};
enum { COMMON_SETTINGS = sizeof common / sizeof *common };
_Static_assert(COMMON_SETTINGS + 5 < COURSE_SETTINGS, "");

/* The tracks of all groups are mixed. */
static int32_t track_of(int64_t group, int64_t i)
{
    return (int32_t)((group * SIZE + i) * 767 % TRACKS);
}

static void make_playlists(struct interactions *made)
{
    *made = (struct interactions){.n_tracks = TRACKS, .n_playlists = PLAYLISTS};
    made->starts = malloc((PLAYLISTS + 1) * sizeof *made->starts);
    made->tracks = malloc(PLAYLISTS * LENGTH * sizeof *made->tracks);
    made->playlist_ids = malloc(PLAYLISTS * sizeof *made->playlist_ids);
    for (int64_t p = 0; p <= PLAYLISTS; p++)
        made->starts[p] = p * LENGTH;
    for (int64_t p = 0; p < PLAYLISTS; p++) {
        int64_t group = p % GROUPS, nth = p / GROUPS;
        made->playlist_ids[p] = p + 1;
        for (int64_t i = 0; i < LENGTH; i++)
            made->tracks[p * LENGTH + i] = i < OF_KNOWN ? track_of(group, (nth + i * (1 + nth % 3)) % KNOWN)
                                                        : track_of(group, KNOWN + nth * OF_SINGLE + i - OF_KNOWN);
    }
}

/* A group has a centre, around which the features of its tracks are. */
static void make_side(struct side_info *side)
{
    float *values = malloc(TRACKS * WIDTH * sizeof *values), centre[WIDTH];
    int32_t *rows = malloc(TRACKS * sizeof *rows);
    struct random random;
    random_seed(&random, 21);
    *side = (struct side_info){
        .n_tracks = TRACKS, .n_albums = TRACKS / 5, .n_artists = GROUPS * ARTISTS_EACH, .n_features = 1};
    int32_t **const columns[] = {&side->albums, &side->artists, &side->duration_ms, &side->years, &side->popularity};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        *columns[i] = malloc(TRACKS * sizeof **columns[i]);
    for (int64_t group = 0; group < GROUPS; group++) {
        for (int i = 0; i < WIDTH; i++)
            centre[i] = (float)random_normal(&random);
        for (int64_t i = 0; i < SIZE; i++) {
            int32_t t = track_of(group, i);
            int64_t artist = i < SIZE - NEW / 2 ? i % (ARTISTS_EACH - 1) : ARTISTS_EACH - 1;
            side->albums[t] = i % 6 == 0 ? -1 : (int32_t)((group * SIZE + i) / 5);
            side->artists[t] = (int32_t)(group * ARTISTS_EACH + artist);
            side->duration_ms[t] = i % 9 == 0 ? -1 : 100000 + (int32_t)random_below(&random, 200000);
            side->years[t] = i % 8 == 0 ? 0 : 1960 + (int32_t)random_below(&random, 60);
            side->popularity[t] = i % 7 == 0 ? -1 : (int32_t)random_below(&random, 101);
            rows[t] = i == KNOWN ? -1 : t;
            for (int j = 0; j < WIDTH; j++)
                values[t * WIDTH + j] = centre[j] + 0.3F * (float)random_normal(&random);
        }
    }
    side->features[0] = (struct side_features){
        .item = FEATURE_TRACKS, .n_rows = TRACKS, .width = WIDTH, .values = values, .rows = rows, .masked = true};
}

static void open_case(struct training_case *training_case)
{
    *training_case = (struct training_case){0};
    make_playlists(&training_case->interactions);
    make_side(&training_case->side);
    snprintf(training_case->path, sizeof training_case->path, "%s/hybrid.model", folder);
    training_case->spec = (struct model_spec){.kind = "hybrid", .name = "x", .seed = 5, .side = &training_case->side};
    training_case->spec.settings = training_case->settings;
    for (size_t i = 0; i < COMMON_SETTINGS; i++)
        training_case_set(training_case, common[i]);
    training_case_cover(training_case, "made");
}

/* The share of a group's new tracks from `first` on that is among the best k, given four of its tracks, over all
 * groups. */
static double recall(struct recommender *model, size_t k, int64_t first, int64_t end)
{
    struct recommendation best[TRACKS];
    double found = 0;
    for (int64_t group = 0; group < GROUPS; group++) {
        int64_t seeds[OF_KNOWN];
        size_t count = 0;
        for (int i = 0; i < OF_KNOWN; i++)
            seeds[i] = track_of(group, 2 * i + group % 3) + 1;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = OF_KNOWN}, k, best,
                                   &count, &error));
        assert_int_equal(count, k);
        for (size_t i = 0; i < count; i++)
            for (int64_t j = first; j < end; j++)
                found += best[i].track == track_of(group, j) + 1;
    }
    return found / (double)(GROUPS * (end - first));
}

static void new_tracks_are_recommended_by_their_group(void **state)
{
    (void)state;
    for (int hold_out = 1; hold_out >= 0; hold_out--) {
        struct training_case training_case;
        open_case(&training_case);
        if (!hold_out)
            training_case_set(&training_case, "hold_out=0");
        struct recommender *model = NULL;
        must(training_case_train(&training_case, &compute, NULL, &error));
        must(recommender_open_file(&compute, training_case.path, &model, &error));
        for (size_t k = 10; k <= 80; k *= 2)
            fprintf(stderr, "hold_out %d k %zu: known artist %.3f new artist %.3f known %.3f single %.3f\n", hold_out,
                    k, recall(model, k, KNOWN + SINGLE, SIZE - NEW / 2), recall(model, k, SIZE - NEW / 2, SIZE),
                    recall(model, k, 0, KNOWN), recall(model, k, KNOWN, KNOWN + SINGLE));
        recommender_close(model);
        training_case_close(&training_case);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_tracks_are_recommended_by_their_group),
    };
    return cmocka_run_group_tests_name("hybrid training", tests, training_case_open_all, close_all);
}
