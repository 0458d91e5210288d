#include "fuzz.h"
#include "map/npy.h"

/* Accepted matrices are unchanged after writing and reading them again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct npy_matrix matrix, again;
    struct error error = {0};
    if (npy_parse(data, size, "input", &matrix, &error) != STATUS_OK)
        return 0;
    struct buffer out = {0};
    if (npy_write(matrix.rows, matrix.columns, matrix.values, &out, &error) != STATUS_OK ||
        npy_parse(out.data, out.size, "output", &again, &error) != STATUS_OK || again.rows != matrix.rows ||
        again.columns != matrix.columns)
        abort();
    fuzz_accepted = true;
    npy_free(&again);
    npy_free(&matrix);
    buffer_free(&out);
    return 0;
}
