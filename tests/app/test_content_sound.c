#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/content_plot.h"
#include "app/split.h"
#include "app/training.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/random.h"
#include "db/import/import.h"
#include "features/audio/spectrogram_cache_internal.h"
#include "tests/folder.h"
#include "tests/must.h"

/* New songs from sound. The songs are of three groups, a playlist has songs of one group, and the songs of a group are
 * loud in bands of their own. The cache of spectrograms is written as `sleeve audio compute` writes it. */

enum { PLAYLISTS = 90, TRACKS = 130, GROUPS = 3, ENTRIES = 16, FACTORS = 6, BANDS = 128, FRAMES_MAX = 300 };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue;
static struct device device;
static struct device_use use = {.device = &device};
static char warning[1024];

static void keep_warning(enum log_level level, const char *text, void *context)
{
    (void)context;
    if (level == LOG_WARNING)
        snprintf(warning, sizeof warning, "%s", text);
}

static void import_songs(void)
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

/* ---- the cache ---- */

/* One track of every 40 is unreadable. */
static int64_t frames_of(int track, struct random *random)
{
    const int64_t frames = 20 + (int64_t)random_below(random, FRAMES_MAX - 20);
    return track % 40 == 7 ? 0 : frames;
}

static void add_record(struct buffer *file, int track, struct random *random)
{
    static const char reason[8] = "no file";
    const int64_t frames = frames_of(track, random);
    const size_t patches = (size_t)cache_patches(frames, CACHE_PATCH);
    const size_t bytes = frames > 0 ? cache_data_bytes(frames, BANDS, CACHE_PATCH, false) : sizeof reason;
    unsigned char *data = calloc(1, bytes);
    assert_non_null(data);
    for (size_t p = 0; p < patches; p++) {
        const struct cache_scale scale = {-80, 80.0F / 255};
        memcpy(data + p * sizeof scale, &scale, sizeof scale);
    }
    for (int64_t i = 0; i < frames * BANDS; i++)
        data[patches * sizeof(struct cache_scale) + (size_t)i] =
            (unsigned char)(random_below(random, 60) +
                            (i % BANDS / (BANDS / GROUPS + 1) == track % GROUPS ? 150 + random_below(random, 40) : 0));
    if (frames == 0)
        memcpy(data, reason, sizeof reason);
    struct cache_record record = {.track = track + 1,
                                  .frames = frames,
                                  .milliseconds = frames * 23,
                                  .bytes = bytes,
                                  .data_check = hash_bytes(data, bytes)};
    record.check = cache_record_check(&record);
    buffer_add(file, &record, sizeof record);
    buffer_add(file, data, bytes);
    free(data);
}

static void write_cache(void)
{
    struct buffer file = {0}, target = {0};
    struct cache_header header;
    struct random random;
    char folder_path[160];
    random_seed(&random, 4);
    cache_header_of(spectrogram_preset("thesis"), &header);
    buffer_add(&file, &header, sizeof header);
    for (int t = 0; t < TRACKS; t++)
        add_record(&file, t, &random);
    header.committed = file.size;
    memcpy(file.data, &header, sizeof header);
    snprintf(folder_path, sizeof folder_path, "%s/catalogue.data/spectrograms", folder);
    must(folder_make(folder_path, &error));
    cache_path(catalogue, spectrogram_preset("thesis"), &target);
    must(atomic_file_write_private(target.data, &file, &error));
    buffer_free(&file);
    buffer_free(&target);
}

static int begin(void **state)
{
    (void)state;
    static const char *const texts[] = {"factors=6", "iterations=4", "regularization=0.5"};
    const struct split_settings drawn = {.draw = true,
                                         .options = {.test = 6, .validation = 12, .seed = 3, .cold = {.share = 0.2}}};
    const struct model_spec spec = {
        .kind = "als", .name = "als", .settings = texts, .n_settings = 3, .seed = 1, .split_sets = SPLIT_TRAIN};
    const struct device_options options = {DEVICE_CPU, 1, NULL};
    struct split_counts counts;
    log_set_sink(keep_warning, NULL);
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    device_start(&device, &options);
    import_songs();
    must(app_split(catalogue, &drawn, &counts, &error));
    must(app_train(catalogue, &use, &spec, NULL, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    device_close(&use);
    device_end(&device);
    catalogue_close(catalogue);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* ---- training ---- */

static enum status try_training(const char *network, int64_t seconds, const char *name, struct progress *progress,
                                bool resume, struct content_sound_result *result, struct error *error)
{
    static const char *const texts[] = {"validation=0.2", "learning_rate=0.0007", "batch=8", "epochs=5",
                                        "tones=40",       "tone_batches=30"};
    const struct content_sound_settings settings = {.network = network,
                                                    .seconds = seconds,
                                                    .model = "als",
                                                    .name = name,
                                                    .settings = texts,
                                                    .n_settings = sizeof texts / sizeof texts[0],
                                                    .seed = 42,
                                                    .resume = resume};
    return app_content_train_sound(catalogue, &use, &settings, progress, result, error);
}

static void no_cache_is_refused(void **state)
{
    (void)state;
    struct content_sound_result result;
    struct error why = {0};
    assert_int_equal(try_training("cnn", 6, "als", NULL, false, &result, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "audio compute --preset thesis"));
}

/* R² from what was stored is the R² that training reports, and the groups are learned. */
static void predicts_as_it_was_trained(const char *network, int64_t seconds)
{
    struct content_sound_result result;
    struct predictor predictor;
    struct predictor_input input;
    struct compute compute;
    struct recommender *recommender;
    struct track_vectors tracks;
    double error_sum = 0, total = 0;
    must(try_training(network, seconds, network, NULL, false, &result, &error));
    assert_int_equal(result.train.fit.epochs, 5);
    if (!(result.train.fit.r2 > 0.2))
        fail_msg("%s: R2 %g", network, result.train.fit.r2);
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(predictor_open(catalogue, network, &predictor, &error));
    must(predictor_input_open(catalogue, &predictor, &input, &error));
    assert_false(predictor_input_has(&input, 7)); /* unreadable */
    assert_false(predictor_input_has(&input, TRACKS));
    assert_int_equal(predictor.epochs, 5);
    assert_int_equal(predictor.n_held_out, result.train.fit.n_held_out);
    float *vectors = malloc((size_t)(predictor.n_held_out * FACTORS) * sizeof *vectors);
    must(predictor_input_run(&compute, &input, predictor.held_out, predictor.n_held_out, vectors, NULL, &error));
    must(recommender_open_alone(catalogue, &compute, "als", &recommender, &error));
    must(recommender_track_vectors(recommender, &tracks, &error));
    for (int64_t i = 0; i < predictor.n_held_out; i++)
        for (int j = 0; j < FACTORS; j++) {
            const double truth = (double)tracks.values[predictor.held_out[i] * tracks.stride + j];
            const double from_mean = (truth - predictor.mean[j]) / predictor.deviation[j];
            const double difference = (truth - (double)vectors[i * FACTORS + j]) / predictor.deviation[j];
            error_sum += difference * difference;
            total += from_mean * from_mean;
        }
    assert_true(fabs(1 - error_sum / total - result.train.fit.r2) < 1e-4);
    free(vectors);
    recommender_close(recommender);
    predictor_input_close(&input);
    predictor_close(&predictor);
    compute_close(&compute);
    content_sound_result_free(&result);
}

static void networks_predict_as_they_were_trained(void **state)
{
    (void)state;
    write_cache();
    predicts_as_it_was_trained("bag", 6);
    predicts_as_it_was_trained("cnn-time", 6);
    predicts_as_it_was_trained("cnn-frequency", 6);
}

static void new_songs_get_vectors(void **state)
{
    (void)state;
    struct content_apply_result applied;
    must(app_content_apply(catalogue, &use, "cnn-time", NEW_SEEDS_CHOICES, NULL, &applied, &error));
    assert_true(applied.n_new > TRACKS / 8 && applied.n_new < applied.n_unknown + 1);
    must(app_content_apply(catalogue, &use, "bag", NEW_SEEDS_CHOICES, NULL, &applied, &error));
    assert_true(applied.n_new > TRACKS / 8);
}

/* ---- figures ---- */

static enum status try_plot(const char *name, enum content_figure figure, int layer, const char *song, const char *file,
                            struct error *error)
{
    char out[160];
    snprintf(out, sizeof out, "%s/%s", folder, file);
    const struct content_plot_settings settings = {name, figure, layer, song, out};
    return app_content_plot(catalogue, &use, &settings, error);
}

static void figures_are_drawn(void **state)
{
    (void)state;
    struct error why = {0};
    struct predictor predictor;
    struct predictor_input input;
    struct compute compute;
    struct sound_maps maps;
    for (int figure = 0; figure < CONTENT_FIGURES; figure++) {
        must(try_plot("cnn-time", (enum content_figure)figure, 1, "song 3 / artist 3", "figure.png", &error));
        must(try_plot("cnn-time", (enum content_figure)figure, 2, "song 3 / artist 3", "figure.svg", &error));
    }
    assert_int_equal(try_plot("bag", CONTENT_FILTERS, 1, NULL, "x.png", &why), STATUS_USAGE);
    assert_int_equal(try_plot("cnn-time", CONTENT_FILTERS, 9, NULL, "x.png", &why), STATUS_USAGE);
    assert_int_equal(try_plot("cnn-time", CONTENT_ACTIVATIONS, 1, NULL, "x.png", &why), STATUS_USAGE);
    assert_int_equal(try_plot("cnn-time", CONTENT_ACTIVATIONS, 1, "song 7 / artist 7", "x.png", &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "audio compute"));
    assert_int_equal(try_plot("cnn-time", CONTENT_CURVE, 1, NULL, "x.gif", &why), STATUS_USAGE);
    /* The filters of the first convolution are the first weights; the mean over the inputs of each. */
    must(compute_open(DEVICE_CPU, 1, &compute, &error));
    must(predictor_open(catalogue, "cnn-time", &predictor, &error));
    must(predictor_input_open(catalogue, &predictor, &input, &error));
    must(predictor_input_maps(&compute, &input, -1, 1, &maps, &error));
    assert_true(maps.n == SOUND_FILTERS && maps.height == 1 && maps.width == 3);
    for (int t = 0; t < 3; t++) {
        double sum = 0;
        for (int band = 0; band < BANDS; band++)
            sum += (double)predictor.weights.values[(t * BANDS + band) * SOUND_FILTERS + 5] / BANDS;
        assert_true(fabs(sum - (double)maps.values[5 * 3 + t]) < 1e-5);
    }
    free(maps.values);
    must(predictor_input_maps(&compute, &input, 3, 1, &maps, &error));
    for (int64_t i = 0; i < maps.n * maps.height * maps.width; i++)
        assert_true(isfinite(maps.values[i]) && maps.values[i] > -1.0001F); /* of ELU */
    free(maps.values);
    predictor_input_close(&input);
    predictor_close(&predictor);
    compute_close(&compute);
}

static void lists_of_networks_are_compared(void **state)
{
    (void)state;
    struct content_comparison comparison;
    must(app_content_compare(catalogue, &use, "als", "song 3 / artist 3", 5, &comparison, &error));
    assert_int_equal(comparison.n_left_out, 0);
    assert_true(comparison.n_lists >= 3);
    for (int i = comparison.n_lists - 3; i < comparison.n_lists; i++) {
        int same = 0;
        for (size_t t = 0; t < comparison.lists[i].tracks.count; t++)
            same += (comparison.lists[i].tracks.items[t].id - 1) % GROUPS == 0;
        assert_true(same >= 3);
    }
    content_comparison_free(&comparison);
}

/* ---- stopping ---- */

struct stopper {
    struct progress progress;
    int asked, at;
};

static bool stop(struct progress *progress)
{
    struct stopper *stopper = (struct stopper *)progress;
    return ++stopper->asked == stopper->at;
}

static void *read_predictor(const char *name, size_t *size)
{
    struct predictor predictor;
    must(predictor_open(catalogue, name, &predictor, &error));
    *size = predictor.weights.count * sizeof *predictor.weights.values;
    void *copy = malloc(*size);
    assert_non_null(copy);
    memcpy(copy, predictor.weights.values, *size);
    predictor_close(&predictor);
    return copy;
}

static void resumed_training_gives_the_same_bytes(void **state)
{
    (void)state;
    struct content_sound_result result;
    struct error why = {0};
    struct stopper stopper = {.progress = {.cancelled = stop}, .at = 9};
    size_t size, again;
    void *whole = read_predictor("cnn-time", &size);
    assert_int_equal(try_training("cnn-time", 6, "cut", NULL, true, &result, &why), STATUS_USAGE);
    content_sound_result_free(&result);
    assert_int_equal(try_training("cnn-time", 6, "cut", &stopper.progress, false, &result, &why), STATUS_INTERRUPTED);
    content_sound_result_free(&result);
    assert_int_equal(try_training("cnn-time", 18, "cut", NULL, true, &result, &why), STATUS_USAGE);
    content_sound_result_free(&result);
    must(try_training("cnn-time", 6, "cut", NULL, true, &result, &error));
    content_sound_result_free(&result);
    void *resumed = read_predictor("cut", &again);
    assert_int_equal(size, again);
    assert_memory_equal(whole, resumed, size);
    free(whole);
    free(resumed);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    struct content_sound_result result;
    struct error why = {0};
    assert_int_equal(try_training("none", 6, "als", NULL, false, &result, &why), STATUS_USAGE);
    assert_int_equal(try_training("cnn", 7, "als", NULL, false, &result, &why), STATUS_USAGE);
    assert_int_equal(try_training("bag", 18, "als", NULL, false, &result, &why), STATUS_USAGE);
    assert_int_equal(try_training("cnn", 6, "../als", NULL, false, &result, &why), STATUS_USAGE);
}

/* Files cut anywhere, and those of another version of the table. */
static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct buffer file = {0}, bytes = {0};
    struct predictor predictor;
    struct error why = {0};
    new_tracks_path(catalogue, "cut", ".predictor", &file);
    must(file_read(file.data, 1 << 24, &bytes, &error));
    char *name = memmem(bytes.data, bytes.size, "\"cnn-time\"", 10);
    assert_non_null(name);
    name[1] = 'x';
    must(atomic_file_write_private(file.data, &bytes, &error));
    assert_int_equal(predictor_open(catalogue, "cut", &predictor, &why), STATUS_BAD_DATA);
    name[1] = 'c';
    must(atomic_file_write_private(file.data, &bytes, &error));
    must(predictor_open(catalogue, "cut", &predictor, &error));
    predictor_close(&predictor);
    for (size_t size = 0; size < bytes.size; size += bytes.size / 13) {
        assert_int_equal(truncate(file.data, (off_t)size), 0);
        assert_int_equal(predictor_open(catalogue, "cut", &predictor, &why), STATUS_BAD_DATA);
        must(atomic_file_write_private(file.data, &bytes, &error));
    }
    unlink(file.data);
    buffer_free(&file);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cache_is_refused),
        cmocka_unit_test(networks_predict_as_they_were_trained),
        cmocka_unit_test(new_songs_get_vectors),
        cmocka_unit_test(figures_are_drawn),
        cmocka_unit_test(lists_of_networks_are_compared),
        cmocka_unit_test(resumed_training_gives_the_same_bytes),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
