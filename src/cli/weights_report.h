#ifndef SLEEVE_CLI_WEIGHTS_REPORT_H
#define SLEEVE_CLI_WEIGHTS_REPORT_H

#include "app/weights_check.h"
#include "core/json.h"

/* What `doctor --weights` found, as text and as a JSON object. `check` may be incomplete if the check failed. */
void weights_report(const char *path, const struct weights_check *check, struct buffer *out);
void weights_write(const char *path, const struct weights_check *check, struct json_writer *json);

#endif
