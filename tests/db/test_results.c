#include "support.h"

#include <math.h>
#include <unistd.h>

#include "db/database.h"
#include "db/results.h"

/* Stored metrics can be read under their names, and a catalogue that stored them as columns is converted. */

static const char *const names[] = {"ndcg", "clicks", "recall"};

static const struct model_record record = {.name = "m",
                                           .kind = "als",
                                           .file = "models/m.safetensors",
                                           .fingerprint = "f",
                                           .n_tracks = 2,
                                           .settings = "{}",
                                           .results = "",
                                           .created = "2020-01-01T00:00:00Z"};

static void setup_model(struct fixture *fixture)
{
    must(fixture, fixture_import_csv(fixture, "rows.csv",
                                     "playlist,pos,track,artist\none,1,a,x\none,2,b,x\ntwo,1,a,x\nthree,1,b,x\n"));
    must(fixture, catalogue_model_write(fixture->catalogue, &record, &fixture->error));
}

static void read_all(struct fixture *fixture, int64_t playlist_id, struct result_table *table)
{
    must(fixture, catalogue_results_read(fixture->catalogue, "m", playlist_id, names, 3, table, &fixture->error));
}

static void values_come_back_by_name(void **state)
{
    struct fixture *fixture = *state;
    setup_model(fixture);
    int64_t ids[] = {1, 3};
    int32_t seeds[] = {4, 9};
    double values[] = {0.25, 7, 0.5, NAN};
    const char *const written[] = {"recall", "clicks"};
    const struct result_table table = {written, 2, 2, ids, seeds, values};
    must(fixture, catalogue_results_write(fixture->catalogue, &record, &table, "{\"on\":\"test\"}", &fixture->error));

    struct result_table all, third;
    read_all(fixture, 0, &all);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.playlist_ids[0], 1);
    assert_int_equal(all.seeds[1], 9);
    assert_true(isnan(all.values[0]) && all.values[1] == 7 && all.values[2] == 0.25);
    read_all(fixture, 3, &third);
    assert_int_equal(third.count, 1);
    assert_int_equal(third.playlist_ids[0], 3);
    assert_true(isnan(third.values[0]) && isnan(third.values[1]) && third.values[2] == 0.5);
    result_table_free(&third);
    read_all(fixture, 2, &third);
    assert_int_equal(third.count, 0);
    result_table_free(&all);
    result_table_free(&third);
    check_catalogue(fixture);
}

static void another_training_removes_them(void **state)
{
    struct fixture *fixture = *state;
    setup_model(fixture);
    int64_t id = 1, left;
    int32_t seeds = 1;
    double value = 0.5;
    const struct result_table table = {names, 1, 1, &id, &seeds, &value};
    must(fixture, catalogue_results_write(fixture->catalogue, &record, &table, "{}", &fixture->error));
    must(fixture,
         catalogue_results_write(fixture->catalogue, &record, &table, "{}", &fixture->error)); /* not added twice */
    must(fixture,
         database_integer(fixture->catalogue, "SELECT count(*) FROM result_values", NULL, &left, &fixture->error));
    assert_int_equal(left, 1);
    must(fixture, catalogue_model_write(fixture->catalogue, &record, &fixture->error));
    must(fixture,
         database_integer(fixture->catalogue, "SELECT count(*) FROM result_values", NULL, &left, &fixture->error));
    assert_int_equal(left, 0);
}

/* A catalogue as it was before metrics had names, with results in it. */
static void make_with_columns(struct fixture *fixture)
{
    static const char *const lines[] = {
#include "schema.inc"
        NULL,
    };
    const char *earlier[sizeof lines / sizeof *lines] = {NULL};
    for (size_t i = 0; lines[i] && strncmp(lines[i], "-- migration 4:", 15) != 0; i++)
        earlier[i] = lines[i];
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    unlink(fixture->db);
    struct catalogue old = {.path = fixture->db, .mode = CATALOGUE_CREATE};
    assert_int_equal(sqlite3_open(fixture->db, &old.db), SQLITE_OK);
    must(fixture, database_migrate(&old, earlier, &fixture->error));
    must(fixture, database_run(&old,
                               "INSERT INTO models VALUES (5, 'm', 'als', 'f', 'f', 0, '{}', '{}', 'c');"
                               "INSERT INTO playlists (id, key, name, own, n_entries, n_repeats, duration_ms) VALUES"
                               " (1, 'one', 'one', 0, 0, 0, 0), (2, 'two', 'two', 0, 0, 0, 0);"
                               "INSERT INTO playlist_entries VALUES (1, x''), (2, x'');"
                               "UPDATE state SET n_playlists = 2;"
                               "INSERT INTO results VALUES (5, 1, 3, 0.1, 0.2, 0.3, 0.4, 0.5, 6, 0.7, 1.5),"
                               " (5, 2, 9, 0.125, NULL, 9e999, 0, 0.25, 51, -0.5, NULL),"
                               " (77, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0), (5, 99, 3, 0, 0, 0, 0, 0, 0, 0, 0)",
                               &fixture->error));
    sqlite3_close(old.db);
}

static void results_in_columns_are_converted(void **state)
{
    struct fixture *fixture = *state;
    static const char *const columns[] = {"precision", "recall", "r_precision", "r_precision_rta",
                                          "ndcg",      "clicks", "popularity"};
    static const double want[] = {0.1, 0.2, 0.3, 0.4, 0.5, 6, 0.7, 0.125, NAN, 0, 0, 0.25, 51, -0.5};
    make_with_columns(fixture);
    must(fixture, catalogue_open(fixture->db, CATALOGUE_WRITE, &fixture->catalogue, &fixture->error));
    struct result_table table;
    must(fixture, catalogue_results_read(fixture->catalogue, "m", 0, columns, 7, &table, &fixture->error));
    assert_int_equal(table.count, 2); /* rows of no model and of no playlist are gone */
    assert_int_equal(table.playlist_ids[0], 1);
    assert_int_equal(table.seeds[0], 3);
    assert_int_equal(table.seeds[1], 9);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(isnan(want[i]) ? isnan(table.values[i]) : table.values[i] == want[i]);
    result_table_free(&table);
    check_catalogue(fixture);
    int64_t unused;
    must(fixture, database_integer(fixture->catalogue, /* a column of the first table of ratings */
                                   "SELECT count(*) FROM pragma_table_info('ratings') WHERE name = 'note'", NULL,
                                   &unused, &fixture->error));
    assert_int_equal(unused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_back_by_name, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(another_training_removes_them, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(results_in_columns_are_converted, setup_fixture, teardown_fixture),
    };
    return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
