#ifndef SLEEVE_UI_EXPLORER_H
#define SLEEVE_UI_EXPLORER_H

#include "app/app.h"
#include "ui/terminal/terminal.h"

struct explorer_options {
    struct terminal_options terminal;
    const char *script; /* commands to run without a terminal, one a line; "-" is standard input */
    const char *dump;   /* file for the screen after the script ("-": stdout) */
    int rows, columns;  /* of the script's screen */
    const char *model;  /* NULL: of the session, else the first there is */
};

/* Runs the explorer until the person leaves. With a script: no terminal; every line is a command as typed after ':'; a
 * failing command ends it with that error. *abandoned: something that takes long is still at work, so that the process
 * can only end, by _exit; then nothing of the app may be closed. */
enum status explorer_run(struct app *app, const struct explorer_options *options, bool *abandoned, struct error *error);

#endif
