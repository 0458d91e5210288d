#include "app/demo.h"

#include <stdlib.h>
#include <string.h>

#include "app/device.h"
#include "app/evaluate.h"
#include "core/assets.h"
#include "core/buffer.h"
#include "core/file.h"
#include "core/log.h"
#include "core/paths.h"
#include "db/catalogue.h"
#include "db/import/import.h"
#include "db/search.h"
#include "db/split.h"
#include "eval/split.h"
#include "features/extractor.h"
#include "models/recommender.h"

static const char *const data_file = "spotify_songs.csv.gz";

static const char *const demo_features[] = {"audio"};

/* A smaller network than the preset's, and fewer epochs, to keep the first start short. */
static const char *const demo_settings[] = {"factors=64", "residual=128",       "kernel_features=64",
                                            "epochs=10",  "learning_rate=0.01", "table_learning_rate=0.01",
                                            "batch=24"};

/* The models of the demo. The last one is the default of the explorer. */
static const struct model_spec demo_models[] = {
    {.kind = "popularity", .name = "popularity"},
    {.kind = "als", .name = "als"},
    {.kind = "sknn", .name = "sknn"},
    {.kind = "mf-avg", .name = "mf-avg"},
    {.kind = "hybrid",
     .name = "demo",
     .features = demo_features,
     .n_features = 1,
     .settings = demo_settings,
     .n_settings = sizeof demo_settings / sizeof *demo_settings},
};
enum { DEMO_MODELS = sizeof demo_models / sizeof demo_models[0] };

/* Test playlists, so that the demo's models can be evaluated and their failures inspected. */
static const struct split_options demo_split = {.test = 100, .seed = 42};

static enum status import_data(struct catalogue *catalogue, struct pool *pool, struct progress *progress,
                               struct error *error)
{
    struct catalogue_counts counts;
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status != STATUS_OK || counts.tracks > 0)
        return status;
    struct buffer path = {0};
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_SPOTIFY_SONGS};
    status = asset_find(data_file, &path, error);
    if (status == STATUS_OK)
        status = import_csv(catalogue, path.data, &options, pool, progress, &report, error);
    if (status == STATUS_OK)
        log_message(LOG_INFO, "imported %lld playlists, %lld tracks", (long long)report.playlists,
                    (long long)report.new_tracks);
    buffer_free(&path);
    return status;
}

static const char *const demo_sets[] = {"gray16", "gist", "audio", "metadata"};
enum { DEMO_SETS = sizeof demo_sets / sizeof demo_sets[0], DEMO_COVER_SETS = 2 };

static bool has_feature_set(struct catalogue *catalogue, const char *name)
{
    struct feature_set set;
    if (feature_set_open(catalogue, name, &set, NULL) != STATUS_OK)
        return false;
    feature_set_close(&set);
    return true;
}

/* Demos of earlier versions have no colours of their covers; making the sets of covers stores them. */
static bool has_colours(struct catalogue *catalogue)
{
    bool all;
    return catalogue_covers_coloured(catalogue, &all, NULL) == STATUS_OK && all;
}

/* Makes the missing ones among these sets, or all of them. They read the same input. */
static enum status make_sets(struct catalogue *catalogue, struct pool *pool, const char *const *names, size_t n,
                             bool all, struct progress *progress, struct error *error)
{
    const struct extractor *missing[DEMO_SETS];
    const struct extractor_options options = {.pool = pool};
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (all || !has_feature_set(catalogue, names[i]))
            missing[count++] = extractor_find(names[i]);
    return count == 0 ? STATUS_OK : feature_sets_make(catalogue, missing, count, &options, progress, error);
}

static enum status make_feature_sets(struct catalogue *catalogue, struct pool *pool, struct progress *progress,
                                     struct error *error)
{
    const size_t others = DEMO_SETS - DEMO_COVER_SETS;
    bool all = !has_colours(catalogue);
    enum status status = make_sets(catalogue, pool, demo_sets, DEMO_COVER_SETS, all, progress, error);
    if (status == STATUS_OK)
        status = make_sets(catalogue, pool, demo_sets + DEMO_COVER_SETS, others, false, progress, error);
    return status;
}

static bool has_model(struct catalogue *catalogue, struct compute *compute, const char *name)
{
    struct recommender *recommender;
    if (recommender_open(catalogue, compute, name, &recommender, NULL) != STATUS_OK)
        return false;
    recommender_close(recommender);
    return true;
}

static enum status make_models(struct catalogue *catalogue, struct compute *compute, struct progress *progress,
                               struct error *error)
{
    for (int i = 0; i < DEMO_MODELS; i++) {
        struct model_spec spec = demo_models[i];
        if (has_model(catalogue, compute, spec.name))
            continue;
        spec.seed = 42;
        spec.split_sets = SPLIT_TRAIN | SPLIT_VALIDATION;
        enum status status = model_train(catalogue, compute, &spec, progress, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* A demo of an earlier version keeps its models, which have seen all playlists. */
static enum status make_split(struct catalogue *catalogue, struct error *error)
{
    struct model_list models = {0};
    struct split_totals totals = {0};
    struct split_counts counts;
    enum status status = catalogue_models_read(catalogue, &models, error);
    bool fresh = models.count == 0;
    model_list_free(&models);
    if (status == STATUS_OK && fresh)
        status = catalogue_split_count(catalogue, &totals, error);
    return status == STATUS_OK && fresh && !totals.exists ? split_make(catalogue, &demo_split, &counts, error) : status;
}

enum owner { OWNER_DEMO, OWNER_NOBODY, OWNER_PERSON };

/* A demo has the setting "demo" from the start; a catalogue with tracks and without that setting belongs to a person.
 */
static enum status find_owner(struct catalogue *catalogue, enum owner *owner, struct error *error)
{
    char *demo = NULL;
    struct catalogue_counts counts = {0};
    enum status status = catalogue_setting_read(catalogue, "demo", &demo, error);
    const bool is_demo = demo != NULL;
    free(demo);
    if (status == STATUS_OK && !is_demo)
        status = catalogue_count(catalogue, &counts, error);
    *owner = is_demo ? OWNER_DEMO : counts.tracks == 0 ? OWNER_NOBODY : OWNER_PERSON;
    return status;
}

/* Whether the demo must leave the file alone: a person's catalogue, or one that cannot be read. */
static bool is_a_persons(const char *path)
{
    struct catalogue *catalogue;
    enum owner owner;
    if (!file_exists(path))
        return false;
    if (catalogue_open(path, CATALOGUE_READ, &catalogue, NULL) != STATUS_OK)
        return true;
    enum status status = find_owner(catalogue, &owner, NULL);
    catalogue_close(catalogue);
    return status != STATUS_OK || owner == OWNER_PERSON;
}

/* Makes a new catalogue the demo; refuses a person's. */
static enum status claim(struct catalogue *catalogue, struct error *error)
{
    enum owner owner;
    enum status status = find_owner(catalogue, &owner, error);
    if (status != STATUS_OK || owner == OWNER_DEMO)
        return status;
    if (owner == OWNER_PERSON)
        return error_set(error, STATUS_USAGE,
                         "%s is a catalogue of your own, not the demo; choose another folder with --dir",
                         catalogue_path(catalogue));
    static const char *const settings[][2] = {
        {"demo", "1"},
        {"name", "demo"},
        {"covers.generated", "1"},
        {"source", "spotify_songs.csv, TidyTuesday, 21 January 2020, collected with spotifyr"},
    };
    status = catalogue_begin(catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < sizeof settings / sizeof settings[0]; i++)
        status = catalogue_setting_write(catalogue, settings[i][0], settings[i][1], error);
    if (status == STATUS_OK)
        return catalogue_commit(catalogue, error);
    catalogue_rollback(catalogue);
    return status;
}

static enum status make_steps(struct catalogue *catalogue, struct compute *compute, struct progress *progress,
                              struct error *error)
{
    enum status status = import_data(catalogue, compute->pool, progress, error);
    struct search_index *index = NULL;
    if (status == STATUS_OK)
        status = search_index_open(catalogue, compute->pool, &index, error);
    if (index)
        search_index_close(index);
    if (status == STATUS_OK)
        status = make_feature_sets(catalogue, compute->pool, progress, error);
    if (status == STATUS_OK)
        status = make_split(catalogue, error);
    if (status == STATUS_OK)
        status = make_models(catalogue, compute, progress, error);
    if (status == STATUS_OK)
        status = catalogue_setting_write(catalogue, "default_model", demo_models[DEMO_MODELS - 1].name, error);
    if (status == STATUS_OK)
        status = catalogue_setting_write(catalogue, "demo", "ready", error);
    return status;
}

struct steps {
    struct catalogue *catalogue;
    struct progress *progress;
};

static enum status run_steps(void *context, struct compute *compute, struct error *error)
{
    struct steps *steps = context;
    return make_steps(steps->catalogue, compute, steps->progress, error);
}

static bool has_file(const struct catalogue *catalogue, const char *file)
{
    struct buffer path = {0};
    catalogue_sidecar(catalogue, file, &path);
    bool there = !path.failed && file_exists(path.data);
    buffer_free(&path);
    return there;
}

static bool has_set_file(const struct catalogue *catalogue, const char *name)
{
    struct buffer file = {0};
    buffer_printf(&file, "embeddings/%s.safetensors", name);
    bool there = !file.failed && has_file(catalogue, file.data);
    buffer_free(&file);
    return there;
}

static bool has_model_file(struct catalogue *catalogue, const char *name)
{
    struct model_list record = {0};
    bool there = catalogue_model_find(catalogue, name, &record, NULL) == STATUS_OK && record.count > 0 &&
                 has_file(catalogue, record.items[0].file);
    model_list_free(&record);
    return there;
}

/* The demo is not ready when a file is missing, for example because only the database was copied. Only existence is
 * checked: opening every file would slow down the start. */
static bool is_ready(struct catalogue *catalogue)
{
    char *demo = NULL;
    bool ready =
        catalogue_setting_read(catalogue, "demo", &demo, NULL) == STATUS_OK && demo && strcmp(demo, "ready") == 0;
    free(demo);
    for (size_t i = 0; ready && i < DEMO_SETS; i++)
        ready = has_set_file(catalogue, demo_sets[i]);
    for (int i = 0; ready && i < DEMO_MODELS; i++)
        ready = has_model_file(catalogue, demo_models[i].name);
    return ready && has_colours(catalogue);
}

/* FOLDER/catalogue.db; makes the folder. */
static enum status choose_path(const char *folder, struct buffer *path, struct error *error)
{
    enum status status = STATUS_OK;
    if (folder)
        buffer_add_text(path, folder);
    else
        status = path_data_folder(path, error);
    if (status != STATUS_OK)
        return status;
    size_t folder_size = path->size;
    buffer_add_text(path, "/catalogue.db");
    if (!path->failed && !folder && is_a_persons(path->data)) {
        path->size = folder_size;
        buffer_add_text(path, "/demo");
        folder_size = path->size;
        buffer_add_text(path, "/catalogue.db");
        if (!path->failed)
            log_message(LOG_INFO, "your own catalogue is the default one, so the demo is made in %s", path->data);
    }
    if (path->failed)
        return error_no_memory(error);
    path->data[folder_size] = '\0';
    status = folder_make(path->data, error);
    path->data[folder_size] = '/';
    return status;
}

/* The models that the explorer's Failures and Compare show first. A demo of an earlier version has no split, and keeps
 * its models as they are. */
static enum status evaluate_models(struct catalogue *catalogue, struct device_use *use, struct progress *progress,
                                   struct error *error)
{
    static const char *const names[] = {"demo", "als"};
    const struct evaluate_settings settings = {
        .models = names, .n_models = sizeof names / sizeof *names, .set = SPLIT_TEST};
    struct split_totals totals = {0};
    struct evaluate_result result = {0};
    enum status status = catalogue_split_count(catalogue, &totals, error);
    if (status == STATUS_OK && totals.test > 0)
        status = app_evaluate(catalogue, use, &settings, progress, &result, error);
    evaluate_result_free(&result);
    return status;
}

enum status demo_make(const struct demo_settings *settings, struct buffer *path, struct error *error)
{
    struct catalogue *catalogue = NULL;
    enum status status = choose_path(settings->folder, path, error);
    if (status == STATUS_OK)
        status = catalogue_open(path->data, CATALOGUE_CREATE, &catalogue, error);
    if (status == STATUS_OK)
        status = claim(catalogue, error);
    if (status == STATUS_OK && !is_ready(catalogue)) {
        struct steps steps = {catalogue, settings->progress};
        const struct device_work work = {run_steps, &steps};
        struct device device;
        struct device_use use = {.device = &device};
        device_start(&device, &settings->device);
        status = device_run(&use, &work, error);
        if (status == STATUS_OK)
            status = evaluate_models(catalogue, &use, settings->progress, error);
        device_close(&use);
        device_end(&device);
    }
    catalogue_close(catalogue);
    return status;
}
