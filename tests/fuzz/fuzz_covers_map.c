/* Maps of covers contain album keys and paths. */
#include <string.h>

#include "small_catalogue.h"
#include "vision/cover_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = small_catalogue();
    struct cover_files files = {0};
    struct error error;
    if (cover_files_from_map(catalogue, fuzz_file(data, size), "/covers", &files, &error) == STATUS_OK) {
        for (size_t i = 0; i < files.count; i++)
            REQUIRE(files.items[i].album_id >= 1 && files.items[i].album_id <= FUZZ_ALBUMS && files.items[i].path[0]);
        fuzz_accepted |= files.count > 0;
    }
    cover_files_free(&files);
    return 0;
}
