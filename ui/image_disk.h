#ifndef SLEEVE_UI_IMAGE_DISK_H
#define SLEEVE_UI_IMAGE_DISK_H

#include <stdbool.h>

#include "core/buffer.h"
#include "ui/image_request.h"

/* A disk cache of encoded covers: a folder with one file each, named by a hash of everything that determines the bytes.
 * Any thread, any number of processes. The files are not trusted: one that is cut, damaged, of another format, not a
 * regular file of this user, or that contains anything but one picture of the right size counts as missing. So does
 * every file where other users may write into the folder. Files are made with the rights 0600. */

/* Appends the bytes; false when there is no valid file. */
bool image_disk_read(const char *folder, const char *fingerprint, const struct image_request *request,
                     struct buffer *bytes);
/* A failure is ignored: the cache is optional. */
void image_disk_write(const char *folder, const char *fingerprint, const struct image_request *request,
                      const struct buffer *bytes);
/* When the folder holds more than `limit` bytes, removes the least recently used files until three quarters of it are
 * left. Also removes the temporary files of interrupted writes. */
void image_disk_prune(const char *folder, size_t limit);

#endif
