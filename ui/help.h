#ifndef SLEEVE_UI_HELP_H
#define SLEEVE_UI_HELP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/own_keys.h"
#include "ui/view_list.h"

/* The help. What a view's keys do is written by hand (help_text.c), and a test compares it with the key
 * tables; keys that it does not name, all keys of all views, and the commands follow from the tables. */

/* Some keys and what they do. */
struct help_row {
    const char *keys; /* names as key_name gives them, with blanks between; "alt+1..0" is a range; "": no key */
    const char *text;
    const char *runs; /* for the test: the keys' commands, with commas between; with fewer commands than keys they
                       * repeat; "map artist *": with any argument. NULL: `keys` is a word that the text explains */
};
enum { HELP_ROWS_MAX = 20 };
struct help_section {
    const char *title;
    struct help_row rows[HELP_ROWS_MAX]; /* up to one without a text */
};
/* NULL-terminated; NULL: nothing was written for this view. */
const struct help_section *const *help_sections(enum view view);

/* Gives the keys of a row one after another; *at starts with 0. False past the last. */
bool help_row_key(const struct help_row *row, size_t *at, int32_t *key, bool *alt);

struct help_line {
    bool heading, word;
    char left[96];    /* keys, or a command and its arguments, or a word that is explained */
    char command[48]; /* the command that the keys run */
    char right[128];  /* what it does */
    char runs[48];    /* the command that Enter puts into the command line; "": none */
};
struct help_lines {
    struct help_line *items;
    size_t count, capacity;
};
/* Fills `lines` ({0}): the keys of a view, the person's `own` (or NULL) first, or with `all` those of all views and the
 * commands. With a query that is not "" the lines of both that contain its words. False when memory ran out; then there
 * are fewer lines. */
bool help_write(enum view view, const struct own_keys *own, bool all, const char *query, struct help_lines *lines);
/* The keys of a command: those after g with it, those of one view with its name. */
void help_keys_of(const char *command, char *text, size_t size);
void help_lines_free(struct help_lines *lines);
/* Arranges the lines for columns of `rows` lines: a section is not divided if it fits in a column, none ends with a
 * heading or begins with a blank line. */
bool help_fit(struct help_lines *lines, size_t rows);

#endif
