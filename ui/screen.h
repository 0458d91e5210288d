#ifndef SLEEVE_UI_SCREEN_H
#define SLEEVE_UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* What views draw and the terminal shows: a grid of cells and a list of image rectangles. Does not depend on a
 * terminal. */

enum style {
    STYLE_TEXT,
    STYLE_TITLE,    /* bold */
    STYLE_DIM,      /* quieter */
    STYLE_ACCENT,   /* the one accent colour */
    STYLE_WARNING,  /* the one warning tone */
    STYLE_SELECTED, /* the selected row */
    STYLE_SELECTED_TITLE,
    STYLE_SELECTED_DIM,
    STYLE_RULE,  /* thin rules */
    STYLE_BAR,   /* score bars */
    STYLE_LOSS,  /* bars of what is lost against another model */
    STYLE_KEY,   /* a key's name in the last line */
    STYLE_GOOD,  /* what a model got right */
    STYLE_NEW,   /* what the last change brought or moved */
    STYLE_MATCH, /* letters that match a filter */
    STYLE_SELECTED_MATCH,
    STYLE_FRAME, /* around the selected cover */
    STYLE_COUNT
};

#define SCREEN_NO_COLOUR 0xffffffffU

struct cell {
    char text[28];       /* one grapheme cluster, NUL-terminated; "" for the second column of a wide one */
    uint8_t width;       /* 1 or 2; 0 for the second column of a wide one */
    uint8_t style;       /* enum style */
    uint8_t link;        /* 1 + the index of its URI in screen.links; 0: none */
    uint32_t foreground; /* 0xRRGGBB instead of the style's, or SCREEN_NO_COLOUR */
    uint32_t background;
};

enum image_kind { IMAGE_COVER, IMAGE_MAP };

/* Which picture: a cover by album number (0: the placeholder of `artist`), or by its version a map (1, 2) or what is
 * treated like one. Two equal references are the same picture. */
struct image_reference {
    enum image_kind kind;
    int64_t id;
    uint64_t version;
};

struct image_rect {
    int row, column, rows, columns;
    struct image_reference reference;
    uint32_t colour;   /* 0xRRGGBB: shown until the picture is available; SCREEN_NO_COLOUR: not known */
    bool dimmed;       /* belongs to a page that is about to be replaced */
    char initials[12]; /* one or two letters, for terminals that show a cover as text; may be "" */
    bool generated;    /* a cover that is artwork made by the program */
    bool large;        /* of the selected track: while the selection moves it may follow the text later */
};

/* Pictures that are made like maps: the contact sheet, the panels of a plot, and the spectrogram. */
enum { IMAGE_MAP_SHEET = 3, IMAGE_MAP_PLOT = 4, IMAGE_MAP_PLOTS = 9, IMAGE_MAP_SOUND = 13 };

enum { SCREEN_IMAGES_MAX = 128, SCREEN_LINKS_MAX = 200 };

struct screen {
    int rows, columns;
    struct cell *cells; /* [rows * columns] */
    struct image_rect images[SCREEN_IMAGES_MAX];
    int n_images;
    char *links[SCREEN_LINKS_MAX]; /* URIs */
    int n_links;
    int cursor_row, cursor_column; /* the hardware cursor: at the selection or in the input line */
    bool cursor_visible;
};

enum status screen_create(int rows, int columns, struct screen *screen, struct error *error);
void screen_free(struct screen *screen);
/* Blank cells, no images, cursor hidden. */
void screen_clear(struct screen *screen);

/* Writes text (any bytes: it is sanitised here) from (row, column) on, at most `columns` columns, with an ellipsis
 * where it was cut; returns the columns used. Nothing outside the grid is changed. */
int screen_text(struct screen *screen, int row, int column, int columns, enum style style, const char *text);
/* The same, ending at column `right` - 1. */
int screen_text_right(struct screen *screen, int row, int right, int columns, enum style style, const char *text);
/* Sets a run of cells to blanks of this style. */
void screen_fill(struct screen *screen, int row, int column, int columns, enum style style);
/* Sets only the style of a run; the text stays. */
void screen_restyle(struct screen *screen, int row, int column, int columns, enum style style);
/* Blanks whole rows and removes the images that touch them, for what is drawn over a view. */
void screen_clear_rows(struct screen *screen, int row, int rows);
struct cell *screen_cell(struct screen *screen, int row, int column); /* NULL outside */
/* Makes a run of cells a link to a URI (OSC 8). A URI that is not plain ASCII, or one too many, is left out. */
void screen_link(struct screen *screen, int row, int column, int columns, const char *uri);
/* Adds an image; it is left out when it does not fit inside the grid above its last row. */
void screen_image(struct screen *screen, const struct image_rect *rect);

/* Appends the grid as text, as golden tests compare it: one line a row, trailing blanks cut, then one line an image:
 * "image ROW COLUMN ROWSxCOLUMNS KIND ID [dimmed]", then "cursor ROW COLUMN" if the cursor is visible. */
void screen_dump(const struct screen *screen, struct buffer *out);
/* Appends only the grid's text. */
void screen_dump_text(const struct screen *screen, struct buffer *out);
void screen_dump_images(const struct screen *screen, struct buffer *out); /* only the image lines */

#endif
