#ifndef SLEEVE_UI_EVENT_H
#define SLEEVE_UI_EVENT_H

#include <stdint.h>

/* Input from a person or the terminal. */
enum key {
    KEY_NONE_ = 0,
    /* 1..0x10ffff: the character itself; control keys are 1..26 (KEY_CONTROL('c') == 3), 27 escape, 127 backspace */
    KEYS_SPECIAL_ = 0x110000,
    KEYS_UP,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_HOME,
    KEYS_END,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_INSERT,
    KEYS_DELETE,
    KEYS_BACK_TAB,
    KEYS_F1, /* F1..F12 in a row */
    KEYS_F12 = KEYS_F1 + 11,
};
enum { KEYS_TAB = 9, KEYS_ENTER = 13, KEYS_ESCAPE = 27, KEYS_BACKSPACE = 127 };
#define KEY_CONTROL(letter) ((letter)&0x1f)

enum event_type {
    EVENT_NONE,
    EVENT_KEY,
    EVENT_PASTE,  /* text in `text` */
    EVENT_CLICK,  /* button 1 at row, column; clicks 1 or 2 */
    EVENT_DRAG,   /* the pointer has moved to row, column with button 1 down, by `rows` and `columns` */
    EVENT_WHEEL,  /* direction -1 up, 1 down */
    EVENT_RESIZE, /* rows, columns; also a change of cell size */
    EVENT_FOCUS,  /* direction 1: the window has the keyboard; -1: another has it */
    EVENT_READY,  /* replies to the probe changed what the terminal can do */
    EVENT_CLOSED, /* the terminal was closed, or SIGTERM or SIGHUP arrived: save and quit */
};

struct event {
    enum event_type type;
    int32_t key; /* EVENT_KEY */
    int alt;     /* Alt was pressed, too */
    int played;  /* by the command `key` */
    int row, column, clicks, direction;
    int rows, columns;
    char *text; /* EVENT_PASTE: malloc'ed, owned by the receiver */
};

#endif
