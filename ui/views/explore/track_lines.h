#ifndef SLEEVE_UI_VIEWS_TRACK_LINES_H
#define SLEEVE_UI_VIEWS_TRACK_LINES_H

#include "ui/screen.h"
#include "ui/tracks.h"

/* A track in a list: one line, or two with artist and album in the second. */
struct track_line {
    int row, column, right; /* right: the column after the last */
    int height;             /* 1 or 2 lines */
    bool selected, marked;
    bool present;   /* it is in the playlist */
    bool predicted; /* for the model it has a predicted vector */
    bool cover_shown;
    int number_columns; /* 0: the number is not shown */
    size_t number;
    const char *query; /* what matches these words is highlighted; "": nothing */
};

void track_line_draw(const struct track_line *line, const struct track *track, struct screen *screen);

#endif
