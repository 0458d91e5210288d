#include "small_catalogue.h"

/* The catalogue stays valid for any slice. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = empty_catalogue();
    const char *path = fuzz_file(data, size);
    struct import_report report;
    struct error error;
    fuzz_accepted |= import_mpd(catalogue, &path, 1, NULL, NULL, &report, &error) == STATUS_OK;
    check_catalogue(catalogue);
    return 0;
}
