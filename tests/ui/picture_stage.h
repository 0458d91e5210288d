#ifndef SLEEVE_TESTS_UI_PICTURE_STAGE_H
#define SLEEVE_TESTS_UI_PICTURE_STAGE_H

/* Frames drawn on a fake terminal, which checks the rules of pictures. */
#include "fake_terminal.h"
#include "ui/image_service.h"
#include "ui/terminal/frame.h"

enum { ROWS = 24, COLUMNS = 80, CELL_WIDTH = 12, CELL_HEIGHT = 24, PAGE = 0x101014, TEXT = 0xd8d8d8 };

struct stage {
    struct fake_terminal fake;
    struct frame frame;
    struct display display;
    struct screen screen;
    struct workers *workers;
    struct image_service *images;
    struct buffer out;
};

/* Every way to draw pictures. */
struct way {
    enum image_mode mode;
    enum block_shape shape;
    bool tmux;
};

enum { WAYS = 9 };
extern const struct way ways[WAYS];

void set_mode(struct stage *stage, enum image_mode mode, enum block_shape shape, bool tmux);
void stage_begin(struct stage *stage, enum image_mode mode);
void stage_end(struct stage *stage);
void add_cover(struct stage *stage, int row, int column, int rows, int64_t id, bool dimmed);
/* Shows the screen; returns the bytes. Whatever the terminal still shows must be wanted. */
size_t show(struct stage *stage, bool wait);
size_t show_twice(struct stage *stage);

#endif
