#ifndef SLEEVE_APP_IMAGE_LIST_H
#define SLEEVE_APP_IMAGE_LIST_H

#include "core/arena.h"
#include "core/status.h"

/* Paths of image files. */
struct image_list {
    const char **paths;
    size_t count, capacity;
    struct arena memory; /* owns the paths */
};

/* Appends what `argument` names: the images in a folder and its subfolders (.png, .jpg, .jpeg, .jpe, .jfif, .webp),
 * sorted by path, without hidden files and without following links to folders; the paths in a list, one a line, if it
 * is "@FILE" ("@-" is standard input); otherwise the path itself. A folder or list without images is STATUS_BAD_DATA.
 */
enum status image_list_add(struct image_list *list, const char *argument, struct error *error);
void image_list_free(struct image_list *list);

#endif
