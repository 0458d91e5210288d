/* An accepted feature set belongs to this catalogue's albums or tracks; its columns can be described and standardised,
 * and neighbours can be searched in it. */
#include <math.h>

#include "core/file.h"
#include "features/feature_set.h"
#include "small_catalogue.h"

/* As version 0.1 wrote it. */
static void write_earlier(const char *folder)
{
    static const float values[FUZZ_ALBUMS][2] = {{0, 1}, {1, 0}, {0.5f, 2}, {0, 0}, {-1, -1}};
    struct tensor_source tensor = {
        .name = "values", .dtype = "F32", .rank = 2, .shape = {FUZZ_ALBUMS, 2}, .bytes = values};
    char fingerprint[33], path[512];
    REQUIRE(catalogue_album_fingerprint(small_catalogue(), FUZZ_ALBUMS, fingerprint, NULL) == STATUS_OK);
    const struct metadata_pair metadata[] = {
        {"albums.fingerprint", fingerprint}, {"embedder", "custom"}, {"covers.stored", "10"}};
    snprintf(path, sizeof path, "%s/custom", folder);
    REQUIRE(safetensors_write(path, &tensor, 1, metadata, 3, NULL) == STATUS_OK);
}

/* As it is written now: columns with names and unknown values, and rows that are missing. */
static void write_present(const char *folder, enum feature_item item, int64_t n_rows)
{
    static const char *const names[] = {"tempo", "key"};
    float values[FUZZ_TRACKS * 2] = {0};
    bool present[FUZZ_TRACKS] = {false};
    for (int64_t i = 0; i < n_rows; i++) {
        present[i] = i % 4 != 3;
        values[2 * i] = present[i] ? (float)i : 0;
        values[2 * i + 1] = item == FEATURE_TRACKS && i % 5 == 0 && present[i] ? NAN : 0;
    }
    const struct feature_set set = {.item = item,
                                    .n_rows = n_rows,
                                    .width = 2,
                                    .values = values,
                                    .present = present,
                                    .columns = item == FEATURE_TRACKS ? names : NULL,
                                    .extractor = "custom"};
    struct buffer from = {0};
    char path[512];
    REQUIRE(feature_set_write(small_catalogue(), "custom", &set, NULL, 0, NULL) == STATUS_OK);
    catalogue_sidecar(small_catalogue(), "embeddings/custom.safetensors", &from);
    snprintf(path, sizeof path, "%s/%s", folder, feature_item_name(item));
    struct buffer bytes = {0};
    REQUIRE(file_read(from.data, 1 << 16, &bytes, NULL) == STATUS_OK);
    FILE *file = fopen(path, "wb");
    REQUIRE(file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size && fclose(file) == 0);
    buffer_free(&bytes);
    buffer_free(&from);
}

void fuzz_seeds(const char *folder)
{
    write_earlier(folder);
    write_present(folder, FEATURE_ALBUMS, FUZZ_ALBUMS);
    write_present(folder, FEATURE_TRACKS, FUZZ_TRACKS);
}

static void check_columns(const struct feature_set *set)
{
    struct column_statistics *columns = malloc((size_t)set->width * sizeof *columns);
    float *out = malloc((size_t)set->n_rows * (size_t)set->width * sizeof *out);
    struct buffer names = {0};
    REQUIRE(columns && out);
    feature_set_statistics(set, columns);
    feature_set_standardise(set, columns, out);
    for (int64_t i = 0; i < set->n_rows * set->width; i++)
        REQUIRE(isfinite(out[i]));
    int constant = feature_set_name_columns(set, columns, column_is_constant, 3, &names);
    REQUIRE(constant >= 0 && constant <= set->width);
    buffer_free(&names);
    free(columns);
    free(out);
}

static void check(const struct feature_set *set)
{
    struct neighbour nearest[3];
    size_t count;
    struct error error;
    volatile float sum = 0;
    int64_t most = set->item == FEATURE_TRACKS ? FUZZ_TRACKS : FUZZ_ALBUMS, present = 0;
    REQUIRE(set->n_rows >= 1 && set->n_rows <= most && set->width >= 1);
    for (int64_t i = 0; i < set->n_rows * set->width; i++) {
        sum += set->values[i];
        REQUIRE(set->columns || isfinite(set->values[i]));
    }
    for (int64_t row = 0; row < set->n_rows; row++)
        present += feature_set_has(set, row);
    REQUIRE(present == set->n_present);
    check_columns(set);
    for (int64_t item = 1; item <= set->n_rows; item += 4) {
        if (feature_neighbours(set, item, 3, nearest, &count, &error) != STATUS_OK)
            continue;
        for (size_t i = 0; i < count; i++)
            REQUIRE(nearest[i].item >= 1 && nearest[i].item <= set->n_rows && nearest[i].item != item &&
                    feature_set_has(set, nearest[i].item - 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = small_catalogue();
    struct feature_set set;
    struct error error;
    sidecar_write(catalogue, "embeddings/custom.safetensors", data, size);
    if (feature_set_open(catalogue, "custom", &set, &error) != STATUS_OK)
        return 0;
    fuzz_accepted = true;
    check(&set);
    feature_set_close(&set);
    return 0;
}
