#ifndef SLEEVE_APP_SUBMISSION_H
#define SLEEVE_APP_SUBMISSION_H

#include "app/export_lists.h"

/* The rules for submissions to the RecSys Challenge 2018 (its verify_submission.py): comments and blank lines are
 * ignored; the first line is team_info, with the track main or creative, the team and an address; then a line for each
 * playlist: pid and exactly 500 distinct URIs of tracks, none of which the playlist shows. */

/* Checks a file against the playlists. STATUS_BAD_DATA with the first line that breaks a rule. */
enum status submission_check(const char *text, size_t size, const struct list_query *queries, size_t n,
                             struct error *error);
/* "spotify:track:" and 22 letters and digits. */
bool submission_is_uri(const char *text, size_t size);

#endif
