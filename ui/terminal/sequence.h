#ifndef SLEEVE_UI_TERMINAL_SEQUENCE_H
#define SLEEVE_UI_TERMINAL_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

/* Bytes from a terminal, cut into characters, control sequences, strings and pastes. Pure: fed a byte at a time, told
 * from outside when the terminal has been silent for too long. Any bytes are fine; what makes no sense is swallowed. */
enum sequence_type {
    SEQUENCE_CHARACTER,
    SEQUENCE_CSI,    /* ESC [ prefix parameters intermediate final */
    SEQUENCE_SS3,    /* ESC O final */
    SEQUENCE_STRING, /* DCS, OSC, APC, PM, SOS with its text */
    SEQUENCE_PASTE,  /* what stood between ESC [ 200 ~ and ESC [ 201 ~ */
};

enum { SEQUENCE_PARAMETERS_MAX = 16, SEQUENCE_PARAMETER_MAX = 1000000 };

struct sequence {
    enum sequence_type type;
    bool alt;          /* one more ESC stood before it */
    int32_t character; /* CHARACTER: code point */
    char prefix;       /* CSI: '?', '<', '=', '>' or 0 */
    char intermediate; /* CSI: ' '..'/' or 0 */
    char final;        /* CSI, SS3 */
    char introducer;   /* STRING: 'P' DCS, ']' OSC, '_' APC, '^' PM, 'X' SOS */
    int n_parameters;
    int parameters[SEQUENCE_PARAMETERS_MAX]; /* -1: left out */
    const char *text;                        /* STRING, PASTE: NUL-terminated, valid until the next byte */
    size_t size;
};

enum sequence_state {
    STATE_GROUND,
    STATE_UTF8,
    STATE_ESCAPE,
    STATE_CSI,
    STATE_CSI_LINUX, /* ESC [ [ of the Linux console's F1..F5 */
    STATE_CSI_MOUSE, /* three raw bytes after ESC [ M */
    STATE_SS3,
    STATE_STRING,
    STATE_STRING_ESCAPE,
    STATE_PASTE,
};

struct sequence_parser {
    enum sequence_state state;
    struct sequence current;
    struct buffer text;
    int count;       /* bytes of the sequence so far */
    bool eight_bit;  /* introduced by a single C1 byte */
    bool spoiled;    /* the sequence makes no sense: swallow it to its end */
    int32_t minimum; /* UTF8: smallest code point that needs this many bytes */
    int missing;     /* UTF8: continuation bytes to come */
};

void sequence_parser_free(struct sequence_parser *parser);
/* True when this byte completed a sequence. */
bool sequence_push(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence);
/* Milliseconds of silence after which sequence_give_up is due; -1 when nothing is open. `replies_expected`: answers of
 * the terminal are on their way, so that an ESC is more likely the start of one than the key. */
int sequence_patience(const struct sequence_parser *parser, bool replies_expected);
/* Ends what is open: a lone ESC is the key Escape, ESC [ is Alt-[, a cut sequence is dropped. True when that gives a
 * sequence. */
bool sequence_give_up(struct sequence_parser *parser, bool replies_expected, struct sequence *sequence);

#endif
