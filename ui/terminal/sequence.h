#ifndef SLEEVE_UI_TERMINAL_SEQUENCE_H
#define SLEEVE_UI_TERMINAL_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

/* Splits the bytes from a terminal into characters, control sequences, strings and pastes. Pure: it is fed one byte at
 * a time, and the caller reports when the terminal has been silent for too long. Any bytes are accepted; invalid
 * sequences are ignored. */
enum sequence_type {
    SEQUENCE_CHARACTER,
    SEQUENCE_CSI,    /* ESC [ prefix parameters intermediate final */
    SEQUENCE_SS3,    /* ESC O final */
    SEQUENCE_STRING, /* DCS, OSC, APC, PM, SOS with its text */
    SEQUENCE_PASTE,  /* the text between ESC [ 200 ~ and ESC [ 201 ~ */
};

enum { SEQUENCE_PARAMETERS_MAX = 16, SEQUENCE_PARAMETER_MAX = 1000000 };

struct sequence {
    enum sequence_type type;
    bool alt;          /* preceded by one more ESC */
    int32_t character; /* CHARACTER: code point */
    char prefix;       /* CSI: '?', '<', '=', '>' or 0 */
    char intermediate; /* CSI: ' '..'/' or 0 */
    char final;        /* CSI, SS3 */
    char introducer;   /* STRING: 'P' DCS, ']' OSC, '_' APC, '^' PM, 'X' SOS */
    int n_parameters;
    int parameters[SEQUENCE_PARAMETERS_MAX]; /* -1: omitted */
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
    bool spoiled;    /* the sequence is invalid: ignore it to its end */
    int32_t minimum; /* UTF8: smallest code point that needs this many bytes */
    int missing;     /* UTF8: continuation bytes still missing */
};

void sequence_parser_free(struct sequence_parser *parser);
/* Returns true if this byte completes a sequence. */
bool sequence_push(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence);
/* Milliseconds of silence after which to call sequence_flush; -1 if no sequence is open. `replies_expected`: replies
 * of the terminal are pending, so an ESC is more likely the start of one than the key. */
int sequence_timeout(const struct sequence_parser *parser, bool replies_expected);
/* Ends an open sequence: a lone ESC is the key Escape, ESC [ is Alt-[, a truncated sequence is dropped. Returns true if
 * that gives a sequence. */
bool sequence_flush(struct sequence_parser *parser, bool replies_expected, struct sequence *sequence);

#endif
