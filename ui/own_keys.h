#ifndef SLEEVE_UI_OWN_KEYS_H
#define SLEEVE_UI_OWN_KEYS_H

#include "ui/key_set.h"
#include "ui/view_list.h"

/* A person's own keys, which come before those of the program (ui/bindings.h). They apply in tabs, or in one view, but
 * not while a line is typed. */

enum { OWN_COMMAND_SIZE = 256, OWN_KEYS_MAX = 500 };

struct own_key {
    enum view view; /* VIEW_NONE: every tab */
    int32_t prefix; /* the key before it; KEY_NONE_: none */
    int32_t key;
    bool alt;
    bool begins;                    /* made for a prefix: the next key belongs to it */
    char command[OWN_COMMAND_SIZE]; /* "": the key does nothing */
    struct binding binding;         /* of the command */
    char hint[OWN_COMMAND_SIZE + 40];
};

struct own_keys {
    struct own_key **items;
    size_t count;
};

void own_keys_free(struct own_keys *keys);
bool own_keys_copy(const struct own_keys *from, struct own_keys *keys);
/* Adds a copy of a key. False when memory ran out. */
bool own_keys_add(struct own_keys *keys, const struct own_key *key);
/* The person's key in this view, after this prefix; NULL: there is none. */
const struct own_key *own_keys_find(const struct own_keys *keys, enum view view, int32_t prefix, int32_t key, bool alt);
/* "ctrl+x", "g x", for the help; `text` holds 80 bytes. */
void own_key_name(const struct own_key *key, char text[80]);

#endif
