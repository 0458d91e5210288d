#ifndef SLEEVE_TESTS_FUZZ_FUZZ_H
#define SLEEVE_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target sets this when it accepts an input. The runner fails if no file of the corpus is accepted: then the corpus
 * has an older format, and its mutations fail at the first check. */
extern bool fuzz_accepted;

/* For targets of binary formats: writes valid inputs to the folder. `TARGET --seeds FOLDER` calls it after a change of
 * the format. */
void fuzz_seeds(const char *folder) __attribute__((weak));

/* Aborts if a property that the target checks does not hold. */
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                              \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The path of an in-memory file with these bytes, valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* A folder for this run in $TMPDIR, otherwise in /dev/shm if it exists; removed at the end. */
const char *fuzz_folder(void);
void fuzz_write(const char *path, const void *data, size_t size);
/* Copies a file to FOLDER/NAME. */
void fuzz_copy(const char *path, const char *target_folder, const char *name);

#endif
