#ifndef SLEEVE_UI_KEY_NAME_H
#define SLEEVE_UI_KEY_NAME_H

#include <stdbool.h>
#include <stdint.h>

/* Names of keys: "ctrl+r", "enter", "J", "alt+3"; `text` holds 32 bytes. */
void key_name(int32_t key, bool alt, char text[32]);
bool key_parse(const char *name, int32_t *key, bool *alt);

#endif
