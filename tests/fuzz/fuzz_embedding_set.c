/* An accepted embedding set belongs to this catalogue's albums, and neighbours can be searched in it. */
#include "core/safetensors.h"
#include "small_catalogue.h"
#include "vision/embedder.h"

void fuzz_seeds(const char *folder)
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

static void check(const struct embedding_set *set)
{
    struct neighbour nearest[3];
    size_t count;
    struct error error;
    volatile float sum = 0;
    REQUIRE(set->n_albums >= 1 && set->n_albums <= FUZZ_ALBUMS && set->dim >= 1);
    for (int64_t i = 0; i < set->n_albums * set->dim; i++)
        sum += set->values[i];
    for (int64_t album = 1; album <= set->n_albums; album += 4) {
        if (embedding_neighbours(set, album, 3, nearest, &count, &error) != STATUS_OK)
            continue;
        for (size_t i = 0; i < count; i++)
            REQUIRE(nearest[i].album >= 1 && nearest[i].album <= set->n_albums && nearest[i].album != album);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = small_catalogue();
    struct embedding_set set;
    struct error error;
    sidecar_write(catalogue, "embeddings/custom.safetensors", data, size);
    if (embedding_set_open(catalogue, "custom", &set, &error) != STATUS_OK)
        return 0;
    fuzz_accepted = true;
    check(&set);
    embedding_set_close(&set);
    return 0;
}
