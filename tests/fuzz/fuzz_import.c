#include "fuzz_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int descriptor = -1;
static char path[64];

struct catalogue *fuzz_catalogue(void)
{
    struct catalogue *catalogue;
    struct error error;
    if (catalogue_open(":memory:", CATALOGUE_CREATE, &catalogue, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return catalogue;
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
    descriptor = memfd_create("input", 0);
    if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return path;
}

void fuzz_check(struct catalogue *catalogue)
{
    struct error error;
    if (catalogue_check(catalogue, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    catalogue_close(catalogue);
    close(descriptor);
}
