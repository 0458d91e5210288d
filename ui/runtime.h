#ifndef SLEEVE_UI_RUNTIME_H
#define SLEEVE_UI_RUNTIME_H

#include "ui/config.h"
#include "ui/effects.h"
#include "ui/event.h"
#include "ui/screen.h"
#include "ui/state.h"

/* State, workers and effects together: what the explorer on a terminal and the one that runs a script share. */
struct runtime {
    struct state state;
    struct app *app;
    bool abandoned; /* set by runtime_stop: workers are still running, so nothing may be freed */
    struct workers *workers;
    struct effects *effects;
    struct effect_list requested;
    struct screen screen;
    struct display display; /* without `write`, effects on the screen are dropped */
    struct log_catcher *log;
    double ahead; /* seconds by which a script's clock is ahead of the real one, so that it does not wait for what is
                   * due later */
};

/* Takes over the person's settings and keys, and shows what is wrong with them. `config` NULL: nothing. */
enum status runtime_configure(struct runtime *runtime, const struct config *config, struct error *error);
/* `model` NULL: the model of the session, otherwise the first one. */
enum status runtime_start(struct app *app, const char *model, int rows, int columns, struct runtime *runtime,
                          struct error *error);
/* Stops the workers and saves what is unsaved, in less than a second. Frees nothing: pictures may still be in use. */
enum status runtime_stop(struct runtime *runtime, struct error *error);
void runtime_free(struct runtime *runtime);

/* Both start the effects that are requested. A failure is shown in the message line, too. */
enum status runtime_event(struct runtime *runtime, const struct event *event, struct error *error);
enum status runtime_command(struct runtime *runtime, const char *line, struct error *error);
/* Takes the results of workers and runs what is due. Returns how many jobs have finished. */
int runtime_collect(struct runtime *runtime);
/* Draws the state into runtime->screen and sets its size. */
enum status runtime_draw(struct runtime *runtime, struct error *error);
struct pictures;
/* Draws the state and writes a picture of it (shot/shot_file.h), and says so in the message line. */
enum status runtime_shot(struct runtime *runtime, struct pictures *pictures, const char *path, bool overwrite,
                         struct error *error);
enum status runtime_write_screen(const struct screen *screen, const char *path, bool images_only, struct error *error);

#endif
