#ifndef SLEEVE_UI_EFFECTS_EXPORT_H
#define SLEEVE_UI_EFFECTS_EXPORT_H

#include "app/export_file.h"
#include "ui/effect.h"

/* Input of EFFECT_EXPORT, besides the tracks. The effect's text is the playlist's name. */
struct export_input {
    const struct exporter *exporter;
    char *file;
    bool overwrite;
};

#endif
