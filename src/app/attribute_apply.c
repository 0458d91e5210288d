#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/attribute_work.h"
#include "core/json_reader.h"
#include "features/extractor.h"
#include "features/feature_set.h"

struct apply {
    struct catalogue *catalogue;
    const char *name, *set;
    struct progress *progress;
    struct attribute_model model;
    struct attribute_inputs inputs;
    int width;
    float *values, *logits; /* [n x width] */
    char **columns;         /* [width] */
    bool loaded;
};

static void free_apply(struct apply *apply)
{
    for (int c = 0; apply->columns && c < apply->width; c++)
        free(apply->columns[c]);
    free(apply->columns);
    free(apply->values);
    free(apply->logits);
    attribute_model_free(&apply->model);
    attribute_inputs_free(&apply->inputs);
}

static bool is_left_out(const char *column, const void *context)
{
    const size_t size = strlen(column);
    for (const char *at = context; *at && size > 0; at += strcspn(at, "\n"), at += *at == '\n')
        if (strcspn(at, "\n") == size && memcmp(at, column, size) == 0)
            return true;
    return false;
}

static enum status load_inputs(struct apply *apply, struct compute *compute, struct error *error)
{
    enum status status = attribute_inputs_load(apply->catalogue, compute, apply->model.inputs, &apply->inputs, error);
    if (status == STATUS_OK)
        attribute_inputs_drop(&apply->inputs, is_left_out, apply->model.left_out);
    if (status == STATUS_OK && apply->inputs.width != apply->model.in)
        status =
            error_set(error, STATUS_BAD_DATA,
                      "%s has %lld columns, but the attributes %s were trained with %lld; train them again",
                      apply->model.inputs, (long long)apply->inputs.width, apply->name, (long long)apply->model.in);
    if (status == STATUS_OK)
        attribute_inputs_scale(&apply->model, apply->inputs.n, apply->inputs.values);
    return status;
}

/* Columns of the network at `first` of both matrices. */
static enum status predict(struct apply *apply, struct compute *compute, const struct attribute_network *network,
                           int first, struct error *error)
{
    const int64_t n = apply->inputs.n, out = network->shape.out;
    float *rows = malloc((size_t)(n * out + 1) * sizeof *rows);
    enum status status = rows ? STATUS_OK : error_no_memory(error);
    for (int logits = 0; status == STATUS_OK && logits < 2; logits++) {
        float *to = logits ? apply->logits : apply->values;
        status = attribute_network_apply(compute, network, n, apply->inputs.values, logits, rows, error);
        for (int64_t t = 0; status == STATUS_OK && t < n; t++)
            if (apply->inputs.present[t])
                memcpy(to + t * apply->width + first, rows + t * out, (size_t)out * sizeof *rows);
    }
    free(rows);
    return status;
}

static enum status allocate(struct apply *apply, struct error *error)
{
    apply->width = 0;
    for (int i = 0; i < apply->model.n_networks; i++)
        apply->width += (int)apply->model.networks[i].shape.out;
    const size_t size = (size_t)apply->inputs.n * (size_t)apply->width + 1;
    apply->values = calloc(size, sizeof *apply->values);
    apply->logits = calloc(size, sizeof *apply->logits);
    apply->columns = calloc((size_t)apply->width, sizeof *apply->columns);
    return apply->values && apply->logits && apply->columns ? STATUS_OK : error_no_memory(error);
}

static enum status run(void *context, struct compute *compute, struct error *error)
{
    struct apply *apply = context;
    enum status status = apply->loaded ? STATUS_OK : load_inputs(apply, compute, error);
    if (status == STATUS_OK && !apply->loaded)
        status = allocate(apply, error);
    apply->loaded = apply->loaded || status == STATUS_OK;
    for (int i = 0, first = 0; status == STATUS_OK && i < apply->model.n_networks; i++) {
        const struct attribute_network *network = &apply->model.networks[i];
        status = predict(apply, compute, network, first, error);
        for (int64_t c = 0; status == STATUS_OK && c < network->shape.out; c++, first++) {
            char name[ATTRIBUTE_CLASS_NAME_MAX + 16];
            snprintf(name, sizeof name, "%s%s", network->kind == ATTRIBUTE_GENRE ? ATTRIBUTE_GENRE_COLUMN : "",
                     network->classes[c]);
            free(apply->columns[first]);
            apply->columns[first] = strdup(name);
            status = apply->columns[first] ? STATUS_OK : error_no_memory(error);
        }
    }
    return status;
}

/* ---- the test ---- */

/* Tracks of other artists lose their rows. */
static void drop_others(struct apply *apply, const int64_t *artists, const struct json_value *report)
{
    const struct json_value *settings = json_member(report, "settings");
    const uint64_t seed = (uint64_t)json_get_integer(json_member(report, "seed"), 0, INT64_MAX, 0);
    const double test = json_get_number(json_member(settings, "test"), 0),
                 validation = json_get_number(json_member(settings, "validation"), 0);
    struct attribute_inputs *inputs = &apply->inputs;
    inputs->n_present = 0;
    for (int64_t t = 0; t < inputs->n; t++) {
        const size_t at = (size_t)t * (size_t)apply->width, size = (size_t)apply->width * sizeof(float);
        if (attribute_part_of(artists[t], seed, test, validation) != ATTRIBUTE_TEST) {
            inputs->present[t] = false;
            memset(apply->values + at, 0, size);
            memset(apply->logits + at, 0, size);
        }
        inputs->n_present += inputs->present[t];
    }
}

static enum status keep_test(struct apply *apply, struct error *error)
{
    struct json_document report;
    int64_t n = 0, *artists = NULL, *albums = NULL;
    enum status status = json_read(apply->model.report, strlen(apply->model.report), &report, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_track_makers(apply->catalogue, &n, &artists, &albums, error);
    if (status == STATUS_OK && n == apply->inputs.n)
        drop_others(apply, artists, &report.root);
    free(artists);
    free(albums);
    json_document_free(&report);
    return status;
}

/* ---- the sets ---- */

static enum status check_set(struct catalogue *catalogue, const char *set, struct error *error)
{
    struct feature_set there;
    if (!feature_set_name_is_usable(set) || extractor_find(set))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a set of attributes", set);
    if (feature_set_open(catalogue, set, &there, NULL) != STATUS_OK)
        return STATUS_OK;
    const bool ours = strcmp(there.extractor, ATTRIBUTE_EXTRACTOR) == 0;
    feature_set_close(&there);
    return ours ? STATUS_OK
                : error_set(error, STATUS_USAGE,
                            "there is a feature set %s already that attributes did not make; choose another --set, or "
                            "remove it first: sleeve features rm %s",
                            set, set);
}

/* Thresholds of the classes, in the order of the columns: "genre:metal 0.31", one a line. */
static void list_thresholds(const struct attribute_model *model, struct buffer *text)
{
    for (int i = 0; i < model->n_networks; i++) {
        const struct attribute_network *network = &model->networks[i];
        for (int64_t c = 0; network->thresholds && c < network->shape.out; c++)
            buffer_printf(text, "%s%s\t%.9g\n", network->kind == ATTRIBUTE_GENRE ? ATTRIBUTE_GENRE_COLUMN : "",
                          network->classes[c], (double)network->thresholds[c]);
    }
}

static enum status write_one(struct apply *apply, const char *set, const float *values, bool named, struct error *error)
{
    struct buffer thresholds = {0};
    const struct feature_set made = {.item = FEATURE_TRACKS,
                                     .n_rows = apply->inputs.n,
                                     .width = apply->width,
                                     .values = values,
                                     .present = apply->inputs.present,
                                     .columns = named ? (const char *const *)apply->columns : NULL,
                                     .extractor = ATTRIBUTE_EXTRACTOR};
    list_thresholds(&apply->model, &thresholds);
    const struct metadata_pair more[] = {
        {"attributes.model", apply->name},
        {"attributes.inputs", apply->model.inputs},
        {"attributes.thresholds", thresholds.data ? thresholds.data : ""},
    };
    enum status status = thresholds.failed
                             ? error_no_memory(error)
                             : feature_set_write(apply->catalogue, set, &made, more, sizeof more / sizeof *more, error);
    buffer_free(&thresholds);
    return status;
}

static enum status write_sets(struct apply *apply, const char *logits, struct error *error)
{
    struct lock_file lock = {0};
    enum status status = feature_set_lock(apply->catalogue, apply->set, &lock, error);
    if (status == STATUS_OK)
        status = write_one(apply, logits, apply->logits, false, error);
    if (status == STATUS_OK)
        status = write_one(apply, apply->set, apply->values, true, error);
    lock_file_release(&lock);
    return status;
}

enum status app_attributes_apply(struct catalogue *catalogue, struct device_use *device, const char *name,
                                 const char *set, bool test_only, struct progress *progress,
                                 struct attribute_applied *applied, struct error *error)
{
    struct apply apply = {.catalogue = catalogue, .name = name, .set = set, .progress = progress};
    struct buffer logits = {0};
    const struct device_work work = {run, &apply};
    buffer_printf(&logits, "%s.logits", set);
    enum status status = logits.failed ? error_no_memory(error) : check_set(catalogue, set, error);
    if (status == STATUS_OK)
        status = check_set(catalogue, logits.data, error);
    if (status == STATUS_OK)
        status = attribute_model_open(catalogue, name, &apply.model, error);
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    if (status == STATUS_OK && test_only)
        status = keep_test(&apply, error);
    if (status == STATUS_OK && apply.inputs.n_present == 0)
        status = error_set(error, STATUS_BAD_DATA, "no track has the features %s", apply.model.inputs);
    if (status == STATUS_OK)
        status = write_sets(&apply, logits.data, error);
    if (status == STATUS_OK)
        *applied = (struct attribute_applied){apply.inputs.n_present, apply.inputs.n, apply.width};
    buffer_free(&logits);
    free_apply(&apply);
    return status;
}
