#ifndef SLEEVE_APP_FILE_LIST_H
#define SLEEVE_APP_FILE_LIST_H

#include "core/arena.h"
#include "core/status.h"

enum file_list_kind { FILE_LIST_IMAGES, FILE_LIST_MUSIC };

/* Paths of image or music files. */
struct file_list {
    enum file_list_kind kind;
    const char **paths;
    size_t count, capacity;
    struct arena memory; /* owns the paths */
};

/* Appends what `argument` names: the files of the list's kind in a folder and its subfolders (images: .png, .jpg,
 * .jpeg, .jpe, .jfif, .webp; music: media_is_music_name), sorted by path, without hidden files and without following
 * links to folders; the paths in a list, one a line, if it is "@FILE" ("@-" is standard input); otherwise the path
 * itself. A folder or list without such files is STATUS_BAD_DATA. */
enum status file_list_add(struct file_list *list, const char *argument, struct error *error);
void file_list_free(struct file_list *list);

#endif
