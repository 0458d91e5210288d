#ifndef SLEEVE_VISION_COVER_MATCH_H
#define SLEEVE_VISION_COVER_MATCH_H

#include "db/catalogue.h"

/* Matches image files to albums by their names and folders. Names are compared by text_key without spaces and
 * punctuation, so that "AC/DC" is found as "AC_DC" or "ACDC"; in keys punctuation counts, but any character stands for
 * any other. A name that several albums have is not matched. */
struct cover_matcher;

/* How a file was matched; of several files for one album, the one with the lowest rank is used. */
enum cover_rank {
    RANK_KEY,    /* the file's name is the album's key */
    RANK_NAME,   /* "Artist - Album.jpg", "Album - Artist.jpg", "Artist/Album.jpg", or the key with characters that file
                  * names allow */
    RANK_COVER,  /* cover.jpg in a folder Artist/Album, "Artist - Album", ... */
    RANK_FOLDER, /* folder.jpg */
    RANK_FRONT,  /* front.jpg */
    RANK_ALBUM,  /* album.jpg */
};

struct cover_match {
    int64_t album_id; /* 0: none */
    enum cover_rank rank;
    bool ambiguous; /* no match, because several albums have the name */
};

enum status cover_matcher_create(struct catalogue *catalogue, struct cover_matcher **matcher, struct error *error);
void cover_matcher_destroy(struct cover_matcher *matcher);
/* By the album's key alone, as in a map of covers. */
enum status cover_match_key(struct cover_matcher *matcher, const char *key, struct cover_match *match,
                            struct error *error);
/* By a file's name without its extension and its folders, outermost first. */
enum status cover_match_file(struct cover_matcher *matcher, const char *const *folders, size_t n_folders,
                             const char *name, struct cover_match *match, struct error *error);

#endif
