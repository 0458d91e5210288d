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
struct room {
    char folder[TEST_FOLDER_MAX];
    char db[96];
    char file[96];
    struct catalogue *catalogue;
    struct import_report report;
    struct error error;
};

/* setup_room creates a new catalogue; teardown_room closes it and removes the folder. */
int setup_room(void **state);
int teardown_room(void **state);
/* Writes `size` bytes to FOLDER/NAME and sets room->file to its path. */
void room_write(struct room *room, const char *name, const void *bytes, size_t size);
void room_reopen(struct room *room, enum catalogue_mode mode);
enum status room_import_csv(struct room *room, const char *name, const char *text);
enum status room_import_mpd(struct room *room, const char *name, const char *text);
/* Fails the test with the error message unless the status is STATUS_OK. */
void must(const struct room *room, enum status status);
void check_is_well(struct room *room);
struct catalogue_counts counts_of(struct room *room);
/* Appends a slice of `n` playlists from pid `first` on, with track numbers below `n_tracks`. */
void add_slice(struct buffer *out, int first, int n, int n_tracks);

#endif
