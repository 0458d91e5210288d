/* Playlists of other programs in lines. */
#include "import_formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"m3u", "uris", "trec", "recbole", NULL};
    fuzz_import_formats(data, size, names);
    return 0;
}
