#ifndef SLEEVE_UI_SCRIPT_H
#define SLEEVE_UI_SCRIPT_H

#include "app/app.h"

/* The explorer without a terminal: commands from a file, each finished before the next. */
struct script_options {
    const char *path;  /* commands as typed after ':', one a line; "-" is standard input */
    const char *dump;  /* file for the screen after the script ("-": stdout); NULL: none */
    int rows, columns; /* of the screen; 0: 24 and 80 */
    const char *model; /* NULL: of the session, else the first there is */
};

/* A failing command ends it with that error. *abandoned: as explorer_run says. */
enum status script_run(struct app *app, const struct script_options *options, bool *abandoned, struct error *error);

#endif
