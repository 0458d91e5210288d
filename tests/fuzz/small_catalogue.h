#ifndef SLEEVE_TESTS_FUZZ_SMALL_CATALOGUE_H
#define SLEEVE_TESTS_FUZZ_SMALL_CATALOGUE_H

#include "db/import/import.h"
#include "fuzz.h"

/* An empty catalogue: one connection for all inputs, emptied between them. */
struct catalogue *empty_catalogue(void);
/* Aborts if the catalogue is not valid or a transaction is still open. */
void check_catalogue(struct catalogue *catalogue);

/* A small catalogue in fuzz_folder() that is the same in every run, to create files beside it. Created at the first
 * call. */
enum { FUZZ_TRACKS = 30, FUZZ_ALBUMS = 10, FUZZ_PLAYLISTS = 8, FUZZ_ENTRIES = 23 };
struct catalogue *small_catalogue(void);
/* Writes a file of its sidecar folder, for example "models/m.safetensors". */
void sidecar_write(struct catalogue *catalogue, const char *relative, const void *data, size_t size);

#endif
