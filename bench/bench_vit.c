#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "vit/tower.h"

/* Covers embedded by CLIP ViT-B/32 and DINOv2-base at full size with random weights, from prepared pictures to vectors.
 * bench/peers/vit.py compares with onnxruntime. */

enum {
    HIDDEN = 768,
    INNER = 3072,
    LAYERS = 12,
    CLIP_WIDTH = 512,
    STORED_GRID = 37, /* of DINOv2's positions */
    TENSORS_MAX = 18 * LAYERS + 10,
    NAME_SIZE = 96,
    BATCHES_MAX = 3,
    SAMPLES = 7,
    PRODUCT = 1536,
    PRODUCT_RUNS = 5,
};

struct tensor_name {
    const char *name; /* %d: a layer */
    int64_t shape[4];
};

static const struct model {
    const char *name, *bfloat16_name;
    int64_t batches[BATCHES_MAX]; /* 0: no more */
    struct tensor_name of_layer[20], others[12];
} models[] = {
    {.name = "vit clip",
     .bfloat16_name = "vit clip bf16",
     .batches = {1, 8, 32},
     .of_layer = {{"vision_model.encoder.layers.%d.layer_norm1.weight", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.layer_norm1.bias", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.layer_norm2.weight", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.layer_norm2.bias", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.q_proj.weight", {HIDDEN, HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.q_proj.bias", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.k_proj.weight", {HIDDEN, HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.k_proj.bias", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.v_proj.weight", {HIDDEN, HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.v_proj.bias", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.out_proj.weight", {HIDDEN, HIDDEN}},
                  {"vision_model.encoder.layers.%d.self_attn.out_proj.bias", {HIDDEN}},
                  {"vision_model.encoder.layers.%d.mlp.fc1.weight", {INNER, HIDDEN}},
                  {"vision_model.encoder.layers.%d.mlp.fc1.bias", {INNER}},
                  {"vision_model.encoder.layers.%d.mlp.fc2.weight", {HIDDEN, INNER}},
                  {"vision_model.encoder.layers.%d.mlp.fc2.bias", {HIDDEN}}},
     .others = {{"vision_model.embeddings.class_embedding", {HIDDEN}},
                {"vision_model.embeddings.patch_embedding.weight", {HIDDEN, 3, 32, 32}},
                {"vision_model.embeddings.position_embedding.weight", {50, HIDDEN}},
                {"vision_model.pre_layrnorm.weight", {HIDDEN}},
                {"vision_model.pre_layrnorm.bias", {HIDDEN}},
                {"vision_model.post_layernorm.weight", {HIDDEN}},
                {"vision_model.post_layernorm.bias", {HIDDEN}},
                {"visual_projection.weight", {CLIP_WIDTH, HIDDEN}}}},
    {.name = "vit dinov2",
     .bfloat16_name = "vit dinov2 bf16",
     .batches = {1, 7},
     .of_layer = {{"encoder.layer.%d.norm1.weight", {HIDDEN}},
                  {"encoder.layer.%d.norm1.bias", {HIDDEN}},
                  {"encoder.layer.%d.norm2.weight", {HIDDEN}},
                  {"encoder.layer.%d.norm2.bias", {HIDDEN}},
                  {"encoder.layer.%d.attention.attention.query.weight", {HIDDEN, HIDDEN}},
                  {"encoder.layer.%d.attention.attention.query.bias", {HIDDEN}},
                  {"encoder.layer.%d.attention.attention.key.weight", {HIDDEN, HIDDEN}},
                  {"encoder.layer.%d.attention.attention.key.bias", {HIDDEN}},
                  {"encoder.layer.%d.attention.attention.value.weight", {HIDDEN, HIDDEN}},
                  {"encoder.layer.%d.attention.attention.value.bias", {HIDDEN}},
                  {"encoder.layer.%d.attention.output.dense.weight", {HIDDEN, HIDDEN}},
                  {"encoder.layer.%d.attention.output.dense.bias", {HIDDEN}},
                  {"encoder.layer.%d.layer_scale1.lambda1", {HIDDEN}},
                  {"encoder.layer.%d.layer_scale2.lambda1", {HIDDEN}},
                  {"encoder.layer.%d.mlp.fc1.weight", {INNER, HIDDEN}},
                  {"encoder.layer.%d.mlp.fc1.bias", {INNER}},
                  {"encoder.layer.%d.mlp.fc2.weight", {HIDDEN, INNER}},
                  {"encoder.layer.%d.mlp.fc2.bias", {HIDDEN}}},
     .others = {{"embeddings.cls_token", {1, 1, HIDDEN}},
                {"embeddings.position_embeddings", {1, 1 + STORED_GRID *STORED_GRID, HIDDEN}},
                {"embeddings.patch_embeddings.projection.weight", {HIDDEN, 3, 14, 14}},
                {"embeddings.patch_embeddings.projection.bias", {HIDDEN}},
                {"layernorm.weight", {HIDDEN}},
                {"layernorm.bias", {HIDDEN}}}},
};

struct vit_bench {
    struct bench *bench;
    struct compute compute;
    char folder[64], weights[96];
    float *numbers;           /* [INNER x HIDDEN] that all tensors begin with */
    double rates[PRECISIONS]; /* multiply-adds a second */
};

/* ---- weights ---- */

static void add_tensor(const struct tensor_name *tensor, int layer, const float *numbers, struct tensor_source *source,
                       char name[NAME_SIZE])
{
    const char *number = strstr(tensor->name, "%d");
    if (number)
        snprintf(name, NAME_SIZE, "%.*s%d%s", (int)(number - tensor->name), tensor->name, layer, number + 2);
    else
        snprintf(name, NAME_SIZE, "%s", tensor->name);
    *source = (struct tensor_source){.name = name, .dtype = "F32", .bytes = numbers};
    while (source->rank < 4 && tensor->shape[source->rank] > 0) {
        source->shape[source->rank] = tensor->shape[source->rank];
        source->rank++;
    }
}

static enum status write_weights(const struct vit_bench *vit, const struct model *model, struct error *error)
{
    struct tensor_source tensors[TENSORS_MAX];
    char(*names)[NAME_SIZE] = malloc(sizeof *names * TENSORS_MAX);
    size_t count = 0;
    if (!names)
        return error_no_memory(error);
    for (const struct tensor_name *other = model->others; other->name; other++, count++)
        add_tensor(other, 0, vit->numbers, &tensors[count], names[count]);
    for (int layer = 0; layer < LAYERS; layer++)
        for (const struct tensor_name *tensor = model->of_layer; tensor->name; tensor++, count++)
            add_tensor(tensor, layer, vit->numbers, &tensors[count], names[count]);
    enum status status = safetensors_write(vit->weights, tensors, count, NULL, 0, error);
    free(names);
    return status;
}

/* ---- measuring ---- */

/* Multiply-adds per second of a large product with packed weights. */
static double packed_rate(struct compute *compute, enum precision precision)
{
    const struct compute_ops *ops = compute->ops;
    const struct compute_slice none = {0};
    const size_t bytes = sizeof(float) * PRODUCT * PRODUCT;
    const size_t packed = ops->packed_weights(compute->device, precision, PRODUCT, PRODUCT);
    struct compute_slice slices[4] = {{0}};
    enum status status = STATUS_OK;
    double best = 0;
    for (int i = 0; status == STATUS_OK && i < 4; i++)
        status = ops->buffer_create(compute->device, i == 1 ? packed : bytes, &slices[i].buffer, NULL);
    for (int i = 0; status == STATUS_OK && i < 4; i += 3)
        status = ops->network.fill(compute->stream, (int64_t)PRODUCT * PRODUCT, 0, slices[i], NULL);
    if (status == STATUS_OK)
        status = ops->pack_weights(compute->stream, precision, PRODUCT, PRODUCT, slices[3], slices[1], NULL);
    for (int run = 0; status == STATUS_OK && run < PRODUCT_RUNS; run++) {
        double start = clock_seconds();
        status = ops->dense_packed(compute->stream, precision, ACTIVATION_IDENTITY, PRODUCT, PRODUCT, PRODUCT,
                                   slices[0], slices[1], none, none, slices[2], NULL);
        if (status == STATUS_OK)
            status = ops->stream_synchronise(compute->stream, NULL);
        best = fmax(best, (double)PRODUCT * PRODUCT * PRODUCT / (clock_seconds() - start));
    }
    for (int i = 0; i < 4; i++)
        ops->buffer_destroy(slices[i].buffer);
    return best;
}

/* Multiply-adds for a picture. */
static double products(const struct vit_shape *shape)
{
    double tokens = (double)vit_tokens(shape), hidden = (double)shape->encoder.hidden;
    double layer = tokens * hidden * (4 * hidden + 2 * (double)shape->encoder.inner) + 2 * tokens * tokens * hidden;
    return (double)shape->encoder.layers * layer + (double)vit_input(shape) * hidden;
}

static enum status measure_batch(const struct vit_bench *vit, const struct vit_tower *tower, const char *name,
                                 double rate, int64_t batch, const float *prepared, float *rows, struct error *error)
{
    double samples[SAMPLES];
    enum status status = vit_tower_run(tower, batch, prepared, rows, error);
    for (int i = 0; i < SAMPLES && status == STATUS_OK; i++) {
        double start = clock_seconds();
        status = vit_tower_run(tower, batch, prepared, rows, error);
        samples[i] = (double)batch / (clock_seconds() - start);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    if (status != STATUS_OK)
        return status;
    struct bench_row row =
        bench_row_make(name, (double)batch, "images/s", samples, SAMPLES, rate / products(&tower->shape), true);
    return bench_print(vit->bench, &row, error);
}

static enum status measure_tower(const struct vit_bench *vit, const struct model *model, const struct vit_tower *tower,
                                 enum precision precision, struct error *error)
{
    const char *name = precision == PRECISION_BFLOAT16 ? model->bfloat16_name : model->name;
    int64_t most = 0, size = vit_input(&tower->shape);
    for (int i = 0; i < BATCHES_MAX; i++)
        most = model->batches[i] > most ? model->batches[i] : most;
    float *prepared = malloc((size_t)(most * size) * sizeof *prepared);
    float *rows = malloc((size_t)(most * tower->shape.width) * sizeof *rows);
    enum status status = prepared && rows ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; i < most * size && prepared; i++)
        prepared[i] = 20 * vit->numbers[i % ((int64_t)INNER * HIDDEN)];
    for (int i = 0; i < BATCHES_MAX && model->batches[i] > 0 && status == STATUS_OK; i++)
        status = measure_batch(vit, tower, name, vit->rates[precision], model->batches[i], prepared, rows, error);
    free(prepared);
    free(rows);
    return status;
}

static enum status measure(struct vit_bench *vit, const struct model *model, struct error *error)
{
    enum status status = write_weights(vit, model, error);
    if (status != STATUS_OK)
        return status;
    for (int i = 0; i < PRECISIONS && status == STATUS_OK; i++) {
        const struct vit_options options = {.precision = (enum precision)i};
        struct vit_tower tower = {0};
        status = vit_tower_open(vit->weights, &options, &vit->compute, &tower, error);
        if (status == STATUS_OK)
            status = measure_tower(vit, model, &tower, options.precision, error);
        vit_tower_close(&tower);
    }
    unlink(vit->weights);
    return status;
}

enum status bench_vit(struct bench *bench, struct error *error)
{
    const char *temporary = getenv("TMPDIR");
    struct vit_bench vit = {.bench = bench, .numbers = malloc(sizeof(float) * INNER * HIDDEN)};
    if (!vit.numbers)
        return error_no_memory(error);
    struct random random;
    random_seed(&random, 1);
    for (int64_t i = 0; i < (int64_t)INNER * HIDDEN; i++)
        vit.numbers[i] = (float)random_below(&random, 1 << 16) / 655360.0F - 0.05F;
    snprintf(vit.folder, sizeof vit.folder, "%.40s/sleeve-bench-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(vit.folder)) {
        free(vit.numbers);
        return error_set(error, STATUS_FAILED,
                         "no folder could be made for the benchmark; set TMPDIR to one that may be written");
    }
    snprintf(vit.weights, sizeof vit.weights, "%s/model.safetensors", vit.folder);
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &vit.compute, error);
    if (status == STATUS_OK) {
        double least = bench_multiply_rate(&vit.compute);
        for (int i = 0; i < PRECISIONS; i++)
            vit.rates[i] = fmax(least, packed_rate(&vit.compute, (enum precision)i));
        for (size_t i = 0; i < sizeof models / sizeof *models && status == STATUS_OK; i++)
            status = measure(&vit, &models[i], error);
        compute_close(&vit.compute);
    }
    rmdir(vit.folder);
    free(vit.numbers);
    return status;
}
