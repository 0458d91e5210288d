#ifndef SLEEVE_APP_FAILURE_FILE_H
#define SLEEVE_APP_FAILURE_FILE_H

#include "app/failures.h"
#include "core/json.h"

/* Evaluated playlists as a file: one row or object each, with all fields (app/failure_fields.h), as fractions. */

enum failure_format { FAILURES_CSV, FAILURES_JSONL, FAILURE_FORMATS };
/* By the end of the name: .csv or .jsonl; FAILURE_FORMATS: it has neither. */
enum failure_format failure_format_of(const char *path);

/* Appends the playlists [count] of a list. A number that is not known is an empty field, or null. */
void failure_file_text(const struct failure_list *list, const struct failure *items, size_t count,
                       enum failure_format format, struct buffer *out);
/* One playlist as the members of an open JSON object. */
void failure_json(const struct failure_list *list, const struct failure *failure, struct json_writer *json);
/* Writes the file completely or not at all; "~/" at its start is the home folder. Without `overwrite` a file that
 * exists is STATUS_USAGE, and so is another ending. */
enum status failure_file_write(const struct failure_list *list, const struct failure *items, size_t count,
                               const char *path, bool overwrite, struct error *error);

#endif
