#ifndef SLEEVE_TESTS_FUZZ_IMPORT_H
#define SLEEVE_TESTS_FUZZ_IMPORT_H

#include <stdint.h>

#include "db/import/import.h"

/* A catalogue in memory, for one input. */
struct catalogue *fuzz_catalogue(void);
/* A file that lives in memory, with these bytes. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* Stops the program when the catalogue is not valid, and closes it and the file. */
void fuzz_check(struct catalogue *catalogue);

#endif
