#include "ui/user_path.h"

#include <stdlib.h>

void user_path(const char *typed, struct buffer *out)
{
    const char *home = getenv("HOME");
    bool at_home = typed[0] == '~' && (typed[1] == '/' || typed[1] == '\0') && home && home[0];
    buffer_printf(out, "%s%s", at_home ? home : "", at_home ? typed + 1 : typed);
}
