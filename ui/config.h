#ifndef SLEEVE_UI_CONFIG_H
#define SLEEVE_UI_CONFIG_H

#include "core/buffer.h"
#include "ui/own_keys.h"
#include "ui/settings.h"

/* A person's file of settings, sleeve/config in the XDG folder of configurations. One setting or key a line:
 *
 *     # comment
 *     NAME VALUE          (also: set NAME VALUE, NAME = VALUE)
 *     map [VIEW] KEY COMMAND
 *     unmap [VIEW] KEY
 *
 * Of several lines for the same setting or key, the last one counts. A line that is wrong is left out and reported: it
 * never prevents the start. */

enum { CONFIG_PROBLEMS_MAX = 20, CONFIG_LINES_MAX = 5000, CONFIG_LINE_SIZE = 4096 };

struct config {
    struct explorer_settings settings;
    struct own_keys keys;
    struct buffer path; /* of the file; empty: there is no folder for it */
    bool exists;
    char *problems[CONFIG_PROBLEMS_MAX]; /* "config:3: theme cannot be ..." */
    size_t n_problems;                   /* of all: only the first ones have a text */
};

/* Reads the file at `path`, or with NULL the person's own. Never fails: what cannot be read is a problem. */
void config_read(const char *path, struct config *config);
void config_free(struct config *config);
/* Adds a problem that was found later, such as a model that the catalogue does not have. */
void config_add_problem(struct config *config, const char *text);
/* Takes one line; exposed for tests. */
enum status config_take_line(struct config *config, const char *line, struct error *error);

#endif
