#ifndef SLEEVE_CLI_DOCTOR_REPORT_H
#define SLEEVE_CLI_DOCTOR_REPORT_H

#include "app/doctor.h"

/* What `doctor` found, as text: rounded figures, what is missing and how to get it. `path` is the catalogue's, NULL
 * if it has none. */
struct config;
void doctor_report(const char *path, const struct config *config, const struct doctor_result *result,
                   struct buffer *out);

#endif
