#ifndef SLEEVE_UI_HELP_H
#define SLEEVE_UI_HELP_H

#include <stdbool.h>

/* The help text, line by line, made from the tables of keys and commands. */
struct help_line {
    bool heading;
    char left[96];    /* keys, or a command and its arguments */
    char command[48]; /* the command that the keys run */
    char right[128];  /* what it does */
};

int help_count(void);
/* False past the end. */
bool help_line(int index, struct help_line *line);

#endif
