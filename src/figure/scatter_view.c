/* The part of a scatter plot that is shown: zoom, pan and back. */
#include <math.h>

#include "figure/scatter_internal.h"

/* Where a view is: the frame that shows everything, and the pixel of that frame which is in the middle. */
struct lens {
    struct scatter_bounds bounds;
    struct scatter_frame frame;
    float width, height;
    float zoom, x, y;
};

static float limit(float value, float low, float high)
{
    return low > high ? (low + high) / 2 : fminf(fmaxf(value, low), high);
}

/* What is in the middle is inside the box of the points. So zooming in at a point of the box never moves that point. */
static void settle(struct lens *lens)
{
    const struct scatter_frame *frame = &lens->frame;
    const struct scatter_bounds *bounds = &lens->bounds;
    lens->zoom = limit(lens->zoom, 1, SCATTER_ZOOM_MAX);
    lens->x = limit(lens->x, frame->x + frame->scale * bounds->left, frame->x + frame->scale * bounds->right);
    lens->y = limit(lens->y, frame->y - frame->scale * bounds->top, frame->y - frame->scale * bounds->bottom);
}

static struct lens lens_of(const struct scatter *scatter, int width, int height)
{
    struct lens lens = {.bounds = scatter_bounds(scatter), .width = (float)width, .height = (float)height};
    struct scatter whole = *scatter;
    whole.view.zoom = 1;
    float margin = 3.4F * scatter_mark_radius(&whole, lens.width, lens.height);
    lens.frame = scatter_frame(&lens.bounds, 0, 0, lens.width, lens.height, margin);
    const struct scatter_bounds *bounds = &lens.bounds;
    const struct scatter_view *view = &scatter->view;
    bool part = view->zoom > 1;
    lens.zoom = part ? view->zoom : 1;
    float right = part ? view->x : 0.5F, up = part ? view->y : 0.5F;
    lens.x = lens.frame.x + lens.frame.scale * (bounds->left * (1 - right) + bounds->right * right);
    lens.y = lens.frame.y - lens.frame.scale * (bounds->bottom * (1 - up) + bounds->top * up);
    settle(&lens);
    return lens;
}

static float share(float value, float from, float size)
{
    return size > 0 ? limit((value - from) / size, 0, 1) : 0.5F;
}

static struct scatter_view view_of(struct lens lens)
{
    settle(&lens);
    const struct scatter_frame *frame = &lens.frame;
    float left = frame->x + frame->scale * lens.bounds.left, bottom = frame->y - frame->scale * lens.bounds.bottom;
    return (struct scatter_view){
        .zoom = lens.zoom,
        .x = share(lens.x, left, frame->scale * (lens.bounds.right - lens.bounds.left)),
        .y = share(bottom - lens.y, 0, frame->scale * (lens.bounds.top - lens.bounds.bottom)),
    };
}

struct scatter_frame scatter_frame_of(const struct scatter *scatter, int width, int height)
{
    struct lens lens = lens_of(scatter, width, height);
    return (struct scatter_frame){
        .scale = lens.frame.scale * lens.zoom,
        .x = lens.width / 2 + lens.zoom * (lens.frame.x - lens.x),
        .y = lens.height / 2 + lens.zoom * (lens.frame.y - lens.y),
    };
}

struct scatter_view scatter_zoom(const struct scatter *scatter, int width, int height, float factor, float x, float y)
{
    struct lens lens = lens_of(scatter, width, height);
    float before = lens.zoom;
    lens.zoom = limit(before * factor, 1, SCATTER_ZOOM_MAX);
    float kept = 1 / before - 1 / lens.zoom;
    lens.x += (x - lens.width / 2) * kept;
    lens.y += (y - lens.height / 2) * kept;
    return view_of(lens);
}

struct scatter_view scatter_pan(const struct scatter *scatter, int width, int height, float dx, float dy)
{
    struct lens lens = lens_of(scatter, width, height);
    lens.x += dx / lens.zoom;
    lens.y += dy / lens.zoom;
    return view_of(lens);
}

struct scatter_view scatter_reveal(const struct scatter *scatter, int width, int height, int64_t i, float margin)
{
    if (i < 0 || i >= scatter->n || !scatter_shown(scatter, i))
        return scatter->view;
    struct lens lens = lens_of(scatter, width, height);
    float x, y;
    scatter_position(scatter, width, height, i, &x, &y);
    lens.x += (x - limit(x, margin, lens.width - margin)) / lens.zoom;
    lens.y += (y - limit(y, margin, lens.height - margin)) / lens.zoom;
    return view_of(lens);
}
