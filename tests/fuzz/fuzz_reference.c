/* Results of another program: one row per playlist, sorted, with finite metrics. */
#include <math.h>

#include "eval/pairs.h"
#include "small_catalogue.h"

static void check(const struct result_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct result_row *row = &list->items[i];
        REQUIRE(row->playlist_id >= 1 && row->playlist_id <= FUZZ_PLAYLISTS && row->seeds >= 1);
        REQUIRE(i == 0 || list->items[i - 1].playlist_id < row->playlist_id);
        for (int metric = 0; metric < METRICS; metric++)
            REQUIRE(!isinf(row->values[metric]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = small_catalogue();
    struct result_list list;
    size_t unknown;
    struct error error;
    if (result_reference_read(catalogue, fuzz_file(data, size), "als", &list, &unknown, &error) != STATUS_OK)
        return 0;
    fuzz_accepted = true;
    check(&list);
    result_list_free(&list);
    return 0;
}
