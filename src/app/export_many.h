#ifndef SLEEVE_APP_EXPORT_MANY_H
#define SLEEVE_APP_EXPORT_MANY_H

#include "app/export_work.h"

/* Writes every playlist, people's own first, as a file in the folder input->out: its name with the characters that
 * files have everywhere, and a number where that name is taken. A file that exists is replaced. */
enum status export_many(const struct export_work *work, struct error *error);

#endif
