#include "fetch/reason.h"

#include <string.h>

const char *fetch_reason_text(enum fetch_reason reason)
{
    static const char *const texts[FETCH_REASONS] = {
        [FETCH_STORED] = "",
        [FETCH_UNKNOWN] = "the source does not know the album",
        [FETCH_UNMATCHED] = "no release at MusicBrainz is near enough to the title and artist",
        [FETCH_AMBIGUOUS] = "several albums at MusicBrainz have the title and artist",
        [FETCH_NO_IMAGE] = "the source has no image of the album",
        [FETCH_GONE] = "the link to the image is broken",
        [FETCH_REFUSED] = "the link to the image leads to an address that is not allowed",
        [FETCH_TOO_LARGE] = "the image is larger than 32 MB",
        [FETCH_NOT_IMAGE] = "the file is not an image that can be used",
        [FETCH_BAD_ANSWER] = "the source did not answer as it should; it is tried again later",
        [FETCH_FAILED] = "the image could not be transferred; it is tried again later",
    };
    return texts[reason];
}

enum fetch_reason fetch_reason_of_text(const char *text)
{
    for (int reason = FETCH_STORED; reason < FETCH_REASONS; reason++)
        if (strcmp(text, fetch_reason_text((enum fetch_reason)reason)) == 0)
            return (enum fetch_reason)reason;
    return FETCH_GONE;
}

bool fetch_reason_may_pass(enum fetch_reason reason)
{
    return reason >= FETCH_BAD_ANSWER;
}
