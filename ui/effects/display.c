/* Effects on the screen itself. They run at once, on the drawing thread. */
#include "ui/effect.h"

static enum status redraw(const struct display *display, const struct effect *effect, struct error *error)
{
    (void)effect, (void)error;
    if (display->redraw)
        display->redraw(display->context);
    return STATUS_OK;
}

static enum status suspend(const struct display *display, const struct effect *effect, struct error *error)
{
    (void)effect, (void)error;
    if (display->suspend)
        display->suspend(display->context);
    return STATUS_OK;
}

static enum status copy(const struct display *display, const struct effect *effect, struct error *error)
{
    (void)error;
    if (display->copy)
        display->copy(display->context, effect->text);
    return STATUS_OK;
}

static enum status images(const struct display *display, const struct effect *effect, struct error *error)
{
    return display->set_images ? display->set_images(display->context, effect->text, error) : STATUS_OK;
}

static enum status theme(const struct display *display, const struct effect *effect, struct error *error)
{
    return display->set_theme ? display->set_theme(display->context, effect->text, error) : STATUS_OK;
}

static enum status save_display(const struct display *display, const struct effect *effect, struct error *error)
{
    return display->write(display->context, effect->text, false, error);
}

static enum status dump_images(const struct display *display, const struct effect *effect, struct error *error)
{
    return display->write(display->context, effect->text, true, error);
}

static enum status shot(const struct display *display, const struct effect *effect, struct error *error)
{
    return display->shot ? display->shot(display->context, effect->text, effect->id != 0, error) : STATUS_OK;
}

const struct effect_ops effect_redraw = {.name = "redraw", .show = redraw};
const struct effect_ops effect_suspend = {.name = "suspend", .show = suspend};
const struct effect_ops effect_copy = {.name = "copy", .show = copy};
const struct effect_ops effect_theme = {.name = "theme", .show = theme};
const struct effect_ops effect_images = {.name = "images", .show = images};
const struct effect_ops effect_save_display = {.name = "save-display", .show = save_display};
const struct effect_ops effect_dump_images = {.name = "dump-images", .show = dump_images};
const struct effect_ops effect_shot = {.name = "shot", .show = shot};
