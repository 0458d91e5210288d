#ifndef SLEEVE_APP_PLAY_H
#define SLEEVE_APP_PLAY_H

#include "app/app.h"

/* Playing a track with the person's own player. */

/* The words of a command line: separated by blanks, which count inside "..." and '...'; a backslash before a quote, a
 * blank or a backslash makes it an ordinary character. {file} and {uri} in a word are replaced; without both, the file
 * follows as the last word, or the URI of a track without a file. No shell is used. `file` and `uri` are NULL where
 * there is none. *words: malloc'ed, NULL-terminated, freed by play_words_free. STATUS_USAGE: the line has no word, a
 * quote is not closed, or it has a placeholder for what the track does not have. */
enum status play_words(const char *command, const char *file, const char *uri, char ***words, struct error *error);
void play_words_free(char **words);

/* Starts the player in a session of its own, without input and output, and does not wait for it. */
enum status app_play(struct app *app, int64_t track, const char *command, struct error *error);

#endif
