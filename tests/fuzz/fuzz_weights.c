/* A file of weights with any header is refused with a message, or gives a tower that computes a vector. The input is
 * the header; its data are zeros. */
#include <string.h>

#include "fuzz.h"
#include "vit/inspect.h"

enum { DATA_MAX = 1 << 20, WORK_MAX = 64 << 20, LINE = 200 };

/* The largest end of any data_offsets, as far as it is allowed. */
static size_t data_size(const char *header)
{
    size_t most = 0;
    static const char name[] = "\"data_offsets\":[";
    for (const char *at = header; (at = strstr(at, name)); at++) {
        const char *comma = strchr(at + sizeof name - 1, ',');
        unsigned long long end = comma ? strtoull(comma + 1, NULL, 10) : 0;
        if (end <= DATA_MAX && end > most)
            most = (size_t)end;
    }
    return most;
}

static struct compute *open_compute(void)
{
    static struct compute compute;
    struct error error;
    if (!compute.ops && compute_open(DEVICE_CPU, 1, &compute, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return &compute;
}

static void check_inspection(const void *bytes, size_t size, bool *usable, uint64_t *work)
{
    struct weights weights;
    struct vit_inspection inspection;
    struct error error = {0};
    *usable = false;
    if (weights_parse(bytes, size, "fuzz", &weights, &error) == STATUS_OK) {
        REQUIRE(vit_inspect(&weights, &(struct vit_options){0}, &inspection, &error) == STATUS_OK);
        REQUIRE(inspection.usable || inspection.fault.text[0]);
        REQUIRE(inspection.n_found + inspection.n_missing + inspection.n_wrong == inspection.n_needed);
        *usable = inspection.usable;
        *work = inspection.work_bytes;
    } else {
        REQUIRE(error.text[0]);
    }
    weights_close(&weights);
}

static void run(const char *path, bool usable)
{
    struct vit_tower tower;
    struct error error = {0};
    enum status status = vit_tower_open(path, &(struct vit_options){0}, open_compute(), &tower, &error);
    REQUIRE((status == STATUS_OK) == usable);
    if (status == STATUS_OK) {
        float *prepared = calloc((size_t)vit_input(&tower.shape), sizeof *prepared);
        float *row = calloc((size_t)tower.shape.width, sizeof *row);
        REQUIRE(prepared && row);
        REQUIRE(vit_tower_run(&tower, 1, prepared, row, &error) == STATUS_OK);
        free(prepared);
        free(row);
        fuzz_accepted = true;
    }
    vit_tower_close(&tower);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *header = malloc(size + 1);
    REQUIRE(header);
    memcpy(header, data, size);
    header[size] = 0;
    size_t total = 8 + size + data_size(header);
    uint8_t *file = calloc(1, total);
    REQUIRE(file);
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)size >> (8 * i));
    memcpy(file + 8, header, size);
    bool usable;
    uint64_t work = 0;
    check_inspection(file, total, &usable, &work);
    if (!usable || work <= WORK_MAX)
        run(fuzz_file(file, total), usable);
    free(header);
    free(file);
    return 0;
}

/* ---- valid headers ---- */

struct writing {
    char text[8000];
    size_t at; /* of the data */
};

static enum status add_tensor(void *context, const char *prefix, const struct tensor_rule *rule,
                              const struct tensor_sizes *sizes, struct error *error)
{
    (void)error;
    struct writing *writing = context;
    char shape[LINE] = "";
    size_t count = 2; /* bytes of BF16 */
    for (const char *d = rule->shape; *d; d++) {
        long long n = *d >= '0' && *d <= '9' ? *d - '0' : sizes->of[*d - 'A'];
        size_t used = strlen(shape);
        snprintf(shape + used, sizeof shape - used, "%s%lld", used > 0 ? "," : "", n);
        count *= (size_t)n;
    }
    size_t used = strlen(writing->text);
    snprintf(writing->text + used, sizeof writing->text - used,
             "%s\"%s%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}", used > 1 ? "," : "", prefix,
             rule->name, shape, writing->at, writing->at + count);
    writing->at += count;
    return STATUS_OK;
}

void fuzz_seeds(const char *folder)
{
    static const struct vit_shape shapes[] = {
        {.family = VIT_CLIP,
         .prefix = "vision_model.",
         .patch = 2,
         .stored_grid = 2,
         .width = 3,
         .encoder = {.layers = 1, .hidden = 64, .inner = 2, .heads = 1}},
        {.family = VIT_DINOV2,
         .patch = 28,
         .stored_grid = 2,
         .width = 64,
         .encoder = {.layers = 1, .hidden = 64, .inner = 2, .heads = 1}},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct writing writing = {.text = "{"};
        char path[LINE];
        REQUIRE(vit_each_tensor(&shapes[i], add_tensor, &writing, NULL) == STATUS_OK);
        size_t used = strlen(writing.text);
        REQUIRE(used + 2 < sizeof writing.text);
        writing.text[used] = '}';
        snprintf(path, sizeof path, "%s/%s", folder, vit_family_name(shapes[i].family));
        fuzz_write(path, writing.text, used + 1);
    }
}
