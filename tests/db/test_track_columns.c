/* What recipes read of every track: training counts leave out playlists that models are not trained on; saved recipes.
 */
#include "support.h"

#include "db/recipes.h"
#include "db/split.h"
#include "db/track_columns.h"

static const char rows[] = "playlist,track,artist,album,seconds,release_date,genre,subgenre\n"
                           "one,A,X,First,10,1999,rock,hard rock\n"
                           "one,B,X,First,20,1999,rock,hard rock\n"
                           "one,A,X,First,10,1999,rock,hard rock\n"
                           "two,C,Y,,,,jazz,\n"
                           "two,A,X,First,10,1999,jazz,\n"
                           "three,B,X,First,20,1999,,\n"
                           "three,A,X,First,10,1999,,\n"
                           "four,B,X,First,20,1999,,\n";

static void counts_training_playlists(void **state)
{
    struct fixture *fixture = *state;
    int32_t counts[3];
    char versions[3][TRACK_COLUMNS_VERSION];
    must(fixture, fixture_import_csv(fixture, "rows.csv", rows));
    must(fixture, catalogue_training_counts(fixture->catalogue, 3, counts, &fixture->error));
    assert_int_equal(counts[0], 3); /* a repeat counts once */
    assert_int_equal(counts[1], 3);
    assert_int_equal(counts[2], 1);
    must(fixture, catalogue_track_columns_version(fixture->catalogue, versions[0], &fixture->error));
    const int32_t cold[] = {2};
    const struct split_row parts[] = {{1, SPLIT_TEST, 1}, {4, SPLIT_VALIDATION, 0}};
    const struct split split = {.rows = parts, .n_rows = 2, .cold = cold, .n_cold = 1, .settings = "{}"};
    must(fixture, catalogue_split_write(fixture->catalogue, &split, &fixture->error));
    must(fixture, catalogue_training_counts(fixture->catalogue, 3, counts, &fixture->error));
    assert_int_equal(counts[0], 2); /* without playlist one */
    assert_int_equal(counts[1], 1); /* without one and four */
    assert_int_equal(counts[2], 0); /* cold */
    must(fixture, catalogue_track_columns_version(fixture->catalogue, versions[1], &fixture->error));
    assert_string_not_equal(versions[0], versions[1]);
    must(fixture, fixture_import_csv(fixture, "more.csv", "playlist,track,artist\nfive,D,Z\n"));
    must(fixture, catalogue_track_columns_version(fixture->catalogue, versions[2], &fixture->error));
    assert_string_not_equal(versions[1], versions[2]);
}

struct met {
    int count, with_album;
    char text[128];
};

static bool meet_track(const struct track_columns_row *row, void *context)
{
    struct met *met = context;
    met->count++;
    met->with_album += row->album > 0;
    if (row->track == 3) /* C has neither album, nor year, nor duration */
        assert_true(row->album == 0 && row->year == 0 && row->duration_ms == -1 && row->album_title[0] == '\0');
    if (row->track == 1)
        assert_true(row->year == 1999 && row->duration_ms == 10000 && strcmp(row->album_title, "First") == 0);
    return true;
}

static bool meet_genre(const struct playlist_genre_row *row, void *context)
{
    struct met *met = context;
    met->count++;
    /* Playlist one: repeats included. In playlist two the finest genre is the genre itself. */
    assert_int_equal(row->count, met->count == 1 ? 3 : 2);
    assert_int_equal(row->genre == row->finest, met->count == 2);
    return true;
}

static bool stop_at_once(const struct track_columns_row *row, void *context)
{
    (void)row, (void)context;
    return false;
}

static void reads_columns(void **state)
{
    struct fixture *fixture = *state;
    struct met met = {0}, genres = {0};
    must(fixture, fixture_import_csv(fixture, "rows.csv", rows));
    must(fixture, catalogue_track_columns(fixture->catalogue, meet_track, &met, &fixture->error));
    assert_int_equal(met.count, 3);
    assert_int_equal(met.with_album, 2);
    must(fixture, catalogue_playlist_genres(fixture->catalogue, meet_genre, &genres, &fixture->error));
    assert_int_equal(genres.count, 2);
    assert_int_equal(catalogue_track_columns(fixture->catalogue, stop_at_once, NULL, &fixture->error), STATUS_FAILED);
}

static void keeps_recipes(void **state)
{
    struct fixture *fixture = *state;
    struct recipe_rows recipes;
    char *json;
    bool found;
    must(fixture, catalogue_recipe_write(fixture->catalogue, "b' OR 1=1 --", "{\"x\": 1}", &fixture->error));
    must(fixture, catalogue_recipe_write(fixture->catalogue, "a", "{}", &fixture->error));
    must(fixture, catalogue_recipe_write(fixture->catalogue, "a", "{\"y\": 2}", &fixture->error));
    must(fixture, catalogue_recipes_read(fixture->catalogue, &recipes, &fixture->error));
    assert_int_equal(recipes.count, 2);
    assert_string_equal(recipes.items[0].name, "a");
    assert_string_equal(recipes.items[0].json, "{\"y\": 2}");
    assert_true(recipes.items[0].changed > 1500000000);
    recipe_rows_free(&recipes);
    must(fixture, catalogue_recipe_read(fixture->catalogue, "b' OR 1=1 --", &json, &fixture->error));
    assert_string_equal(json, "{\"x\": 1}");
    free(json);
    must(fixture, catalogue_recipe_delete(fixture->catalogue, "nothing", &found, &fixture->error));
    assert_false(found);
    must(fixture, catalogue_recipe_delete(fixture->catalogue, "a", &found, &fixture->error));
    assert_true(found);
    must(fixture, catalogue_recipe_read(fixture->catalogue, "a", &json, &fixture->error));
    assert_null(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_training_playlists, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(reads_columns, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(keeps_recipes, setup_fixture, teardown_fixture),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
