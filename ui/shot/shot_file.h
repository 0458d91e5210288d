#ifndef SLEEVE_UI_SHOT_FILE_H
#define SLEEVE_UI_SHOT_FILE_H

#include "ui/pictures.h"

/* Writes a picture of this screen, which the state was drawn into, to a file; its name says the format (shot.h). A file
 * that exists is replaced only with `overwrite`. Reads covers and
 * draws on the calling thread: a PNG of 120 x 36 cells takes about 0.25 s of processor time, and a map of covers that
 * were never shown takes seconds. */
enum status shot_save(const struct state *state, const struct screen *screen, struct pictures *pictures,
                      const char *path, bool overwrite, struct error *error);

#endif
