#ifndef SLEEVE_TESTS_DB_SUPPORT_H
#define SLEEVE_TESTS_DB_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/catalogue.h"
#include "db/import/import.h"
#include "tests/folder.h"

/* A temporary folder with a catalogue, for one test. */
struct fixture {
    char folder[TEST_FOLDER_MAX];
    char db[96];
    char file[96];
    struct catalogue *catalogue;
    struct import_report report;
    struct error error;
};

/* setup_fixture creates a new catalogue; teardown_fixture closes it and removes the folder. */
int setup_fixture(void **state);
int teardown_fixture(void **state);
/* Writes `size` bytes to FOLDER/NAME and sets fixture->file to its path. */
void fixture_write(struct fixture *fixture, const char *name, const void *bytes, size_t size);
void fixture_reopen(struct fixture *fixture, enum catalogue_mode mode);
enum status fixture_import_csv(struct fixture *fixture, const char *name, const char *text);
enum status fixture_import_mpd(struct fixture *fixture, const char *name, const char *text);
/* Fails the test with the error message unless the status is STATUS_OK. */
void must(const struct fixture *fixture, enum status status);
void check_catalogue(struct fixture *fixture);
struct catalogue_counts counts_of(struct fixture *fixture);
/* Appends a slice of `n` playlists from pid `first` on, with track numbers below `n_tracks`. */
void add_slice(struct buffer *out, int first, int n, int n_tracks);

#endif
