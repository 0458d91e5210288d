#ifndef SLEEVE_UI_EFFECTS_EXPORT_H
#define SLEEVE_UI_EFFECTS_EXPORT_H

#include "app/export_app.h"
#include "app/export_file.h"
#include "ui/effect.h"
#include "ui/state.h"

/* Input of EFFECT_EXPORT, besides the tracks. The effect's text is the playlist's name. */
struct export_input {
    const struct exporter *exporter;
    char *file;
    bool overwrite;
    char model[NAME_SIZE], set[NAME_SIZE]; /* of exporters that are not of a playlist */
    char note[256];                        /* the first of the exporter's notes */
};

#endif
