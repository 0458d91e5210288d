#include "app/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/content_check.h"
#include "attributes/model_file.h"
#include "core/clock.h"
#include "db/search.h"
#include "features/feature_set.h"
#include "fitness/model_file.h"
#include "gpu/compute.h"
#include "models/model_files.h"
#include "models/recommender.h"

/* NULL is copied as "". If there is no memory for the text of a fault, the result still has a fault. */
static const char *copy_text(struct arena *memory, const char *text)
{
    const char *copy = text && text[0] ? arena_copy_text(memory, text, strlen(text)) : "";
    return copy ? copy : "memory ran out";
}

/* ---- the machine ---- */

#if defined(__x86_64__)
#define HAS_FEATURE(name) (__builtin_cpu_supports(name) != 0)
#else
#define HAS_FEATURE(name) false
#endif
#define FEATURE(name)                                                                                                  \
    {                                                                                                                  \
        name, HAS_FEATURE(name)                                                                                        \
    }

static void check_processor(struct doctor_result *result)
{
    const struct processor_feature features[PROCESSOR_FEATURES] = {
        FEATURE("sse4.2"), FEATURE("avx"), FEATURE("avx2"), FEATURE("fma"), FEATURE("avx512f"), FEATURE("avx512vnni"),
    };
    memcpy(result->features, features, sizeof features);
    result->processors = sysconf(_SC_NPROCESSORS_ONLN);
}

/* The best rate of a few products of GEMM_SIZE squares, in GFLOP/s; 0 when measuring failed. The first has few of the
 * rows; it is the only one where the others would take long. */
static double measure_gflops(struct compute *compute)
{
    enum { GEMM_SIZE = 1024, GEMM_RUNS = 4 };
    const double patience = 0.15; /* seconds */
    size_t bytes = sizeof(float) * GEMM_SIZE * GEMM_SIZE;
    struct compute_buffer *buffers[3] = {0};
    float *values = calloc(GEMM_SIZE, sizeof *values * GEMM_SIZE);
    bool good = values != NULL;
    for (int i = 0; good && i < 3; i++)
        good = compute->ops->buffer_create(compute->device, bytes, &buffers[i], NULL) == STATUS_OK &&
               compute->ops->buffer_write(compute->stream, buffers[i], 0, values, bytes, NULL) == STATUS_OK;
    double best = 0, spent = 0, expected = 0;
    for (int run = 0; good && run < GEMM_RUNS && spent + expected < patience; run++) {
        const int64_t rows = run == 0 ? GEMM_SIZE / 32 : GEMM_SIZE;
        const double begin = clock_seconds();
        good = compute->ops->gemm(compute->stream, 0, 0, rows, GEMM_SIZE, GEMM_SIZE, 1,
                                  (struct compute_slice){buffers[0], 0}, (struct compute_slice){buffers[1], 0}, 0,
                                  (struct compute_slice){buffers[2], 0}, NULL) == STATUS_OK &&
               compute->ops->stream_synchronise(compute->stream, NULL) == STATUS_OK;
        const double seconds = clock_seconds() - begin, rate = 2e-9 * (double)rows * GEMM_SIZE * GEMM_SIZE / seconds;
        if (good && rate > best)
            best = rate;
        spent += seconds;
        expected = seconds * GEMM_SIZE / (double)rows;
    }
    for (int i = 0; i < 3; i++)
        if (buffers[i])
            compute->ops->buffer_destroy(buffers[i]);
    free(values);
    return best;
}

/* By what several processes' devices of this kind exchange (gpu/compute_group.h). */
static void check_exchange(const struct compute *compute, struct doctor_device *device, struct arena *memory)
{
    char name[COMPUTE_GROUP_NAME] = "";
    struct error error = {0};
    const bool direct = compute->ops->group.library != NULL;
    const bool found = direct && compute->ops->group.library(name, &error) == STATUS_OK;
    device->exchange = copy_text(memory, found ? name : "");
    device->exchange_fault = copy_text(memory, direct && !found ? error.text : "");
}

static void check_device(enum device_choice choice, int threads, struct doctor_device *device, struct arena *memory)
{
    struct compute compute;
    struct error error = {0};
    device->works = compute_open(choice, threads, &compute, &error) == STATUS_OK;
    device->fault = device->works ? "" : copy_text(memory, error.text);
    if (!device->works)
        return;
    device->name = copy_text(memory, compute.info.name);
    device->library = copy_text(memory, compute.info.library);
    device->core = copy_text(memory, compute.info.core);
    device->simd = copy_text(memory, compute.info.simd);
    device->threads = compute.info.threads;
    device->gflops = choice == DEVICE_CPU ? measure_gflops(&compute) : 0;
    check_exchange(&compute, device, memory);
    compute_close(&compute);
}

static void check_decoder(struct doctor_decoder *decoder, struct arena *memory)
{
    struct error error = {0};
    decoder->works = sandbox_protection(SANDBOX_IMAGE, &decoder->protection, &error) == STATUS_OK;
    decoder->fault = decoder->works ? "" : copy_text(memory, error.text);
}

/* ---- files beside the catalogue ---- */

struct files_check {
    struct catalogue *catalogue;
    struct compute compute;
    bool has_compute;
    struct arena *memory;
    enum status status; /* of the first damaged file, or of a failed allocation */
    struct error error;
    struct doctor_catalogue *result;
    struct checked_files *list; /* the lists that check_set and add_leftover append to */
};

/* Appends to a list of the result. When a list grows, its old memory stays allocated until the result is freed. */
static void add_file(struct files_check *check, struct checked_files *list, const char *name, const char *fault)
{
    if ((list->count & (list->count - 1)) == 0) {
        size_t capacity = list->count > 0 ? 2 * list->count : 1;
        struct checked_file *items = arena_alloc(check->memory, capacity * sizeof *items);
        if (!items) {
            check->status = error_no_memory(&check->error);
            return;
        }
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
    }
    list->items[list->count++] = (struct checked_file){copy_text(check->memory, name), copy_text(check->memory, fault)};
}

static void add_state(struct files_check *check, struct checked_files *list, const char *name, enum status status,
                      const struct error *why)
{
    add_file(check, list, name, status == STATUS_OK ? "" : why->text);
    if (status == STATUS_OK || check->status != STATUS_OK)
        return;
    check->status = status;
    check->error = *why;
}

/* Opens the model as for recommending, which checks all its values; without a device only the header is checked. A bad
 * index is only named, because the next use of the model makes it again. */
static enum status check_model(struct files_check *check, const struct model_record *record, struct error *why)
{
    bool missing;
    struct recommender *recommender;
    if (!check->has_compute)
        return model_check(check->catalogue, record, &missing, why);
    struct error fault;
    enum status status =
        recommender_open_checked(check->catalogue, &check->compute, record->name, &recommender, &fault, why);
    if (status == STATUS_OK)
        recommender_close(recommender);
    if (status == STATUS_OK && fault.text[0])
        add_file(check, &check->result->model_indexes, record->name, fault.text);
    return status;
}

static enum status check_models(struct files_check *check, struct checked_files *list, struct error *error)
{
    struct model_list models = {0};
    enum status status = catalogue_models_read(check->catalogue, &models, error);
    for (size_t i = 0; i < models.count; i++) {
        struct error why;
        enum status state = check_model(check, &models.items[i], &why);
        add_state(check, list, models.items[i].name, state, &why);
    }
    model_list_free(&models);
    return status;
}

static void check_set(const char *name, void *context)
{
    struct files_check *check = context;
    struct feature_set set;
    struct error why;
    enum status status = feature_set_open(check->catalogue, name, &set, &why);
    if (status == STATUS_OK)
        feature_set_close(&set);
    add_state(check, check->list, name, status, &why);
}

/* Files of earlier trainings are named, and only damaged ones are faults of the catalogue. */
static void add_content(struct files_check *check, struct checked_files *list, const char *name, enum status status,
                        const struct error *why)
{
    if (status == STATUS_FAILED)
        add_file(check, list, name, why->text);
    else
        add_state(check, list, name, status, why);
}

static void add_predictor(void *context, const char *name, enum status status, const struct error *why)
{
    struct files_check *check = context;
    add_content(check, &check->result->predictors, name, status, why);
}

static void add_new_songs(void *context, const char *model, enum status status, const struct error *why)
{
    struct files_check *check = context;
    add_content(check, &check->result->new_songs, model, status, why);
}

static void check_attributes(const char *name, void *context)
{
    struct files_check *check = context;
    struct attribute_model model;
    struct error why;
    enum status status = attribute_model_open(check->catalogue, name, &model, &why);
    if (status == STATUS_OK)
        attribute_model_free(&model);
    add_state(check, &check->result->attributes, name, status, &why);
}

static void check_fitness(const char *name, void *context)
{
    struct files_check *check = context;
    struct fitness_model model;
    struct error why;
    enum status status = fitness_model_open(check->catalogue, name, &model, &why);
    if (status == STATUS_OK)
        fitness_model_free(&model);
    add_state(check, &check->result->fitness, name, status, &why);
}

static enum status check_sound(struct files_check *check, struct error *error)
{
    const struct content_visitor visitor = {add_predictor, add_new_songs, check};
    enum status status =
        check->has_compute ? app_content_check(check->catalogue, &check->compute, &visitor, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = attribute_models_list(check->catalogue, check_attributes, check, error);
    return status == STATUS_OK ? fitness_models_list(check->catalogue, check_fitness, check, error) : status;
}

static void add_leftover(void *context, const char *file)
{
    struct files_check *check = context;
    add_file(check, check->list, file, "belongs to no model; it can be deleted");
}

static enum status check_files(struct catalogue *catalogue, int threads, struct doctor_catalogue *result,
                               struct arena *memory, struct error *error)
{
    struct error why = {0};
    struct files_check check = {.catalogue = catalogue, .memory = memory, .result = result};
    check.has_compute = compute_open(DEVICE_CPU, threads, &check.compute, NULL) == STATUS_OK;
    enum status status = check_models(&check, &result->models, error);
    check.list = &result->feature_sets;
    if (status == STATUS_OK)
        status = feature_sets_list(catalogue, check_set, &check, error);
    if (status == STATUS_OK)
        status = check_sound(&check, error);
    result->index_fault = search_index_check(catalogue, &why) == STATUS_OK ? "" : copy_text(memory, why.text);
    check.list = &result->others;
    if (status == STATUS_OK)
        status = model_leftovers_list(catalogue, add_leftover, &check, error);
    if (check.has_compute)
        compute_close(&check.compute);
    if (status != STATUS_OK || check.status == STATUS_OK)
        return status;
    *error = check.error;
    return check.status;
}

static enum status check_catalogue(const struct doctor_settings *settings, struct doctor_result *result,
                                   struct error *error)
{
    struct doctor_catalogue *of = &result->catalogue;
    struct catalogue *catalogue = NULL;
    enum status status = catalogue_open(settings->path, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_count(catalogue, &of->counts, error);
    if (status == STATUS_OK)
        status = catalogue_split_count(catalogue, &of->split, error);
    if (status == STATUS_OK)
        status = catalogue_covers_generated(catalogue, &of->generated_covers, error);
    of->counted = status == STATUS_OK;
    if (status == STATUS_OK)
        status = catalogue_check(catalogue, error);
    of->checked = status == STATUS_OK;
    if (status == STATUS_OK)
        status = check_files(catalogue, settings->threads, of, &result->memory, error);
    catalogue_close(catalogue);
    return status;
}

enum status app_doctor(const struct doctor_settings *settings, struct doctor_result *result, struct error *error)
{
    struct error why = {0};
    enum status status = STATUS_OK;
    *result = (struct doctor_result){.catalogue = {.fault = "", .index_fault = ""}};
    check_processor(result);
    check_device(DEVICE_CPU, settings->threads, &result->cpu, &result->memory);
    check_device(DEVICE_CUDA, settings->threads, &result->cuda, &result->memory);
    check_decoder(&result->decoder, &result->memory);
    result->catalogue.exists = settings->path && access(settings->path, F_OK) == 0;
    if (result->catalogue.exists)
        status = check_catalogue(settings, result, &why);
    result->catalogue.sound = result->catalogue.exists && status == STATUS_OK;
    result->catalogue.fault = copy_text(&result->memory, why.text);
    if (status != STATUS_OK && error)
        *error = why;
    return status;
}

void doctor_result_free(struct doctor_result *result)
{
    arena_free(&result->memory);
}
