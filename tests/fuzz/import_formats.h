#ifndef SLEEVE_TESTS_FUZZ_IMPORT_FORMATS_H
#define SLEEVE_TESTS_FUZZ_IMPORT_FORMATS_H

#include "db/import/importer.h"
#include "db/import/unmatched.h"
#include "small_catalogue.h"

/* Whatever a file contains, each of these importers leaves the catalogue valid, with and without adding tracks.
 * `names` ends with NULL. */
static inline void fuzz_import_formats(const uint8_t *data, size_t size, const char *const *names)
{
    struct catalogue *catalogue = empty_catalogue();
    for (; *names; names++) {
        const char *const paths[1] = {fuzz_file(data, size)};
        const struct importer *importer;
        REQUIRE(importer_find(importers, *names, &importer, NULL) == STATUS_OK);
        for (int match_only = 1; match_only >= 0; match_only--) {
            struct unmatched unmatched = {0};
            struct import_report report;
            struct error error;
            const struct import_input input = {
                .paths = paths, .n_paths = 1, .match_only = match_only, .unmatched = &unmatched};
            const enum status status = importer->run(catalogue, &input, NULL, NULL, &report, &error);
            REQUIRE(status == STATUS_OK || status == STATUS_BAD_DATA);
            REQUIRE(!match_only || report.new_tracks == 0);
            fuzz_accepted |= status == STATUS_OK;
            unmatched_free(&unmatched);
        }
    }
    check_catalogue(catalogue);
}

#endif
