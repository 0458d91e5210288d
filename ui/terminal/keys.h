#ifndef SLEEVE_UI_TERMINAL_KEYS_H
#define SLEEVE_UI_TERMINAL_KEYS_H

#include <stdint.h>

/* Which key sends a sequence, by curses: terminfo says it for this terminal, and some sequences are added that it does
 * not list. Asks curses' present screen (text_screen_open). */
void keys_define(void);
/* KEYS_UP, ... of ui/event.h; KEY_NONE_ if no key sends this. */
int32_t keys_find(const char *sequence);

#endif
