#include <stddef.h>

#include "models/hybrid/hybrid.h"

/* The kind and its settings. */

#define RULE(key, mpd, small, low, high, whole, meaning)                                                               \
    {                                                                                                                  \
        key, mpd, small, low, high, whole, meaning, NULL, NULL                                                         \
    }

static const struct setting_choice order_choices[] = {{"first", NULL}, {"any", NULL}};

static const struct setting_rule start_rules[] = {
    RULE("factors", 128, 128, 1, 1024, true,
         "length of the learned vectors, and factors of the ALS that initialises them"),
    RULE("iterations", 10, 10, 1, 1000, true, "of that ALS"),
    RULE("regularization", 12, 8, 1e-6, 1e9, false, "of that ALS, lambda"),
    RULE("alpha", 0, 0, 0, 1e9, false, "of that ALS: extra confidence of a playlist's tracks"),
    RULE("length", 0.35, 0.35, 0, 1e6, false,
         "mean length of the tracks' initial vectors, none longer than 50; 0: as that ALS gives them"),
    RULE("scale", 1, 1, 1e-6, 1e6, false, "factor on these vectors"),
    {0},
};

static const struct setting_rule network_rules[] = {
    RULE("hidden", 128, 64, 1, 4096, true, "hidden width of the network over a track's features"),
    RULE("residual", 512, 512, 1, 65536, true, "hidden width of the network over a playlist"),
    RULE("mean_scale", 1, 10, 0, 1e6, false, "factor on the mean of the seeds in that network"),
    RULE("artist_width", 128, 128, 0, 1024, true, "length of the artists' random vectors; 0: none"),
    RULE("album_width", 64, 64, 0, 1024, true, "length of the albums' random vectors; 0: none"),
    RULE("kernel_features", 128, 128, 0, 4096, true, "random Fourier features of the kernel over features; 0: none"),
    RULE("kernel_width", 2.5, 2.5, 1e-3, 1e6, false, "of that kernel, in standard deviations of a feature"),
    {0},
};

static const struct setting_rule training_rules[] = {
    RULE("batch", 128, 0, 0, 65536, true, "playlists a step; 0: a sixteenth of them, at most 128"),
    RULE("epochs", 12, 24, 1, 10000, true, "passes over the training playlists"),
    RULE("learning_rate", 3e-3, 3e-3, 0, 1000, false, "of the networks, falling to 0"),
    RULE("table_learning_rate", 3e-3, 3e-3, 0, 1000, false,
         "of the vectors of tracks, artists and albums, falling to 0"),
    RULE("weight_decay", 0, 3e-3, 0, 1, false, "of the networks"),
    RULE("table_weight_decay", 0, 1e-5, 0, 1, false, "of the vectors of tracks, artists and albums"),
    RULE("dropout", 0.1, 0.3, 0, 0.95, false, "of the network over a playlist"),
    RULE("mean_dropout", 0, 0.5, 0, 0.95, false, "of the mean of the seeds"),
    RULE("clip_norm", 0, 1, 0, 1e9, false, "largest norm of the gradient; 0: any"),
    RULE("validate_every", 1, 4, 1, 10000, true, "epochs between validations"),
    RULE("hold_out", 1, 1, 0, 1, true,
         "1: a step treats what only its own playlists contain as new, so that the network learns to recommend it"),
    RULE("counts", 1, 1, 0, 1, true,
         "1: the networks see how many training playlists contain a track, its artist and its album"),
    RULE("max_seeds", 10, 10, 1, 1000, true, "tracks of a playlist given as seeds, at most"),
    {"order", 1, 1, 0, 1, true, "which tracks are given", order_choices, NULL},
    RULE("neighbour_targets", 0, 0.4, 0, 1, false,
         "share of playlists whose targets are those of a similar playlist, times the squared share of all entries "
         "whose track another playlist contains, too"),
    RULE("neighbours", 50, 50, 1, 10000, true, "similar playlists listed for each"),
    RULE("inverse_temperature", 20, 20, 0, 1000, false,
         "a playlist of cosine c is chosen with probability ~ exp(inverse_temperature c)"),
    RULE("softmax_samples", 20000, 0, 0, 1e9, true,
         "sampled softmax over so many tracks besides those of a step's playlists; 0: all"),
    RULE("sparse_adam", 1, 0, 0, 1, true,
         "of a sampled softmax: 1: a step changes only the rows that it uses, with one second moment for each row"),
    {0},
};

enum status hybrid_shape_read(const struct setting_source *source, struct hybrid_shape *shape, struct error *error)
{
    static const struct {
        const char *key;
        size_t offset;
    } widths[] = {
        {"factors", offsetof(struct hybrid_shape, d)},
        {"hidden", offsetof(struct hybrid_shape, hidden)},
        {"residual", offsetof(struct hybrid_shape, residual)},
        {"artist_width", offsetof(struct hybrid_shape, artist)},
        {"album_width", offsetof(struct hybrid_shape, album)},
        {"kernel_features", offsetof(struct hybrid_shape, kernel)},
    };
    double value;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof widths / sizeof *widths && status == STATUS_OK; i++) {
        status = source->read(source->context, widths[i].key, &value, error);
        if (status == STATUS_OK)
            *(int64_t *)((char *)shape + widths[i].offset) = (int64_t)value;
    }
    if (status == STATUS_OK)
        status = source->read(source->context, "mean_scale", &value, error);
    if (status == STATUS_OK)
        shape->mean_scale = (float)value;
    return status;
}

static const struct setting_rule *const groups[] = {start_rules, network_rules, training_rules, NULL};

static const struct recommender_ops kinds[] = {
    {.kind = "hybrid",
     .settings = {groups, NULL},
     .uses_side_info = true,
     .takes_features = true,
     .train = hybrid_train,
     .open = hybrid_open,
     .searched = hybrid_searched,
     .close = hybrid_close,
     .recommend = hybrid_recommend,
     .score = hybrid_score,
     .ranks = hybrid_ranks,
     .reasons = hybrid_reasons,
     .knows = hybrid_knows,
     .parts = hybrid_parts,
     .score_parts = hybrid_score_parts,
     .track_vectors = hybrid_track_vectors},
};

const struct model_family hybrid_family = {
    .help = "hybrid: a network over playlists, artists, albums and features, which also recommends tracks that no\n"
            "playlist contains. Features are year, duration, popularity and the sets of --features;\n"
            "a set of more than 32 columns is projected to 32 random directions.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
