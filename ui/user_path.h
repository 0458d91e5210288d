#ifndef SLEEVE_UI_USER_PATH_H
#define SLEEVE_UI_USER_PATH_H

#include "core/buffer.h"

/* Appends a path as a person types it, with the home folder in the place of "~" at its start. */
void user_path(const char *typed, struct buffer *out);

#endif
