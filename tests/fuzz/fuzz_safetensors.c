/* Any bytes are refused with a sentence or give tensors that lie one behind the other and are all of the file's data.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/safetensors.h"

static void require(int condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct safetensors *file;
    struct error error = {0};
    if (safetensors_parse(data, size, "fuzz", &file, &error) != STATUS_OK) {
        require(!file && strncmp(error.text, "fuzz: ", 6) == 0);
        return 0;
    }
    uint64_t header = 0, total = 0;
    for (int i = 7; i >= 0; i--)
        header = header << 8 | data[i];
    const uint8_t *at = NULL;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct tensor_view *view = safetensors_at(file, i);
        const uint8_t *bytes = view->bytes;
        require(view->rank >= 0 && view->rank <= SAFETENSORS_RANK_MAX);
        require(!at || bytes == at);
        at = bytes + view->size;
        require(memcmp(bytes, data + 8 + header + total, view->size) == 0);
        total += view->size;
        require(safetensors_find(file, view->name) == view);
        const float *values;
        if (safetensors_floats(file, view->name, view->rank, view->shape, &values, NULL, &error) == STATUS_OK &&
            view->size > 0) {
            volatile float last = values[view->size / sizeof *values - 1];
            (void)last;
        }
    }
    require(8 + header + total == size);
    safetensors_metadata(file, "format");
    safetensors_close(file);
    return 0;
}
