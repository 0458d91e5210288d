#ifndef SLEEVE_TESTS_VIT_SMALL_MODEL_H
#define SLEEVE_TESTS_VIT_SMALL_MODEL_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/safetensors.h"
#include "draw/image.h"
#include "gpu/dropout.h"
#include "tests/must.h"

/* The small models of tests/oracle/vit.py: golden files in tests/vit/golden hold names and shapes of the tensors and
 * results of transformers; the weights are computed here as they are there. After cmocka.h. */

enum { SMALL_TENSORS_MAX = 128 };

/* How a file of weights differs from the published one. */
struct small_variant {
    const char *from, *to; /* names that begin with `from` begin with `to` instead */
    const char *without;   /* tensors whose name contains it are left out */
    const char *dtype;     /* "BF16"; NULL: F32 */
    const char *extra;     /* name of an additional tensor */
    const char *odd;       /* this tensor has one number too few in its first dimension */
    bool random;           /* with the metadata that marks random weights */
};

static inline struct safetensors *golden_open(const char *name)
{
    char path[512];
    const char *source = getenv("SLEEVE_SOURCE");
    snprintf(path, sizeof path, "%s/tests/vit/golden/%s.safetensors", source ? source : ".", name);
    struct safetensors *golden = NULL;
    must(safetensors_open(path, &golden, &error));
    return golden;
}

static inline const float *golden_floats(const struct safetensors *golden, const char *name)
{
    const struct tensor_view *view = safetensors_find(golden, name);
    assert_non_null(view);
    return view->bytes;
}

static inline int golden_number(const struct safetensors *golden, const char *key)
{
    const char *text = safetensors_metadata(golden, key);
    assert_non_null(text);
    return atoi(text);
}

/* Mean + half range · uniform(-1, 1). */
static inline void small_values(const char *name, const float law[2], int64_t count, float *values)
{
    uint32_t seed = (uint32_t)crc32(0, (const unsigned char *)name, (unsigned)strlen(name));
    for (int64_t i = 0; i < count; i++)
        values[i] = law[0] + law[1] * (((float)(dropout_mix(seed, (uint32_t)i) >> 8) - 8388608.0F) / 8388608.0F);
}

static inline void to_bf16(float *values, int64_t count)
{
    unsigned char *bytes = (unsigned char *)values; /* in place: each number moves towards the start */
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        uint16_t high = (uint16_t)(bits >> 16);
        memcpy(bytes + 2 * i, &high, sizeof high);
    }
}

static inline void small_tensor(const char *line, size_t size, const float law[2], const struct small_variant *variant,
                                struct tensor_source *tensor)
{
    char text[256], *rest = text, *field;
    assert_true(size < sizeof text);
    memcpy(text, line, size);
    text[size] = 0;
    const char *name = strsep(&rest, " ");
    int64_t count = 1;
    *tensor = (struct tensor_source){.dtype = variant->dtype ? variant->dtype : "F32"};
    while ((field = strsep(&rest, " ")) && *field)
        count *= tensor->shape[tensor->rank++] = atoll(field);
    if (variant->odd && strcmp(name, variant->odd) == 0) {
        count = count / tensor->shape[0] * (tensor->shape[0] - 1);
        tensor->shape[0]--;
    }
    float *values = malloc((size_t)count * sizeof *values);
    assert_non_null(values);
    small_values(name, law, count, values);
    if (variant->dtype)
        to_bf16(values, count);
    tensor->bytes = values;
    char *renamed = NULL;
    size_t from = variant->from ? strlen(variant->from) : 0;
    bool rename = variant->from && strncmp(name, variant->from, from) == 0;
    assert_true(asprintf(&renamed, "%s%s", rename ? variant->to : "", name + (rename ? from : 0)) > 0);
    tensor->name = renamed;
}

/* Writes the golden file's model. */
static inline void small_model_write(const struct safetensors *golden, const char *path,
                                     const struct small_variant *variant)
{
    struct tensor_source tensors[SMALL_TENSORS_MAX];
    size_t count = 0;
    const float *laws = golden_floats(golden, "laws");
    const char *line = safetensors_metadata(golden, "tensors"), *end;
    for (; *line; line = end + 1, laws += 2) {
        end = strchr(line, '\n');
        const char *skip = variant->without ? strstr(line, variant->without) : NULL;
        if (skip && skip < end)
            continue;
        assert_true(count + 1 < SMALL_TENSORS_MAX);
        small_tensor(line, (size_t)(end - line), laws, variant, &tensors[count++]);
    }
    static const int64_t extra[4];
    if (variant->extra)
        tensors[count++] = (struct tensor_source){
            .name = strdup(variant->extra), .dtype = "I64", .rank = 2, .shape = {1, 4}, .bytes = extra};
    const struct metadata_pair pairs[] = {{"format", "pt"}, {"weights.random", "yes"}};
    must(safetensors_write(path, tensors, count, pairs, variant->random ? 2 : 1, &error));
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].bytes != extra)
            free((void *)(uintptr_t)tensors[i].bytes);
        free((void *)(uintptr_t)tensors[i].name);
    }
}

static inline struct image small_picture(int width, int height)
{
    struct image image;
    must(image_create(width, height, &image, &error));
    for (uint32_t y = 0; y < (uint32_t)height; y++)
        for (uint32_t x = 0; x < (uint32_t)width; x++)
            for (uint32_t c = 0; c < 3; c++) {
                uint32_t at = (y * (uint32_t)width + x) * 3 + c, noise = dropout_mix(7, at) >> 27;
                image.rgb[at] = (uint8_t)(x * 5 + y * 3 * (c + 1) + (x * y >> 3) + noise);
            }
    return image;
}

#endif
