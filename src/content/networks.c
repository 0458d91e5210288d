#include "content/networks.h"

#include <string.h>

#include "audionet/tagger.h"
#include "audionet/xception.h"

/* Mel bands are halved by each pool, frames divided by 2, 4 and 2: 256 x 128 becomes 16 x 16. */
#define POOLS                                                                                                          \
    {                                                                                                                  \
        {.time = 2, .frequency = 2}, {.time = 4, .frequency = 2}, {.time = 2, .frequency = 2},                         \
    }

/* The tagger of Choi et al. 2017 with pools for patches of 256 frames and 128 bands, as in the thesis. */
static const struct tagger_shape choi = {
    .name = "choi",
    .layers = 5,
    .filters = 32,
    .frames = 256,
    .mels = 128,
    .pools = {{.time = 4, .frequency = 2},
              {.time = 4, .frequency = 2},
              {.time = 2, .frequency = 2},
              {.time = 2, .frequency = 2},
              {.time = 2, .frequency = 2}},
    .norm_first = true,
};

#define TRANSFER(network, text, of_kind, of_preset, is_adapted, is_raw, ...)                                           \
    {                                                                                                                  \
        .name = network, .about = text, .kind = of_kind, .preset = of_preset, .n_dense = 2, .dense = 1024,             \
        .adapted = is_adapted, .raw = is_raw, __VA_ARGS__                                                              \
    }

static const struct sound_spec specs[] = {
    {
        .name = "bag",
        .about = "bag of tones: k-means of MFCC, a histogram, three dense layers of 1,024",
        .kind = SOUND_BAG,
        .preset = "thesis",
        .n_dense = 3,
        .dense = 1024,
    },
    {
        .name = "bag-2048",
        .about = "bag of tones with dense layers of 2,048",
        .kind = SOUND_BAG,
        .preset = "thesis",
        .n_dense = 3,
        .dense = 2048,
    },
    {
        .name = "cnn",
        .about = "three convolutions of 64 filters 3 x 3, a dense layer of 512",
        .kind = SOUND_CNN,
        .preset = "thesis",
        .n_convolutions = 3,
        .pools = POOLS,
        .n_dense = 1,
        .dense = 512,
    },
    {
        .name = "cnn-norm",
        .about = "cnn with batch normalisation",
        .kind = SOUND_CNN,
        .preset = "thesis",
        .n_convolutions = 3,
        .pools = POOLS,
        .norm = true,
        .n_dense = 1,
        .dense = 512,
    },
    {
        .name = "cnn-dense",
        .about = "cnn-norm with three dense layers of 512",
        .kind = SOUND_CNN,
        .preset = "thesis",
        .n_convolutions = 3,
        .pools = POOLS,
        .norm = true,
        .n_dense = 3,
        .dense = 512,
    },
    {
        .name = "cnn-2048",
        .about = "cnn-norm with three dense layers of 2,048",
        .kind = SOUND_CNN,
        .preset = "thesis",
        .n_convolutions = 3,
        .pools = POOLS,
        .norm = true,
        .n_dense = 3,
        .dense = 2048,
    },
    {
        .name = "cnn-deep",
        .about = "cnn-norm with two convolutions before each pool",
        .kind = SOUND_CNN,
        .preset = "thesis",
        .n_convolutions = 6,
        .pools = {{0}, {.time = 2, .frequency = 2}, {0}, {.time = 4, .frequency = 2}, {0}, {.time = 2, .frequency = 2}},
        .norm = true,
        .n_dense = 1,
        .dense = 512,
    },
    {
        .name = "cnn-frequency",
        .about = "cnn-norm with convolutions that slide in frequency only",
        .kind = SOUND_CNN,
        .preset = "thesis",
        .axes = SOUND_FREQUENCY,
        .n_convolutions = 3,
        .pools = {{.time = 1, .frequency = 2}, {.time = 1, .frequency = 2}, {.time = 1, .frequency = 2}},
        .norm = true,
        .n_dense = 1,
        .dense = 512,
    },
    {
        .name = "cnn-time",
        .about = "cnn-norm with convolutions that slide in time only",
        .kind = SOUND_CNN,
        .preset = "thesis",
        .axes = SOUND_TIME,
        .n_convolutions = 3,
        .pools = {{.time = 2, .frequency = 1}, {.time = 4, .frequency = 1}, {.time = 2, .frequency = 1}},
        .norm = true,
        .n_dense = 1,
        .dense = 512,
    },
    {
        .name = "lstm",
        .about = "two LSTM layers of 64 and 128 over pairs of frames, two dense layers of 1,024",
        .kind = SOUND_LSTM,
        .preset = "thesis",
        .n_dense = 2,
        .dense = 1024,
    },
    TRANSFER("vgg", "transfer from musicnn's vgg (--weights), two dense layers of 1,024", SOUND_TAGGER, "musicnn",
             false, true, .tagger = &tagger_vgg),
    TRANSFER("vgg-adapted", "vgg, all layers trained at a low rate", SOUND_TAGGER, "musicnn", true, true,
             .tagger = &tagger_vgg),
    TRANSFER("choi", "transfer from a tagger of five layers like Choi's, two dense layers of 1,024", SOUND_TAGGER,
             "thesis", false, false, .tagger = &choi),
    TRANSFER("choi-adapted", "choi, all layers trained at a low rate", SOUND_TAGGER, "thesis", true, false,
             .tagger = &choi),
    TRANSFER("xception", "transfer from Xception, two convolutions, two dense layers of 1,024", SOUND_XCEPTION,
             "thesis", false, false, .xception = &xception_published),
    TRANSFER("xception-adapted", "xception, all layers trained at a low rate", SOUND_XCEPTION, "thesis", true, false,
             .xception = &xception_published),
    {
        .name = "triplet",
        .about = "an embedding of 128 by cnn, trained with triplets, then three dense layers of 1,024",
        .kind = SOUND_EMBEDDING,
        .preset = "thesis",
        .n_dense = 3,
        .dense = 1024,
        .embedding = 128,
    },
};

struct sound_shape sound_embedding_of(const struct sound_spec *spec, int64_t patches)
{
    struct sound_shape shape = sound_shape_of(sound_spec_find("cnn"), patches, 0, spec->embedding);
    shape.random_out = true;
    return shape;
}

bool sound_is_transfer(const struct sound_spec *spec)
{
    return spec->kind == SOUND_TAGGER || spec->kind == SOUND_XCEPTION;
}

const struct sound_spec *sound_spec_at(size_t i)
{
    return i < sizeof specs / sizeof specs[0] ? &specs[i] : NULL;
}

const struct sound_spec *sound_spec_find(const char *name)
{
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++)
        if (strcmp(specs[i].name, name) == 0)
            return &specs[i];
    return NULL;
}

/* A patch of musicnn's is half as long as one of the thesis. */
static bool has_musicnn_patches(const struct sound_spec *spec)
{
    return strcmp(spec->preset, "musicnn") == 0;
}

int64_t sound_patches_of(const struct sound_spec *spec, int64_t seconds)
{
    static const struct {
        int64_t seconds, patches;
    } lengths[] = {{6, 1}, {18, 3}, {60, 10}};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        if (lengths[i].seconds == seconds)
            return lengths[i].patches * (has_musicnn_patches(spec) ? 2 : 1);
    return 0;
}

struct sound_shape sound_shape_of(const struct sound_spec *spec, int64_t patches, int64_t tones, int64_t out)
{
    const bool vectors = spec->kind == SOUND_BAG || spec->kind == SOUND_EMBEDDING;
    return (struct sound_shape){.spec = spec,
                                .patches = vectors ? 0 : patches,
                                .frames = has_musicnn_patches(spec) ? 187 : 256,
                                .bands = has_musicnn_patches(spec) ? 96 : 128,
                                .in = spec->kind == SOUND_BAG ? tones : spec->embedding,
                                .out = out};
}

int64_t sound_input_size(const struct sound_shape *shape)
{
    return shape->patches > 0 ? shape->patches * shape->frames * shape->bands : shape->in;
}
