/* The explorer with invented tracks and drawn covers, in the terminal that runs it: a demonstration without a
 * catalogue. usage: explorer_sample [IMAGES] */
#include <stdio.h>
#include <stdlib.h>

#include "fake_app.h"
#include "ui/explorer.h"

enum status app_cover(struct app *app, int64_t album_id, int edge, struct image *image, enum cover_origin *origin,
                      struct error *error)
{
    struct album_list albums = {0};
    int64_t id = album_id > 0 ? album_id : 1;
    enum status status = app_albums(app, &id, 1, &albums, error);
    *origin = COVER_GENERATED;
    if (status == STATUS_OK)
        status = artwork_draw(&albums.items[0], edge, image, error);
    album_list_free(&albums);
    return status;
}

int main(int argc, char **argv)
{
    struct explorer_options options = {.terminal = {.images = IMAGES_AUTO, .mouse = true}};
    struct error error = {0};
    if (argc > 1 && !image_mode_parse(argv[1], &options.terminal.images)) {
        fprintf(stderr, "\"%s\" is not a way to draw pictures\n", argv[1]);
        return 2;
    }
    bool abandoned;
    struct app *app = fake_app_create();
    enum status status = explorer_run(app, &options, &abandoned, &error);
    fake_app_destroy(app);
    if (status != STATUS_OK)
        fprintf(stderr, "%s\n", error.text);
    return (int)status;
}
