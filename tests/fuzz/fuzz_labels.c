/* Labels of points are refused with a message, or there are as many as points, each with a name. */
#include "figure/labels.h"
#include "fuzz.h"

enum { POINTS = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct point_labels labels;
    struct error error = {0};
    if (point_labels_read(fuzz_file(data, size), POINTS, &labels, &error) == STATUS_OK) {
        fuzz_accepted = true;
        REQUIRE(labels.n_names >= 1 && labels.n_names <= SCATTER_LABELS_MAX);
        for (int i = 0; i < POINTS; i++)
            REQUIRE(labels.items[i] >= 0 && labels.items[i] < labels.n_names && labels.names[labels.items[i]]);
    } else {
        REQUIRE(error.text[0]);
    }
    point_labels_free(&labels);
    return 0;
}
