#include "ui/bindings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* In the order in which the last line names them. */
static const struct binding table[] = {
    {CONTEXT_FAILURES, KEYS_ENTER, false, "open", "open"},
    {CONTEXT_FAILURES, 'J', false, "failures next", "J/K playlist"},
    {CONTEXT_FAILURES, 'K', false, "failures previous", NULL},
    {CONTEXT_EXPLORE, KEYS_ENTER, false, "add", "add"},
    {CONTEXT_EXPLORE, 'x', false, "remove", "remove"},
    {CONTEXT_EXPLORE, KEYS_DELETE, false, "remove", NULL},
    {CONTEXT_EXPLORE, 'K', false, "move up", "J/K move"},
    {CONTEXT_EXPLORE, 'J', false, "move down", NULL},
    {CONTEXT_LISTS, 'n', false, "page next", "n/p page"},
    {CONTEXT_LISTS, 'p', false, "page previous", NULL},
    {CONTEXT_LISTS, KEYS_PAGE_DOWN, false, "page next", NULL},
    {CONTEXT_LISTS, KEYS_PAGE_UP, false, "page previous", NULL},
    {CONTEXT_LISTS, KEYS_RIGHT, false, "page next", NULL},
    {CONTEXT_LISTS, KEYS_LEFT, false, "page previous", NULL},
    {CONTEXT_LISTS, 'l', false, "page next", NULL},
    {CONTEXT_LISTS, 'h', false, "page previous", NULL},
    {CONTEXT_LISTS, 'm', false, "model next", "model"},
    {CONTEXT_FAILURES, 'f', false, "failures hit next", "f/F hit"},
    {CONTEXT_FAILURES, 'F', false, "failures hit previous", NULL},
    {CONTEXT_FAILURES, 'b', false, "failures against next", "against"},
    {CONTEXT_FAILURES, 's', false, "failures sort next", "sort"},
    {CONTEXT_FAILURES, 'x', false, "failures missed", "missed"},
    {CONTEXT_FAILURES, '+', false, "failures seeds more", "+/- seeds"},
    {CONTEXT_FAILURES, '-', false, "failures seeds fewer", NULL},
    {CONTEXT_FAILURES, 'a', false, "failures seeds all", NULL},
    {CONTEXT_FAILURES, KEYS_ESCAPE, false, "explore", NULL},
    {CONTEXT_MAP, KEYS_ENTER, false, "map add", "add"},
    {CONTEXT_MAP, KEYS_LEFT, false, "map move left", "hjkl move"},
    {CONTEXT_MAP, KEYS_RIGHT, false, "map move right", NULL},
    {CONTEXT_MAP, KEYS_UP, false, "map move up", NULL},
    {CONTEXT_MAP, KEYS_DOWN, false, "map move down", NULL},
    {CONTEXT_MAP, 'h', false, "map move left", NULL},
    {CONTEXT_MAP, 'l', false, "map move right", NULL},
    {CONTEXT_MAP, 'k', false, "map move up", NULL},
    {CONTEXT_MAP, 'j', false, "map move down", NULL},
    {CONTEXT_MAP, 'a', false, "map artist next", "artist"},
    {CONTEXT_MAP, 'A', false, "map artist previous", NULL},
    {CONTEXT_MAP, '1', true, "map artist 1", NULL},
    {CONTEXT_MAP, '2', true, "map artist 2", NULL},
    {CONTEXT_MAP, '3', true, "map artist 3", NULL},
    {CONTEXT_MAP, '4', true, "map artist 4", NULL},
    {CONTEXT_MAP, '5', true, "map artist 5", NULL},
    {CONTEXT_MAP, '6', true, "map artist 6", NULL},
    {CONTEXT_MAP, '7', true, "map artist 7", NULL},
    {CONTEXT_MAP, '8', true, "map artist 8", NULL},
    {CONTEXT_MAP, '9', true, "map artist 9", NULL},
    {CONTEXT_MAP, '0', true, "map artist 10", NULL},
    {CONTEXT_MAP, 'e', false, "map set next", "embedding"},
    {CONTEXT_MAP, ' ', false, "map toggle", "space hold"},
    {CONTEXT_MAP, 't', false, "map marks", NULL},
    {CONTEXT_MAP, 'w', false, "command map write map.png", "write"},
    {CONTEXT_MAP, KEYS_ESCAPE, false, "explore", NULL},
    {CONTEXT_VIEWS, '/', false, "search", "search"},
    {CONTEXT_LISTS, KEYS_TAB, false, "pane next", "pane"},
    {CONTEXT_LISTS, KEYS_BACK_TAB, false, "pane previous", NULL},
    {CONTEXT_LISTS, KEYS_DOWN, false, "select next", NULL},
    {CONTEXT_LISTS, KEYS_UP, false, "select previous", NULL},
    {CONTEXT_LISTS, 'j', false, "select next", NULL},
    {CONTEXT_LISTS, 'k', false, "select previous", NULL},
    {CONTEXT_LISTS, 'g', false, "select first", NULL},
    {CONTEXT_LISTS, 'G', false, "select last", NULL},
    {CONTEXT_LISTS, KEYS_HOME, false, "select first", NULL},
    {CONTEXT_LISTS, KEYS_END, false, "select last", NULL},
    {CONTEXT_BUILD, 'u', false, "undo", NULL},
    {CONTEXT_BUILD, 'U', false, "redo", NULL},
    {CONTEXT_BUILD, KEY_CONTROL('r'), false, "redo", NULL},
    {CONTEXT_BUILD, 'r', false, "command rename", NULL},
    {CONTEXT_BUILD, 's', false, "playlist save", NULL},
    {CONTEXT_BUILD, 'o', false, "playlist load", NULL},
    {CONTEXT_BUILD, 'N', false, "playlist new", NULL},
    {CONTEXT_EXPLORE, KEYS_ESCAPE, false, "close", NULL},
    {CONTEXT_EXPLORE, 'D', false, "playlist dedupe", NULL},
    {CONTEXT_EXPLORE, 'C', false, "playlist clear", NULL},
    {CONTEXT_VIEWS, ':', false, "command", "command"},
    {CONTEXT_VIEWS, '?', false, "help", "help"},
    {CONTEXT_VIEWS, '1', false, "explore", NULL},
    {CONTEXT_VIEWS, '2', false, "map", NULL},
    {CONTEXT_VIEWS, '3', false, "failures", NULL},
    {CONTEXT_VIEWS, 'M', false, "messages", NULL},
    {CONTEXT_VIEWS, 'q', false, "quit", NULL},
    {CONTEXT_PLAYLISTS, KEYS_ENTER, false, "playlist load", "open"},
    {CONTEXT_POPUPS, 'j', false, "select next", "j/k move"},
    {CONTEXT_POPUPS, 'k', false, "select previous", NULL},
    {CONTEXT_POPUPS, KEYS_DOWN, false, "select next", NULL},
    {CONTEXT_POPUPS, KEYS_UP, false, "select previous", NULL},
    {CONTEXT_POPUPS, ' ', false, "page next", "space page"},
    {CONTEXT_POPUPS, 'n', false, "page next", NULL},
    {CONTEXT_POPUPS, 'p', false, "page previous", NULL},
    {CONTEXT_POPUPS, KEYS_PAGE_DOWN, false, "page next", NULL},
    {CONTEXT_POPUPS, KEYS_PAGE_UP, false, "page previous", NULL},
    {CONTEXT_POPUPS, 'g', false, "select first", NULL},
    {CONTEXT_POPUPS, 'G', false, "select last", NULL},
    {CONTEXT_POPUPS, KEYS_HOME, false, "select first", NULL},
    {CONTEXT_POPUPS, KEYS_END, false, "select last", NULL},
    {CONTEXT_POPUPS, KEYS_ESCAPE, false, "close", "close"},
    {CONTEXT_POPUPS, 'q', false, "close", NULL},
    {CONTEXT_TEXT, KEYS_ENTER, false, "close", NULL},
    {CONTEXT_POPUPS, '?', false, "close", NULL},
    {CONTEXT_POPUPS, ':', false, "command", NULL},
    {CONTEXT_SEARCH, KEYS_ENTER, false, "input accept", "add"},
    {CONTEXT_SEARCH, KEYS_UP, false, "select previous", "↑/↓ choose"},
    {CONTEXT_SEARCH, KEYS_DOWN, false, "select next", NULL},
    {CONTEXT_SEARCH, KEYS_TAB, false, "pane next", "pane"},
    {CONTEXT_COMMAND, KEYS_ENTER, false, "input accept", "run"},
    {CONTEXT_COMMAND, KEYS_UP, false, "input older", "↑/↓ history"},
    {CONTEXT_COMMAND, KEYS_DOWN, false, "input newer", NULL},
    {CONTEXT_TYPING, KEYS_LEFT, false, "input left", NULL},
    {CONTEXT_TYPING, KEYS_RIGHT, false, "input right", NULL},
    {CONTEXT_TYPING, KEYS_HOME, false, "input home", NULL},
    {CONTEXT_TYPING, KEYS_END, false, "input end", NULL},
    {CONTEXT_TYPING, KEY_CONTROL('a'), false, "input home", NULL},
    {CONTEXT_TYPING, KEY_CONTROL('e'), false, "input end", NULL},
    {CONTEXT_TYPING, KEYS_BACKSPACE, false, "input backspace", NULL},
    {CONTEXT_TYPING, KEY_CONTROL('h'), false, "input backspace", NULL},
    {CONTEXT_TYPING, KEYS_DELETE, false, "input delete", NULL},
    {CONTEXT_TYPING, KEY_CONTROL('w'), false, "input word", NULL},
    {CONTEXT_TYPING, KEY_CONTROL('u'), false, "input clear", "ctrl+u clear"},
    {CONTEXT_TYPING, KEYS_ESCAPE, false, "input cancel", "leave"},
    {CONTEXT_ALL, KEY_CONTROL('l'), false, "redraw", NULL},
    {CONTEXT_ALL, KEY_CONTROL('z'), false, "suspend", NULL},
    {CONTEXT_ALL, KEY_CONTROL('c'), false, "close", NULL},
};

const struct binding *binding_table(size_t *count)
{
    *count = sizeof table / sizeof table[0];
    return table;
}

enum binding_context binding_context(const struct state *state)
{
    if (state->input == INPUT_COMMAND)
        return CONTEXT_COMMAND;
    if (state->overlay == OVERLAY_PLAYLISTS)
        return CONTEXT_PLAYLISTS;
    if (state->overlay != OVERLAY_NONE)
        return CONTEXT_TEXT;
    if (state->input == INPUT_SEARCH)
        return CONTEXT_SEARCH;
    return state->view == VIEW_MAP ? CONTEXT_MAP : state->view == VIEW_FAILURES ? CONTEXT_FAILURES : CONTEXT_EXPLORE;
}

const struct binding *binding_find(enum binding_context context, int32_t key, bool alt)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if ((table[i].contexts & (int)context) && table[i].key == key && table[i].alt == alt)
            return &table[i];
    return NULL;
}

static const struct {
    const char *name;
    int32_t key;
} names[] = {
    {"enter", KEYS_ENTER},
    {"escape", KEYS_ESCAPE},
    {"tab", KEYS_TAB},
    {"shift+tab", KEYS_BACK_TAB},
    {"backspace", KEYS_BACKSPACE},
    {"space", ' '},
    {"up", KEYS_UP},
    {"down", KEYS_DOWN},
    {"left", KEYS_LEFT},
    {"right", KEYS_RIGHT},
    {"home", KEYS_HOME},
    {"end", KEYS_END},
    {"page-up", KEYS_PAGE_UP},
    {"page-down", KEYS_PAGE_DOWN},
    {"insert", KEYS_INSERT},
    {"delete", KEYS_DELETE},
};

static void utf8(int32_t key, char text[32])
{
    struct line line = {0};
    line_insert_character(&line, key);
    snprintf(text, 32, "%.8s", line.text);
}

void key_name(int32_t key, bool alt, char text[32])
{
    char plain[32];
    plain[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].key == key)
            snprintf(plain, sizeof plain, "%s", names[i].name);
    if (plain[0] == '\0' && key >= KEYS_F1 && key <= KEYS_F12)
        snprintf(plain, sizeof plain, "f%d", key - KEYS_F1 + 1);
    else if (plain[0] == '\0' && key > 0 && key < 27)
        snprintf(plain, sizeof plain, "ctrl+%c", (char)(key + 'a' - 1));
    else if (plain[0] == '\0')
        utf8(key, plain);
    snprintf(text, 32, "%s%.20s", alt ? "alt+" : "", plain);
}

static int32_t character(const char *text)
{
    const unsigned char *b = (const unsigned char *)text;
    size_t size = text_character_size(text, strlen(text));
    if (size == 0 || text[size] != '\0')
        return 0;
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    int32_t key = b[0] & first[size];
    for (size_t i = 1; i < size; i++)
        key = key << 6 | (b[i] & 0x3f);
    return key;
}

bool key_parse(const char *name, int32_t *key, bool *alt)
{
    *alt = strncmp(name, "alt+", 4) == 0;
    if (*alt)
        name += 4;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, name) == 0) {
            *key = names[i].key;
            return true;
        }
    if (strncmp(name, "ctrl+", 5) == 0 && name[5] >= 'a' && name[5] <= 'z' && name[6] == '\0') {
        *key = KEY_CONTROL(name[5]);
        return true;
    }
    if (name[0] == 'f' && name[1] >= '1' && name[1] <= '9') {
        int number = atoi(name + 1);
        *key = KEYS_F1 + number - 1;
        return number <= 12;
    }
    *key = character(name);
    return *key > 0;
}
