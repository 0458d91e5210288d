#include "fuzz_import.h"

/* Whatever a slice says, the catalogue stays valid. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = fuzz_catalogue();
    const char *path = fuzz_file(data, size);
    struct import_report report;
    struct error error;
    (void)import_mpd(catalogue, &path, 1, NULL, NULL, &report, &error);
    fuzz_check(catalogue);
    return 0;
}
