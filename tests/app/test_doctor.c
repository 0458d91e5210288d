#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/doctor.h"
#include "app/models.h"
#include "app/training.h"
#include "db/import/import.h"
#include "tests/folder.h"
#include "tests/must.h"

/* What is said of a catalogue that is sound, damaged or not there, and of the models in it. */

static char folder[TEST_FOLDER_MAX];
static char path[128], model[128], leftover[128];

static void train(struct catalogue *catalogue)
{
    struct device device;
    struct device_use use = {.device = &device};
    const struct device_options options = {DEVICE_CPU, 2, NULL};
    const struct model_spec spec = {.kind = "popularity", .name = "p", .seed = 1, .split_sets = SPLIT_TRAIN};
    device_start(&device, &options);
    must(app_train(catalogue, &use, &spec, NULL, &error));
    device_close(&use);
    device_end(&device);
}

static int begin(void **state)
{
    (void)state;
    char csv[128];
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/x.db", folder);
    snprintf(model, sizeof model, "%s/x.data/models/p.safetensors", folder);
    snprintf(leftover, sizeof leftover, "%s/x.data/models/p.0123456789abcdef.safetensors", folder);
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album\none,0,a,x,first\none,1,b,y,second\ntwo,0,a,x,first\n");
    fclose(file);
    struct catalogue *catalogue;
    struct import_report report;
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, NULL, NULL, &report, &error));
    train(catalogue);
    catalogue_close(catalogue);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static enum status examine(const char *file, struct doctor_result *result, struct error *error)
{
    const struct doctor_settings settings = {.path = file, .threads = 1};
    *error = (struct error){0};
    return app_doctor(&settings, result, error);
}

static void a_sound_catalogue(void **state)
{
    (void)state;
    struct doctor_result result;
    struct error why;
    assert_int_equal(examine(path, &result, &why), STATUS_OK);
    assert_true(result.processors >= 1 && result.cpu.works && result.cpu.gflops > 0);
    for (int i = 0; i < PROCESSOR_FEATURES; i++)
        assert_non_null(result.features[i].name);
    const struct doctor_catalogue *catalogue = &result.catalogue;
    assert_true(catalogue->exists && catalogue->counted && catalogue->checked && catalogue->sound);
    assert_int_equal(catalogue->counts.tracks, 2);
    assert_int_equal(catalogue->models.count, 1);
    assert_string_equal(catalogue->models.items[0].name, "p");
    assert_string_equal(catalogue->models.items[0].fault, "");
    assert_int_equal(catalogue->others.count, 0);
    doctor_result_free(&result);
}

static void no_catalogue(void **state)
{
    (void)state;
    struct doctor_result result;
    struct error why;
    assert_int_equal(examine("/nonexistent/x.db", &result, &why), STATUS_OK);
    assert_false(result.catalogue.exists || result.catalogue.counted || result.catalogue.sound);
    doctor_result_free(&result);
    assert_int_equal(examine(NULL, &result, &why), STATUS_OK);
    assert_false(result.catalogue.exists);
    doctor_result_free(&result);
}

/* Files that no model needs do no harm; a model that cannot be used does. */
static void files_beside(void **state)
{
    (void)state;
    struct doctor_result result;
    struct error why;
    FILE *file = fopen(leftover, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(examine(path, &result, &why), STATUS_OK);
    assert_int_equal(result.catalogue.others.count, 1);
    assert_non_null(strstr(leftover, result.catalogue.others.items[0].name));
    doctor_result_free(&result);
    assert_int_equal(truncate(model, 100), 0);
    assert_int_equal(examine(path, &result, &why), STATUS_BAD_DATA);
    assert_true(result.catalogue.checked && !result.catalogue.sound);
    assert_string_equal(result.catalogue.models.items[0].fault, why.text);
    assert_string_equal(result.catalogue.fault, why.text);
    doctor_result_free(&result);
}

/* ---- what a model's record says ---- */

static struct model_details details_of(const char *results, const char *settings)
{
    struct model_details details;
    const struct model_record record = {.results = results, .settings = settings};
    must(model_details_read(&record, &details, &error));
    return details;
}

static void details_are_read(void **state)
{
    (void)state;
    char results[] = "{\"on\":\"test\",\"n_playlists\":3,\"ndcg\":{\"mean\":0.25,\"ci95\":0.125},\"clicks\":"
                     "{\"mean\":2},\"coverage\":0.5,\"x\":\"y\"}";
    char settings[] = "{\"report\":\"short\",\"features\":\"a,b\",\"playlists\":7,\"flag\":true}";
    struct model_details details = details_of(results, settings);
    assert_string_equal(details.evaluated_on, "test");
    assert_string_equal(details.n_evaluated, "3");
    assert_int_equal(details.n_metrics, 3);
    assert_true(details.ndcg.mean == 25 && details.ndcg.ci95 == 12.5);
    assert_string_equal(details.metrics[1].name, "clicks");
    assert_true(details.metrics[1].mean == 2 && isnan(details.metrics[1].ci95));
    assert_string_equal(details.metrics[1].unit, "");
    assert_true(details.metrics[2].mean == 50); /* a share */
    assert_string_equal(details.report, "short");
    assert_string_equal(details.features, "a,b");
    assert_int_equal(details.n_settings, 2); /* neither the report nor the flag */
    model_details_free(&details);
}

static void details_need_not_be_json(void **state)
{
    (void)state;
    char results[] = "[{\"on\":1}]", settings[] = "not JSON";
    struct model_details details = details_of(results, settings);
    assert_false(details.results_known || details.settings_known);
    assert_null(details.evaluated_on);
    assert_null(details.ndcg.name);
    assert_int_equal(details.n_metrics + details.n_settings, 0);
    model_details_free(&details);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_catalogue),
        cmocka_unit_test(no_catalogue),
        cmocka_unit_test(files_beside),
        cmocka_unit_test(details_are_read),
        cmocka_unit_test(details_need_not_be_json),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
