#ifndef SLEEVE_APP_SESSION_TEXT_H
#define SLEEVE_APP_SESSION_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* The few members of an explorer's session (ui/session.h writes and reads it) that are needed when no explorer has it
 * open. */

/* The number of the saved playlist that was open; 0: it was not saved. */
int64_t session_text_playlist(const char *json);
/* Puts the number that the playlist got since into the text (malloc'ed); false when memory ran out. */
bool session_text_set_playlist(char **json, int64_t id);

#endif
