/* Feature sets over tracks and albums of a real catalogue: made, opened, refused, listed and removed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/file.h"
#include "core/log.h"
#include "core/pool.h"
#include "db/import/import.h"
#include "features/extractor.h"

enum { TRACKS = 9 };

struct world {
    char folder[64];
    struct catalogue *catalogue;
};

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Tracks first..last, an album each. Every fourth has no audio features; energy is 0.1 times the number, mode always 1,
 * and the file has no time signature. */
static void import(struct catalogue *catalogue, const char *folder, int first, int last)
{
    struct buffer csv = {0}, path = {0};
    struct error error;
    buffer_add_text(&csv, "track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,"
                          "track_album_release_date,playlist_name,playlist_id,playlist_genre,playlist_subgenre,"
                          "danceability,energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,"
                          "valence,tempo,duration_ms\n");
    for (int i = first; i <= last; i++) {
        buffer_printf(&csv, "T%d,Song %d,Artist %d,%d,A%d,Album %d,%d-01-01,P,P%d,rock,hard rock,", i, i, i % 3, 10 + i,
                      i, i, 2000 + i, first);
        if (i % 4 == 0)
            buffer_add_text(&csv, ",,,,,,,,,,,200000\n");
        else
            buffer_printf(&csv, "0.5,%.1f,5,-6,1,0.05,0.1,0,0.1,%.2f,%d,200000\n", 0.1 * (i % 10), 0.05 * i, 100 + i);
    }
    buffer_printf(&path, "%s/%d.csv", folder, first);
    write_file(path.data, csv.data, csv.size);
    struct import_report report = {0};
    struct csv_options options = {.preset = CSV_SPOTIFY_SONGS};
    struct pool *pool = NULL;
    assert_int_equal(pool_create(1, &pool, &error), STATUS_OK);
    assert_int_equal(import_csv(catalogue, path.data, &options, pool, NULL, &report, &error), STATUS_OK);
    pool_destroy(pool);
    buffer_free(&csv);
    buffer_free(&path);
}

static struct catalogue *open_catalogue(const char *folder, const char *name)
{
    char path[128];
    struct catalogue *catalogue;
    struct error error;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error), STATUS_OK);
    return catalogue;
}

static void quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    snprintf(world->folder, sizeof world->folder, "/tmp/sleeve-features-XXXXXX");
    if (!mkdtemp(world->folder))
        return -1;
    log_set_sink(quiet, NULL);
    world->catalogue = open_catalogue(world->folder, "a.db");
    import(world->catalogue, world->folder, 1, TRACKS);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    char command[128];
    catalogue_close(world->catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    int rc = system(command);
    free(world);
    log_set_sink(NULL, NULL);
    return rc;
}

static enum status make(struct catalogue *catalogue, const struct extractor *extractor,
                        const struct extractor_options *options, struct error *error)
{
    return feature_sets_make(catalogue, &extractor, 1, options, NULL, error);
}

static const struct extractor_options no_options;

static void make_named(struct catalogue *catalogue, const char *name)
{
    struct error error;
    if (make(catalogue, extractor_find(name), &no_options, &error) != STATUS_OK)
        fail_msg("%s: %s", name, error.text);
}

static int column_of(const struct feature_set *set, const char *name)
{
    for (int i = 0; i < set->width; i++)
        if (strcmp(set->columns[i], name) == 0)
            return i;
    fail_msg("no column %s", name);
    return -1;
}

static void audio_features_are_a_set_of_tracks(void **state)
{
    struct world *world = *state;
    struct feature_set set;
    struct error error;
    make_named(world->catalogue, "audio");
    assert_int_equal(feature_set_open(world->catalogue, "audio", &set, &error), STATUS_OK);
    assert_int_equal(set.item, FEATURE_TRACKS);
    assert_int_equal(set.n_rows, TRACKS);
    assert_int_equal(set.width, AUDIO_FEATURES);
    assert_int_equal(set.n_present, TRACKS - 2);
    assert_string_equal(set.extractor, "audio");
    int energy = column_of(&set, "energy"), signature = column_of(&set, "time_signature");
    for (int64_t row = 0; row < TRACKS; row++) {
        const float *values = set.values + row * set.width;
        assert_int_equal(feature_set_has(&set, row), (row + 1) % 4 != 0);
        if (feature_set_has(&set, row)) {
            assert_true(fabsf(values[energy] - 0.1f * (float)(row + 1)) < 1e-6f);
            assert_true(isnan(values[signature]));
        }
    }
    feature_set_close(&set);
}

static bool has_unknown(const struct column_statistics *column)
{
    return column->n_not_finite > 0;
}

static void statistics_name_columns_of_no_use(void **state)
{
    struct world *world = *state;
    struct feature_set set;
    struct error error;
    struct column_statistics columns[AUDIO_FEATURES];
    struct buffer names = {0};
    make_named(world->catalogue, "audio");
    assert_int_equal(feature_set_open(world->catalogue, "audio", &set, &error), STATUS_OK);
    feature_set_statistics(&set, columns);
    int energy = column_of(&set, "energy");
    double mean = 0, squares = 0; /* of 1, 2, 3, 5, 6, 7, 9 tenths */
    const double tenths[] = {1, 2, 3, 5, 6, 7, 9};
    for (int i = 0; i < 7; i++)
        mean += tenths[i] / 70;
    for (int i = 0; i < 7; i++)
        squares += (tenths[i] / 10 - mean) * (tenths[i] / 10 - mean) / 7;
    assert_int_equal(columns[energy].n_finite, 7);
    assert_true(fabs(columns[energy].mean - mean) < 1e-6);
    assert_true(fabs(columns[energy].deviation - sqrt(squares)) < 1e-6);
    assert_int_equal(feature_set_name_columns(&set, columns, has_unknown, 5, &names), 1);
    assert_string_equal(names.data, "time_signature");
    buffer_clear(&names);
    assert_int_equal(feature_set_name_columns(&set, columns, column_is_constant, 2, &names), 9);
    assert_string_equal(names.data, "danceability, key and 7 more");
    float standard[TRACKS * AUDIO_FEATURES];
    feature_set_standardise(&set, columns, standard);
    double sum = 0, sum_squares = 0;
    for (int row = 0; row < TRACKS; row++) {
        const float *values = standard + row * AUDIO_FEATURES;
        sum += values[energy];
        sum_squares += (double)values[energy] * values[energy];
        assert_true(values[column_of(&set, "mode")] == 0 && values[column_of(&set, "time_signature")] == 0);
        assert_true(feature_set_has(&set, row) || values[energy] == 0);
    }
    assert_true(fabs(sum) < 1e-5 && fabs(sum_squares - 7) < 1e-4);
    buffer_free(&names);
    feature_set_close(&set);
}

/* Distances are between standardised columns: tempo, whose numbers are the largest, decides nothing alone. */
static void neighbours_of_a_track_are_those_like_it(void **state)
{
    struct world *world = *state;
    struct feature_set set;
    struct error error;
    struct neighbour nearest[3];
    size_t count;
    make_named(world->catalogue, "audio");
    assert_int_equal(feature_set_open(world->catalogue, "audio", &set, &error), STATUS_OK);
    assert_int_equal(feature_neighbours(&set, 1, 3, nearest, &count, &error), STATUS_OK);
    assert_int_equal(count, 3);
    assert_int_equal(nearest[0].item, 2);
    assert_int_equal(nearest[1].item, 3);
    assert_int_equal(nearest[2].item, 5);
    assert_true(nearest[0].distance < 3);
    assert_int_equal(feature_neighbours(&set, 4, 3, nearest, &count, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "track"));
    feature_set_close(&set);
}

static void metadata_is_a_set_of_tracks(void **state)
{
    struct world *world = *state;
    struct feature_set set;
    struct error error;
    make_named(world->catalogue, "metadata");
    assert_int_equal(feature_set_open(world->catalogue, "metadata", &set, &error), STATUS_OK);
    assert_int_equal(set.n_present, TRACKS);
    const float *third = set.values + 2 * set.width;
    assert_true(third[column_of(&set, "year")] == 2003 && third[column_of(&set, "duration_s")] == 200 &&
                third[column_of(&set, "popularity")] == 13);
    feature_set_close(&set);
}

static void tracks_added_later_leave_a_set_valid(void **state)
{
    struct world *world = *state;
    struct feature_set set;
    struct error error;
    char from[160], to[160];
    struct buffer bytes = {0};
    struct catalogue *catalogue = open_catalogue(world->folder, "later.db");
    import(catalogue, world->folder, 1, 5);
    make_named(catalogue, "audio");
    import(catalogue, world->folder, 6, 8);
    assert_int_equal(feature_set_open(catalogue, "audio", &set, &error), STATUS_OK);
    assert_int_equal(set.n_rows, 5);
    feature_set_close(&set);
    catalogue_close(catalogue);

    struct catalogue *other = open_catalogue(world->folder, "other.db");
    import(other, world->folder, 20, 29);
    make_named(other, "metadata"); /* makes the folder */
    snprintf(from, sizeof from, "%s/later.data/embeddings/audio.safetensors", world->folder);
    snprintf(to, sizeof to, "%s/other.data/embeddings/audio.safetensors", world->folder);
    assert_int_equal(file_read(from, 1 << 20, &bytes, &error), STATUS_OK);
    write_file(to, bytes.data, bytes.size);
    assert_int_equal(feature_set_open(other, "audio", &set, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "another catalogue's tracks"));
    snprintf(to, sizeof to, "%s/other.data/embeddings/sound.safetensors", world->folder);
    write_file(to, bytes.data, bytes.size);
    assert_int_equal(feature_set_open(other, "sound", &set, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "holds the set audio"));
    buffer_free(&bytes);
    catalogue_close(other);
}

/* ---- a network as an extractor ---- */

struct network {
    int width;
    size_t largest; /* batch */
};

static enum status open_network(const struct extractor_options *options, void **state, int *width, struct error *error)
{
    if (access(options->weights, R_OK) != 0)
        return error_set(error, STATUS_BAD_DATA, "%s: there are no weights", options->weights);
    struct network *network = calloc(1, sizeof *network);
    assert_non_null(network);
    network->width = *width = 3;
    *state = network;
    return STATUS_OK;
}

static size_t largest_batch;
static int n_closed;

static enum status run_network(void *state, const struct extractor_options *options,
                               const struct extractor_batch *batch, float *rows, bool *present, struct error *error)
{
    struct network *network = state;
    (void)options, (void)error;
    largest_batch = batch->count > largest_batch ? batch->count : largest_batch;
    for (size_t i = 0; i < batch->count; i++) {
        present[i] = batch->images[i].rgb != NULL;
        for (int c = 0; present[i] && c < network->width; c++)
            rows[i * (size_t)network->width + (size_t)c] = batch->images[i].rgb[c];
    }
    return STATUS_OK;
}

static void close_network(void *state)
{
    n_closed++;
    free(state);
}

static const struct extractor network_extractor = {
    .name = "corner",
    .item = FEATURE_ALBUMS,
    .input = INPUT_COVERS,
    .edge = 40,
    .takes_weights = true,
    .open = open_network,
    .extract = run_network,
    .close = close_network,
};

static void an_extractor_may_need_weights_and_take_batches(void **state)
{
    struct world *world = *state;
    struct feature_set set;
    struct error error;
    char weights[128];
    assert_int_equal(catalogue_setting_write(world->catalogue, "covers.generated", "1", &error), STATUS_OK);
    assert_int_equal(make(world->catalogue, &network_extractor, &no_options, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "--weights"));
    struct extractor_options options = {.weights = "nowhere.safetensors"};
    assert_int_equal(make(world->catalogue, &network_extractor, &options, &error), STATUS_BAD_DATA);
    assert_int_equal(feature_set_open(world->catalogue, "corner", &set, &error), STATUS_FAILED);
    assert_int_equal(make(world->catalogue, extractor_find("audio"), &options, &error), STATUS_USAGE);
    snprintf(weights, sizeof weights, "%s/weights", world->folder);
    write_file(weights, "x", 1);
    options.weights = weights;
    n_closed = 0;
    assert_int_equal(make(world->catalogue, &network_extractor, &options, &error), STATUS_OK);
    assert_int_equal(n_closed, 1);
    assert_int_equal(largest_batch, TRACKS);
    assert_int_equal(feature_set_open(world->catalogue, "corner", &set, &error), STATUS_OK);
    assert_int_equal(set.width, 3);
    assert_int_equal(set.n_present, TRACKS);
    feature_set_close(&set);
}

static void sets_of_different_items_are_not_made_together(void **state)
{
    struct world *world = *state;
    struct error error;
    const struct extractor *two[] = {extractor_find("gist"), extractor_find("audio")};
    assert_int_equal(feature_sets_make(world->catalogue, two, 2, &no_options, NULL, &error), STATUS_USAGE);
}

static void add_name(const char *name, void *context)
{
    buffer_printf(context, "%s ", name);
}

static void sets_are_listed_by_item_and_removed(void **state)
{
    struct world *world = *state;
    struct error error;
    struct buffer all = {0}, albums = {0}, left = {0};
    struct catalogue *catalogue = open_catalogue(world->folder, "list.db");
    import(catalogue, world->folder, 1, 5);
    assert_int_equal(feature_set_remove(catalogue, "gray16", &error), STATUS_USAGE);
    assert_int_equal(feature_set_remove(catalogue, "../x", &error), STATUS_USAGE);
    make_named(catalogue, "metadata");
    make_named(catalogue, "gray16");
    make_named(catalogue, "audio");
    assert_int_equal(feature_sets_list(catalogue, add_name, &all, &error), STATUS_OK);
    assert_string_equal(all.data, "audio gray16 metadata ");
    assert_int_equal(feature_sets_list_of(catalogue, FEATURE_ALBUMS, add_name, &albums, &error), STATUS_OK);
    assert_string_equal(albums.data, "gray16 ");
    assert_int_equal(feature_set_remove(catalogue, "audio", &error), STATUS_OK);
    assert_int_equal(feature_sets_list(catalogue, add_name, &left, &error), STATUS_OK);
    assert_string_equal(left.data, "gray16 metadata ");
    buffer_free(&all);
    buffer_free(&albums);
    buffer_free(&left);
    catalogue_close(catalogue);
}

/* A row in the list of missing rows that the set does not have, and a number of names that is not that of columns. */
static void files_that_contradict_themselves_are_refused(void **state)
{
    struct world *world = *state;
    struct error error;
    struct feature_set set;
    static const float values[TRACKS][2];
    char print[33], path[160];
    assert_int_equal(catalogue_fingerprint(world->catalogue, TRACKS, print, &error), STATUS_OK);
    snprintf(path, sizeof path, "%s/a.data/embeddings/bad.safetensors", world->folder);
    make_named(world->catalogue, "audio"); /* makes the folder */
    for (int i = 0; i < 3; i++) {
        const int32_t missing = i == 0 ? TRACKS : 1;
        const struct tensor_source tensors[] = {
            {.name = "values", .dtype = "F32", .rank = 2, .shape = {TRACKS, 2}, .bytes = values},
            {.name = "missing", .dtype = "I32", .rank = 2, .shape = {1, 1}, .bytes = &missing},
        };
        const struct metadata_pair pairs[] = {
            {"name", "bad"}, {"item", "tracks"}, {"keys.fingerprint", print}, {"columns", i == 1 ? "a\nb\nc" : "a\nb"}};
        assert_int_equal(safetensors_write(path, tensors, 2, pairs, 4, &error), STATUS_OK);
        enum status status = feature_set_open(world->catalogue, "bad", &set, &error);
        assert_int_equal(status, i == 2 ? STATUS_OK : STATUS_BAD_DATA);
        if (status == STATUS_OK) {
            assert_int_equal(set.n_present, TRACKS - 1);
            assert_string_equal(feature_set_metadata(&set, "item"), "tracks");
            assert_null(feature_set_metadata(&set, "weights.path"));
            feature_set_close(&set);
        }
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audio_features_are_a_set_of_tracks),
        cmocka_unit_test(statistics_name_columns_of_no_use),
        cmocka_unit_test(neighbours_of_a_track_are_those_like_it),
        cmocka_unit_test(metadata_is_a_set_of_tracks),
        cmocka_unit_test(tracks_added_later_leave_a_set_valid),
        cmocka_unit_test(an_extractor_may_need_weights_and_take_batches),
        cmocka_unit_test(sets_of_different_items_are_not_made_together),
        cmocka_unit_test(sets_are_listed_by_item_and_removed),
        cmocka_unit_test(files_that_contradict_themselves_are_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
