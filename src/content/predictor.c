#include "content/predictor.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

enum { COLUMN_NUMBERS = 5, TENSORS_MAX = 6, PAIRS_MAX = 12 };

#define SUFFIX ".predictor"
#define SOUND "sound"

/* ---- writing ---- */

static void put_columns(const struct predictor *predictor, double *numbers)
{
    for (int64_t i = 0; i < predictor->in; i++) {
        const struct column_statistics *column = &predictor->columns[i];
        const double five[COLUMN_NUMBERS] = {(double)column->n_finite, column->mean, column->deviation,
                                             (double)column->low, (double)column->high};
        memcpy(numbers + i * COLUMN_NUMBERS, five, sizeof five);
    }
}

static enum status write_file(const char *path, const struct predictor *predictor, const double *columns,
                              const double *targets, struct error *error)
{
    char gain[40], layers[24], hidden[24], seconds[24], best_epoch[24];
    size_t n_tensors = 4, n_pairs = 9;
    snprintf(gain, sizeof gain, "%.17g", predictor->gain);
    snprintf(layers, sizeof layers, "%lld", (long long)predictor->layers);
    snprintf(hidden, sizeof hidden, "%lld", (long long)predictor->hidden);
    snprintf(seconds, sizeof seconds, "%lld", (long long)predictor->seconds);
    snprintf(best_epoch, sizeof best_epoch, "%lld", (long long)predictor->best_epoch);
    struct tensor_source tensors[TENSORS_MAX] = {
        {.name = "columns", .dtype = "F64", .rank = 2, .shape = {predictor->in, COLUMN_NUMBERS}, .bytes = columns},
        {.name = "targets", .dtype = "F64", .rank = 2, .shape = {2, predictor->out}, .bytes = targets},
        {.name = "weights",
         .dtype = "F32",
         .rank = 2,
         .shape = {(int64_t)predictor->weights.count, 1},
         .bytes = predictor->weights.values},
        {.name = "held_out",
         .dtype = "I32",
         .rank = 2,
         .shape = {predictor->n_held_out, 1},
         .bytes = predictor->held_out}};
    struct metadata_pair pairs[PAIRS_MAX] = {{"model", predictor->model},
                                             {"set", predictor->set},
                                             {"method", predictor->method},
                                             {"settings", predictor->settings},
                                             {"figures", predictor->figures},
                                             {"vectors", predictor->vectors},
                                             {"gain", gain},
                                             {"layers", layers},
                                             {"hidden", hidden}};
    if (predictor->spec) {
        pairs[n_pairs++] = (struct metadata_pair){"network", predictor->spec->name};
        pairs[n_pairs++] = (struct metadata_pair){"seconds", seconds};
        pairs[n_pairs++] = (struct metadata_pair){"best_epoch", best_epoch};
        tensors[n_tensors++] = (struct tensor_source){
            .name = "curve", .dtype = "F32", .rank = 2, .shape = {predictor->epochs, 2}, .bytes = predictor->curve};
    }
    if (predictor->n_front > 0)
        tensors[n_tensors++] = (struct tensor_source){
            .name = "front", .dtype = "F32", .rank = 2, .shape = {predictor->n_front, 1}, .bytes = predictor->front};
    return safetensors_write(path, tensors, n_tensors, pairs, n_pairs, error);
}

enum status predictor_write(const struct catalogue *catalogue, const char *name, const struct predictor *predictor,
                            struct error *error)
{
    size_t out = (size_t)predictor->out;
    struct buffer path = {0};
    new_tracks_path(catalogue, name, SUFFIX, &path);
    double *columns = malloc((size_t)predictor->in * COLUMN_NUMBERS * sizeof *columns);
    double *targets = malloc(2 * out * sizeof *targets);
    enum status status = columns && targets && !path.failed ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        put_columns(predictor, columns);
        memcpy(targets, predictor->mean, out * sizeof *targets);
        memcpy(targets + out, predictor->deviation, out * sizeof *targets);
        status = write_file(path.data, predictor, columns, targets, error);
    }
    free(columns);
    free(targets);
    buffer_free(&path);
    return status;
}

/* ---- reading ---- */

static enum status damaged(const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "the predictor has no valid %s; train it again with `sleeve content train`", what);
}

static enum status read_texts(struct predictor *predictor, struct error *error)
{
    const struct {
        const char *key, **value;
    } texts[] = {{"model", &predictor->model},     {"set", &predictor->set},
                 {"method", &predictor->method},   {"settings", &predictor->settings},
                 {"figures", &predictor->figures}, {"vectors", &predictor->vectors}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i].value = safetensors_metadata(predictor->file, texts[i].key);
        if (!*texts[i].value)
            return damaged(texts[i].key, error);
    }
    return STATUS_OK;
}

static enum status read_number(const struct predictor *predictor, const char *key, double low, double high,
                               double *number, struct error *error)
{
    const char *text = safetensors_metadata(predictor->file, key);
    char *end = NULL;
    *number = text ? strtod(text, &end) : NAN;
    return text && end != text && !*end && *number >= low && *number <= high ? STATUS_OK : damaged(key, error);
}

static enum status read_numbers(struct predictor *predictor, struct error *error)
{
    double layers = 0, hidden = 0;
    enum status status = read_number(predictor, "gain", 0, 1e6, &predictor->gain, error);
    if (status == STATUS_OK)
        status = read_number(predictor, "layers", 0, 2, &layers, error);
    if (status == STATUS_OK)
        status = read_number(predictor, "hidden", 0, 65536, &hidden, error);
    predictor->layers = (int64_t)layers;
    predictor->hidden = (int64_t)hidden;
    return status == STATUS_OK && (predictor->layers > 0) != (strcmp(predictor->method, "network") == 0)
               ? damaged("method", error)
               : status;
}

static enum status take_columns(struct predictor *predictor, const double *numbers, struct error *error)
{
    predictor->columns = calloc((size_t)predictor->in + 1, sizeof *predictor->columns);
    if (!predictor->columns)
        return error_no_memory(error);
    for (int64_t i = 0; i < predictor->in; i++, numbers += COLUMN_NUMBERS) {
        if (!isfinite(numbers[1]) || !isfinite(numbers[2]) || !(numbers[0] >= 0 && numbers[0] < 0x1p52))
            return damaged("columns", error);
        predictor->columns[i] = (struct column_statistics){.n_finite = (int64_t)numbers[0],
                                                           .mean = numbers[1],
                                                           .deviation = numbers[2],
                                                           .low = (float)numbers[3],
                                                           .high = (float)numbers[4]};
    }
    return STATUS_OK;
}

static bool all_finite(const float *values, size_t count)
{
    bool finite = true;
    for (size_t i = 0; i < count; i++)
        finite = finite && isfinite(values[i]);
    return finite;
}

static enum status read_tensors(struct predictor *predictor, struct error *error)
{
    const struct tensor_view *view = NULL;
    const void *columns = NULL, *targets = NULL, *held_out = NULL;
    const float *weights = NULL;
    const int64_t list[2] = {-1, 1}, in[2] = {-1, COLUMN_NUMBERS}, out[2] = {2, -1};
    struct safetensors *file = predictor->file;
    enum status status = safetensors_values(file, "columns", "F64", 2, in, &columns, &view, error);
    if (status == STATUS_OK) {
        predictor->in = view->shape[0];
        status = take_columns(predictor, columns, error);
    }
    if (status == STATUS_OK)
        status = safetensors_values(file, "targets", "F64", 2, out, &targets, &view, error);
    if (status == STATUS_OK) {
        predictor->out = view->shape[1];
        predictor->mean = targets;
        predictor->deviation = predictor->mean + predictor->out;
        status = safetensors_floats(file, "weights", 2, list, &weights, &view, error);
    }
    if (status == STATUS_OK) {
        predictor->weights = (struct projection_weights){(float *)(uintptr_t)weights, (size_t)view->shape[0]};
        status = safetensors_values(file, "held_out", "I32", 2, list, &held_out, &view, error);
    }
    if (status != STATUS_OK)
        return status;
    predictor->held_out = held_out;
    predictor->n_held_out = view->shape[0];
    for (int64_t i = 0; i < 2 * predictor->out; i++)
        if (!isfinite(predictor->mean[i]))
            return damaged("targets", error);
    return all_finite(weights, predictor->weights.count) ? STATUS_OK : damaged("weights", error);
}

/* ---- networks over sound ---- */

struct sound_shape predictor_shape(const struct predictor *predictor)
{
    const int64_t tones = predictor->in > 0 ? predictor->n_front / predictor->in : 0;
    return sound_shape_of(predictor->spec, sound_patches_of(predictor->spec, predictor->seconds), tones,
                          predictor->out);
}

/* The values of a tensor [-1 x columns], which must be finite. */
static enum status read_floats(const struct predictor *predictor, const char *name, int64_t columns,
                               const float **values, int64_t *rows, struct error *error)
{
    const struct tensor_view *view;
    enum status status =
        safetensors_floats(predictor->file, name, 2, (const int64_t[]){-1, columns}, values, &view, error);
    if (status != STATUS_OK)
        return status;
    *rows = view->shape[0];
    return all_finite(*values, (size_t)(*rows * columns)) ? STATUS_OK : damaged(name, error);
}

static enum status read_sound(struct predictor *predictor, struct error *error)
{
    const char *network = safetensors_metadata(predictor->file, "network");
    const float *curve = NULL;
    double seconds = 0, best_epoch = 0;
    if (strcmp(predictor->method, SOUND) != 0)
        return STATUS_OK;
    predictor->spec = network ? sound_spec_find(network) : NULL;
    if (!predictor->spec)
        return damaged("network", error);
    enum status status = read_number(predictor, "seconds", 1, 3600, &seconds, error);
    if (status == STATUS_OK)
        status = read_number(predictor, "best_epoch", 1, 1e9, &best_epoch, error);
    if (status == STATUS_OK)
        status = read_floats(predictor, "curve", 2, &curve, &predictor->epochs, error);
    if (status == STATUS_OK && safetensors_find(predictor->file, "front"))
        status = read_floats(predictor, "front", 1, &predictor->front, &predictor->n_front, error);
    if (status != STATUS_OK)
        return status;
    predictor->curve = (const struct sound_epoch *)(const void *)curve;
    predictor->seconds = (int64_t)seconds;
    predictor->best_epoch = (int64_t)best_epoch;
    const struct sound_shape shape = predictor_shape(predictor);
    if (predictor->best_epoch > predictor->epochs || sound_patches_of(predictor->spec, predictor->seconds) == 0 ||
        sound_input_size(&shape) == 0)
        return damaged("network", error);
    return STATUS_OK;
}

void predictor_command(const struct predictor *predictor, const char *name, struct buffer *out)
{
    buffer_add_text(out, "sleeve content train ");
    if (predictor->spec)
        buffer_printf(out, "--network %s --seconds %lld", predictor->spec->name, (long long)predictor->seconds);
    else
        buffer_add_text(out, predictor->set);
    buffer_printf(out, " --model %s --name %s", predictor->model, name);
}

enum status predictor_open(const struct catalogue *catalogue, const char *name, struct predictor *predictor,
                           struct error *error)
{
    struct buffer path = {0};
    *predictor = (struct predictor){0};
    if (!feature_set_name_is_usable(name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a predictor", name);
    new_tracks_path(catalogue, name, SUFFIX, &path);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_FAILED,
                           "there is no predictor \"%s\"; make one: sleeve content train SET --model MODEL --name %s",
                           name, name);
    if (status == STATUS_OK)
        status = safetensors_open(path.data, &predictor->file, error);
    if (status == STATUS_OK)
        status = read_texts(predictor, error);
    if (status == STATUS_OK)
        status = read_numbers(predictor, error);
    if (status == STATUS_OK)
        status = read_tensors(predictor, error);
    if (status == STATUS_OK)
        status = read_sound(predictor, error);
    buffer_free(&path);
    if (status != STATUS_OK)
        predictor_close(predictor);
    return status;
}

void predictor_close(struct predictor *predictor)
{
    free(predictor->columns);
    if (predictor->file)
        safetensors_close(predictor->file);
    *predictor = (struct predictor){0};
}

/* ---- removing ---- */

enum status predictor_remove(const struct catalogue *catalogue, const char *name, struct error *error)
{
    static const char *const leftovers[] = {".fit", ".fit.best"};
    struct buffer path = {0};
    if (!feature_set_name_is_usable(name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a predictor", name);
    new_tracks_path(catalogue, name, SUFFIX, &path);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && unlink(path.data) != 0)
        status = errno == ENOENT
                     ? error_set(error, STATUS_FAILED, "there is no predictor \"%s\"; see: sleeve content show", name)
                     : error_set(error, STATUS_FAILED, "%s cannot be removed: %s", path.data, strerror(errno));
    for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers && status == STATUS_OK; i++) {
        buffer_clear(&path);
        new_tracks_path(catalogue, name, leftovers[i], &path);
        if (!path.failed)
            unlink(path.data);
    }
    buffer_free(&path);
    return status;
}

/* ---- the list ---- */

static int is_predictor(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name), end = strlen(SUFFIX);
    return size > end && strcmp(entry->d_name + size - end, SUFFIX) == 0;
}

enum status predictors_list(const struct catalogue *catalogue,
                            enum status (*each)(void *context, const char *name, struct error *error), void *context,
                            struct error *error)
{
    struct buffer path = {0};
    struct dirent **entries = NULL;
    catalogue_sidecar(catalogue, "content", &path);
    if (path.failed)
        return error_no_memory(error);
    int count = scandir(path.data, &entries, is_predictor, alphasort);
    enum status status = STATUS_OK;
    buffer_free(&path);
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name;
        name[strlen(name) - strlen(SUFFIX)] = '\0';
        if (status == STATUS_OK && feature_set_name_is_usable(name))
            status = each(context, name, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- predicting ---- */

static enum status check_set(const struct predictor *predictor, const struct feature_set *set, struct error *error)
{
    if (!predictor->spec && set->item == FEATURE_TRACKS && set->width == predictor->in)
        return STATUS_OK;
    return error_set(
        error, STATUS_FAILED,
        "the feature set %s has another shape than the one the predictor was trained with (%d columns, not "
        "%lld); train it again",
        predictor->set, set->width, (long long)predictor->in);
}

static void undo_standardising(const struct predictor *predictor, const struct feature_set *set, float *vectors)
{
    for (int64_t i = 0; i < set->n_rows; i++)
        for (int64_t j = 0; j < predictor->out; j++) {
            float *value = &vectors[i * predictor->out + j];
            *value =
                feature_set_has(set, i) ? (float)((double)*value * predictor->deviation[j] + predictor->mean[j]) : 0;
        }
}

enum status predictor_run(struct compute *compute, const struct predictor *predictor, const struct feature_set *set,
                          float *vectors, struct error *error)
{
    enum status status = check_set(predictor, set, error);
    if (status != STATUS_OK)
        return status;
    float *x = malloc((size_t)set->n_rows * (size_t)set->width * sizeof *x + 1);
    if (!x)
        return error_no_memory(error);
    feature_set_standardise(set, predictor->columns, x);
    const struct dense_data data = {.n = set->n_rows, .in = predictor->in, .out = predictor->out, .x = x};
    const struct projection_network_settings network = {
        .layers = predictor->layers, .hidden = predictor->hidden, .batch = 1, .epochs = 1, .checkpoint = ""};
    status = predictor->layers > 0
                 ? projection_network_predict(compute, &data, &network, &predictor->weights, vectors, error)
                 : ridge_predict(compute, &data, &predictor->weights, vectors, error);
    free(x);
    if (status == STATUS_OK)
        undo_standardising(predictor, set, vectors);
    return status;
}
