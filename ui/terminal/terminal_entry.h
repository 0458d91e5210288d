#ifndef SLEEVE_UI_TERMINAL_TERMINAL_ENTRY_H
#define SLEEVE_UI_TERMINAL_TERMINAL_ENTRY_H

#include "core/buffer.h"
#include "core/status.h"

/* The terminfo entry that curses draws with. It is made from the entry of $TERM and differs in three ways. Colours are
 * direct, also where the machine has no "-direct" entry: 0 to 255 are the terminal's numbered colours, 256 is its
 * default colour, others are 0xRRGGBB. It leaves out what would damage pictures or depends on the terminal's defects:
 * clearing parts of lines, repeating characters, scrolling, inserting and deleting. And every sequence is without
 * padding.
 */
enum { ENTRY_COLOUR_DEFAULT = 256 };

struct terminal_entry {
    char name[64];        /* of the entry that it was made from */
    bool stand_in;        /* $TERM is not known on this machine, but its family is */
    int colours;          /* 0, 8, 16, 256 or 16777216 */
    struct buffer binary; /* the compiled entry, as in term(5) */
    struct buffer leave;  /* shows the cursor and wraps lines again */
};

/* Reads the entry of this terminal type, or of its family if this machine does not have it. NULL is an error. */
enum status terminal_entry_make(const char *type, struct terminal_entry *entry, struct error *error);
void terminal_entry_free(struct terminal_entry *entry);

#endif
