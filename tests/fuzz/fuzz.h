#ifndef SLEEVE_TESTS_FUZZ_FUZZ_H
#define SLEEVE_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target sets it when an input was accepted. The runner fails when no file of the corpus was: then the corpus is of
 * an older format, and its mutations no longer get past the first check. */
extern bool fuzz_accepted;

/* Targets of binary formats: writes inputs that are accepted to the folder. `TARGET --seeds FOLDER` calls it, for when
 * the format has changed. */
void fuzz_seeds(const char *folder) __attribute__((weak));

/* Stops the program where the property that the target checks does not hold. */
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                              \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The path of a file in memory with these bytes, until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* A folder of this run in $TMPDIR, else in memory where there is /dev/shm; removed at the end. */
const char *fuzz_folder(void);
void fuzz_write(const char *path, const void *data, size_t size);
/* Copies a file to FOLDER/NAME. */
void fuzz_copy(const char *path, const char *target_folder, const char *name);

#endif
