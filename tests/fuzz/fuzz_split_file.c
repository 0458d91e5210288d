/* An accepted split gives each playlist a set and fewer seeds than it has tracks; a refused one changes nothing. */
#include <string.h>

#include "eval/split.h"
#include "small_catalogue.h"

static void check_split(struct catalogue *catalogue, const struct split_counts *counts)
{
    struct interactions all;
    struct error error;
    int64_t found[SPLIT_TEST + 1] = {0};
    REQUIRE(catalogue_interactions_load(catalogue, SPLIT_ALL | SPLIT_WITH_COLD, &all, &error) == STATUS_OK);
    REQUIRE(all.n_playlists == FUZZ_PLAYLISTS);
    for (int64_t i = 0; i < all.n_playlists; i++) {
        REQUIRE(all.sets[i] == SPLIT_TRAIN || all.sets[i] == SPLIT_VALIDATION || all.sets[i] == SPLIT_TEST);
        REQUIRE(all.seeds[i] >= 0 && all.seeds[i] < all.starts[i + 1] - all.starts[i]);
        found[all.sets[i]]++;
    }
    REQUIRE(counts->train == found[SPLIT_TRAIN] && counts->validation == found[SPLIT_VALIDATION] &&
            counts->test == found[SPLIT_TEST]);
    interactions_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct split_counts counts; /* of the last stored split */
    struct catalogue *catalogue = small_catalogue();
    struct split_counts fresh;
    struct error error;
    bool accepted = split_import(catalogue, fuzz_file(data, size), NULL, &fresh, &error) == STATUS_OK;
    if (accepted)
        counts = fresh;
    fuzz_accepted |= accepted;
    if (fuzz_accepted)
        check_split(catalogue, &counts);
    return 0;
}
