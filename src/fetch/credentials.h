#ifndef SLEEVE_FETCH_CREDENTIALS_H
#define SLEEVE_FETCH_CREDENTIALS_H

#include "core/buffer.h"
#include "core/status.h"

/* What sources need to know about the user: credentials of Spotify apps, and a contact for MusicBrainz. They are read
 * from SLEEVE_SPOTIFY_CREDENTIALS ("id:secret", several with commas between them) and SLEEVE_CONTACT, and what these do
 * not give from $XDG_CONFIG_HOME/sleeve/fetch.conf, which has lines "spotify = id:secret" and "contact = ...". Messages
 * never contain any part of a credential. */

#define CREDENTIALS_VARIABLE "SLEEVE_SPOTIFY_CREDENTIALS"
#define CONTACT_VARIABLE "SLEEVE_CONTACT"
#define CREDENTIALS_FILE "fetch.conf"

enum { CREDENTIALS_MAX = 25, CREDENTIAL_PART_MAX = 128, CONTACT_MAX = 200 };

struct credential {
    char id[CREDENTIAL_PART_MAX + 1], secret[CREDENTIAL_PART_MAX + 1];
};

struct credentials {
    struct credential items[CREDENTIALS_MAX];
    int count;
    char contact[CONTACT_MAX + 1]; /* an e-mail address or a page; "": none */
};

/* STATUS_USAGE where the file can be read by others, or something in it or the variables has the wrong form. A missing
 * file is fine. The value of CREDENTIALS_VARIABLE is overwritten, and the variable removed. */
enum status credentials_read(struct credentials *credentials, struct error *error);
/* The same from texts; `variable`, `contact` and `file` may be NULL, `name` is that of the file. */
enum status credentials_parse(const char *variable, const char *contact, const char *file, const char *name,
                              struct credentials *credentials, struct error *error);
/* Overwrites them. */
void credentials_wipe(struct credentials *credentials);
/* Overwrites and frees a buffer that contains a secret. */
void secret_free(struct buffer *buffer);

#endif
