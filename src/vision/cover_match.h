#ifndef SLEEVE_VISION_COVER_MATCH_H
#define SLEEVE_VISION_COVER_MATCH_H

#include "db/catalogue.h"

/* Which album an image file belongs to, by its name and its folders. Names are compared as identity compares them
 * (text_key), without spaces and punctuation, so that "AC/DC" is found as "AC_DC" or "ACDC"; in keys these count, but
 * not which they are. A name that several albums have decides nothing. */
struct cover_matcher;

/* How a file was matched; where several files are for one album, the lowest is taken. */
enum cover_rank {
    RANK_KEY,    /* the file's name is the album's key */
    RANK_NAME,   /* "Artist - Album.jpg", "Album - Artist.jpg", "Artist/Album.jpg", or the key as file names allow it */
    RANK_COVER,  /* cover.jpg in a folder Artist/Album, "Artist - Album", ... */
    RANK_FOLDER, /* folder.jpg */
    RANK_FRONT,  /* front.jpg */
    RANK_ALBUM,  /* album.jpg */
};

struct cover_match {
    int64_t album_id; /* 0: none */
    enum cover_rank rank;
    bool ambiguous; /* none, because several albums have the name */
};

enum status cover_matcher_create(struct catalogue *catalogue, struct cover_matcher **matcher, struct error *error);
void cover_matcher_destroy(struct cover_matcher *matcher);
/* By the album's key alone, as a map of covers names it. */
enum status cover_match_key(struct cover_matcher *matcher, const char *key, struct cover_match *match,
                            struct error *error);
/* By a file's name without its ending and the folders that it is in, outermost first. */
enum status cover_match_file(struct cover_matcher *matcher, const char *const *folders, size_t n_folders,
                             const char *name, struct cover_match *match, struct error *error);

#endif
