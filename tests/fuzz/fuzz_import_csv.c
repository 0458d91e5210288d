#include "small_catalogue.h"

/* The catalogue stays valid for any table. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *catalogue = empty_catalogue();
    const struct csv_options options = {0};
    struct import_report report;
    struct error error;
    fuzz_accepted |= import_csv(catalogue, fuzz_file(data, size), &options, NULL, NULL, &report, &error) == STATUS_OK;
    check_catalogue(catalogue);
    return 0;
}
