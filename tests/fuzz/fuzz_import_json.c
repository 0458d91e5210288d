/* Playlists of other programs in JSON. */
#include "import_formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"jspf", "account-data", "challenge", NULL};
    fuzz_import_formats(data, size, names);
    return 0;
}
