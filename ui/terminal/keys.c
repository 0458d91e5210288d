#include "ui/terminal/keys.h"

#include <curses.h>
#include <stddef.h>

#include "ui/event.h"

/* Sent without terminfo's "application mode", or by terminals that say they are another. */
static const struct {
    const char *sequence;
    int key;
} added[] = {
    {"\x1b[A", KEY_UP},     {"\x1b[B", KEY_DOWN},    {"\x1b[C", KEY_RIGHT},   {"\x1b[D", KEY_LEFT},
    {"\x1b[H", KEY_HOME},   {"\x1b[F", KEY_END},     {"\x1b[1~", KEY_HOME},   {"\x1b[4~", KEY_END},
    {"\x1b[7~", KEY_HOME},  {"\x1b[8~", KEY_END},    {"\x1b[2~", KEY_IC},     {"\x1b[3~", KEY_DC},
    {"\x1b[5~", KEY_PPAGE}, {"\x1b[6~", KEY_NPAGE},  {"\x1b[Z", KEY_BTAB},    {"\x1bOP", KEY_F(1)},
    {"\x1bOQ", KEY_F(2)},   {"\x1bOR", KEY_F(3)},    {"\x1bOS", KEY_F(4)},    {"\x1b[[A", KEY_F(1)},
    {"\x1b[[B", KEY_F(2)},  {"\x1b[[C", KEY_F(3)},   {"\x1b[[D", KEY_F(4)},   {"\x1b[[E", KEY_F(5)},
    {"\x1b[11~", KEY_F(1)}, {"\x1b[12~", KEY_F(2)},  {"\x1b[13~", KEY_F(3)},  {"\x1b[14~", KEY_F(4)},
    {"\x1b[15~", KEY_F(5)}, {"\x1b[17~", KEY_F(6)},  {"\x1b[18~", KEY_F(7)},  {"\x1b[19~", KEY_F(8)},
    {"\x1b[20~", KEY_F(9)}, {"\x1b[21~", KEY_F(10)}, {"\x1b[23~", KEY_F(11)}, {"\x1b[24~", KEY_F(12)},
};

static const struct {
    int curses;
    int32_t key;
} names[] = {
    {KEY_UP, KEYS_UP},         {KEY_DOWN, KEYS_DOWN},       {KEY_LEFT, KEYS_LEFT}, {KEY_RIGHT, KEYS_RIGHT},
    {KEY_HOME, KEYS_HOME},     {KEY_FIND, KEYS_HOME},       {KEY_END, KEYS_END},   {KEY_SELECT, KEYS_END},
    {KEY_PPAGE, KEYS_PAGE_UP}, {KEY_NPAGE, KEYS_PAGE_DOWN}, {KEY_IC, KEYS_INSERT}, {KEY_DC, KEYS_DELETE},
    {KEY_BTAB, KEYS_BACK_TAB}, {KEY_SR, KEYS_UP},           {KEY_SF, KEYS_DOWN},   {KEY_SLEFT, KEYS_LEFT},
    {KEY_SRIGHT, KEYS_RIGHT},
};

void keys_define(void)
{
    keypad(stdscr, TRUE);
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++)
        if (key_defined(added[i].sequence) == 0)
            define_key(added[i].sequence, added[i].key);
}

int32_t keys_find(const char *sequence)
{
    int code = key_defined(sequence);
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEYS_F1 + (code - KEY_F(1));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (code == names[i].curses)
            return names[i].key;
    return KEY_NONE_;
}
