#include "ui/key_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/event.h"
#include "ui/line.h"

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
        char *end;
        const long number = strtol(name + 1, &end, 10);
        if (*end || number > 12)
            return false;
        *key = KEYS_F1 + (int)number - 1;
        return true;
    }
    *key = character(name);
    return *key > 0;
}
