#ifndef SLEEVE_UI_OWN_KEYS_READ_H
#define SLEEVE_UI_OWN_KEYS_READ_H

#include "core/status.h"
#include "ui/own_keys.h"

/* Adds a line of the file of settings, without its first word: "[VIEW] KEY COMMAND" of `map`, "[VIEW] KEY" of `unmap`.
 * KEY is a name as key_name gives it, or two characters that are pressed one after the other, such as gx or ,p. A later
 * line replaces an earlier one for the same key. */
enum status own_keys_map(struct own_keys *keys, const char *line, struct error *error);
enum status own_keys_unmap(struct own_keys *keys, const char *line, struct error *error);

#endif
