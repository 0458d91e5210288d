#ifndef SLEEVE_UI_EXPLORER_H
#define SLEEVE_UI_EXPLORER_H

#include "app/app.h"
#include "ui/config.h"
#include "ui/terminal/terminal.h"

struct explorer_options {
    struct terminal_options terminal;
    bool theme_chosen;           /* terminal.theme is not replaced by the session's */
    const char *model;           /* NULL: the model of the session, otherwise the first one */
    bool tour;                   /* begin with the tour */
    const char *script;          /* commands to be played (ui/play.h); NULL: none */
    bool play;                   /* the tour continues by itself */
    double speed;                /* of what is played; 2: twice as fast */
    bool present;                /* begin presenting */
    const struct config *config; /* the person's settings; NULL: none */
};

/* Runs the explorer on the terminal until the person quits. *abandoned: a computation could not be stopped and is still
 * running; then the process must end with _exit, and nothing of the app may be closed. */
enum status explorer_run(struct app *app, const struct explorer_options *options, bool *abandoned, struct error *error);

#endif
