/* A model file is refused with a message, or gives distinct tracks of the catalogue with finite scores. */
#include <math.h>
#include <string.h>

#include "db/titles.h"
#include "models/kind.h"
#include "small_catalogue.h"

enum { K = 8 };

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

/* Whether the kind has the setting in "key=value", and accepts the value. */
static bool knows(const char *kind, const char *setting)
{
    struct setting_rule rules[SETTINGS_MAX];
    size_t n_rules = settings_list(&model_kind_find(kind)->settings, rules);
    size_t length = strcspn(setting, "=");
    const struct setting_rule *rule = settings_find(rules, n_rules, setting, length);
    double value;
    return rule && settings_parse(rule, setting + length + 1, &value);
}

/* A catalogue with a record of one model per kind, named after the kind. */
static struct catalogue *open_catalogue(void)
{
    static struct catalogue *catalogue;
    if (catalogue)
        return catalogue;
    char fingerprint[33], file[64];
    catalogue = small_catalogue();
    REQUIRE(catalogue_fingerprint(catalogue, FUZZ_TRACKS, fingerprint, NULL) == STATUS_OK);
    const char *kind;
    for (size_t i = 0; (kind = model_kind_name(i)); i++) {
        snprintf(file, sizeof file, "models/%s.safetensors", kind);
        const struct model_record record = {.name = kind,
                                            .kind = kind,
                                            .file = file,
                                            .fingerprint = fingerprint,
                                            .n_tracks = FUZZ_TRACKS,
                                            .settings = "{}",
                                            .results = "",
                                            .created = ""};
        REQUIRE(catalogue_model_write(catalogue, &record, NULL) == STATUS_OK);
    }
    return catalogue;
}

/* The kind in the file; the first kind if it is missing or unknown. */
static const char *kind_of(const uint8_t *data, size_t size)
{
    static const char key[] = "\"kind\":\"";
    const char *at = size > 0 ? memmem(data, size, key, sizeof key - 1) : NULL, *end = (const char *)data + size;
    const char *kind;
    for (size_t i = 0; at && (kind = model_kind_name(i)); i++) {
        size_t length = strlen(kind);
        const char *name = at + sizeof key - 1;
        if ((size_t)(end - name) > length && memcmp(name, kind, length) == 0 && name[length] == '"')
            return kind;
    }
    return model_kind_name(0);
}

void fuzz_seeds(const char *folder)
{
    static const char *const kinds[] = {
        "popularity",    "title",  "als",    "sknn",   "stan",   "tknn",           "ease",    "rp3beta", "itemknn",
        "content-blend", "mf-avg", "fm-avg", "mf-cnn", "mf-gru", "mf-transformer", "mf-pool", "hybrid",  "ensemble"};
    static const char *const members[] = {"popularity", "title", "als", "sknn"};
    static const double weights[] = {1, 0.5, 0.25, 0.125};
    const char *dated[FUZZ_PLAYLISTS]; /* for kinds that need the times of playlists */
    const struct playlist_titles titles = {.titles = dated};
    for (int i = 0; i < FUZZ_PLAYLISTS; i++)
        dated[i] = i % 2 ? "2012-02-07" : "2012-04-30";
    static const char *const sizes[] = {
        "factors=2", "iterations=1",   "cover_hidden=1", "cover_width=1",    "channels=2",
        "hidden=2",  "heads=1",        "feed_forward=2", "residual=2",       "k=2",
        "epochs=0",  "artist_width=2", "album_width=2",  "kernel_features=2"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *settings[sizeof sizes / sizeof *sizes];
        struct model_spec spec = {
            .kind = kinds[i], .name = kinds[i], .settings = settings, .seed = 1, .split_sets = SPLIT_TRAIN};
        if (strcmp(kinds[i], "tknn") == 0)
            spec.titles = &titles;
        if (model_kind_find(kinds[i])->takes_members)
            spec.members = (struct model_members){.names = members, .count = 4, .weights = weights};
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            if (knows(kinds[i], sizes[j]))
                settings[spec.n_settings++] = sizes[j];
        struct buffer path = {0};
        struct error error;
        if (model_train(small_catalogue(), open_compute(), &spec, NULL, &error) != STATUS_OK) {
            fprintf(stderr, "%s: %s\n", kinds[i], error.text);
            abort();
        }
        catalogue_sidecar(small_catalogue(), "models/", &path);
        buffer_printf(&path, "%s.safetensors", kinds[i]);
        fuzz_copy(path.data, folder, kinds[i]);
        buffer_free(&path);
    }
}

static void recommend(struct recommender *recommender, const int64_t *seeds, size_t n_seeds, const char *title)
{
    struct recommendation out[K];
    size_t count = 0;
    struct error error;
    if (recommender_recommend(recommender,
                              &(struct recommend_query){.seeds = seeds, .n_seeds = n_seeds, .title = title}, K, out,
                              &count, &error) != STATUS_OK)
        return;
    fuzz_accepted = true;
    REQUIRE(count <= K);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(!isnan(out[i].score));
        REQUIRE(out[i].track >= 1 && out[i].track <= recommender_tracks(recommender));
        for (size_t j = 0; j < i; j++)
            REQUIRE(out[j].track != out[i].track);
        for (size_t j = 0; j < n_seeds; j++)
            REQUIRE(seeds[j] != out[i].track);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t seeds[] = {3, 17, 29, 17};
    static const char title[] = "Playlist 1, List 2, 2016-03-04";
    struct catalogue *catalogue = open_catalogue();
    struct recommender *recommender;
    struct error error;
    const char *kind = kind_of(data, size);
    char file[64];
    snprintf(file, sizeof file, "models/%s.safetensors", kind);
    sidecar_write(catalogue, file, data, size);
    if (recommender_open(catalogue, open_compute(), kind, &recommender, &error) != STATUS_OK)
        return 0;
    REQUIRE(recommender_tracks(recommender) >= 1 && recommender_tracks(recommender) <= FUZZ_TRACKS);
    recommend(recommender, seeds, sizeof seeds / sizeof *seeds, NULL);
    recommend(recommender, NULL, 0, NULL);
    recommend(recommender, seeds, sizeof seeds / sizeof *seeds, title);
    recommend(recommender, NULL, 0, title);
    recommender_close(recommender);
    return 0;
}
