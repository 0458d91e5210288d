#ifndef SLEEVE_UI_SCRIPT_H
#define SLEEVE_UI_SCRIPT_H

#include "app/app.h"
#include "ui/config.h"

/* The explorer without a terminal: runs commands from a file, each completed before the next starts. */
struct script_options {
    const char *path;  /* commands as typed after ':', one a line; "-" is standard input; NULL: none */
    const char *dump;  /* file for the screen after the script ("-": stdout; .png, .svg, .txt: a picture); NULL: none */
    const char *theme; /* NULL: that of the session */
    int rows, columns; /* the size of the screen; 0: 24 and 80 */
    const char *model; /* NULL: the model of the session, otherwise the first one */
    bool present;      /* begin presenting */
    const struct config *config; /* as for the explorer */
};

/* A command that fails ends the script with its error. *abandoned: as for explorer_run. */
enum status script_run(struct app *app, const struct script_options *options, bool *abandoned, struct error *error);

#endif
