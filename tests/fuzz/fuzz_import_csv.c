#include "fuzz_import.h"

/* Whatever a table says, the catalogue stays valid. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = fuzz_catalogue();
    const char *path = fuzz_file(data, size);
    const struct csv_options options = {0};
    struct import_report report;
    struct error error;
    (void)import_csv(catalogue, path, &options, NULL, NULL, &report, &error);
    fuzz_check(catalogue);
    return 0;
}
