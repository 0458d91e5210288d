/* Any bytes are refused with a message, or give contiguous tensors that cover all of the file's data. */
#include <string.h>

#include "core/safetensors.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct safetensors *file;
    struct error error = {0};
    if (safetensors_parse(data, size, "fuzz", &file, &error) != STATUS_OK) {
        REQUIRE(!file && strncmp(error.text, "fuzz: ", 6) == 0);
        return 0;
    }
    uint64_t header = 0, total = 0;
    for (int i = 7; i >= 0; i--)
        header = header << 8 | data[i];
    const uint8_t *at = NULL;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct tensor_view *view = safetensors_at(file, i);
        const uint8_t *bytes = view->bytes;
        REQUIRE(view->rank >= 0 && view->rank <= SAFETENSORS_RANK_MAX);
        REQUIRE(!at || bytes == at);
        at = bytes + view->size;
        REQUIRE(memcmp(bytes, data + 8 + header + total, view->size) == 0);
        total += view->size;
        REQUIRE(safetensors_find(file, view->name) == view);
        const float *values;
        if (safetensors_floats(file, view->name, view->rank, view->shape, &values, NULL, &error) == STATUS_OK &&
            view->size > 0) {
            volatile float last = values[view->size / sizeof *values - 1];
            (void)last;
        }
    }
    REQUIRE(8 + header + total == size);
    safetensors_metadata(file, "format");
    fuzz_accepted = true;
    safetensors_close(file);
    return 0;
}
