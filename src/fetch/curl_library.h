#ifndef SLEEVE_FETCH_CURL_LIBRARY_H
#define SLEEVE_FETCH_CURL_LIBRARY_H

/* Options are set through a pointer to a function with variable arguments, which curl's macros cannot check. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "core/status.h"

/* libcurl, which is loaded when it is needed first: linked to the program, it would cost each start 3 ms. */
#define CURL_FUNCTIONS(X)                                                                                              \
    X(curl_global_init)                                                                                                \
    X(curl_version_info)                                                                                               \
    X(curl_easy_init)                                                                                                  \
    X(curl_easy_cleanup)                                                                                               \
    X(curl_easy_setopt)                                                                                                \
    X(curl_easy_getinfo)                                                                                               \
    X(curl_easy_strerror)                                                                                              \
    X(curl_multi_init)                                                                                                 \
    X(curl_multi_cleanup)                                                                                              \
    X(curl_multi_setopt)                                                                                               \
    X(curl_multi_add_handle)                                                                                           \
    X(curl_multi_remove_handle)                                                                                        \
    X(curl_multi_perform)                                                                                              \
    X(curl_multi_poll)                                                                                                 \
    X(curl_multi_info_read)                                                                                            \
    X(curl_multi_strerror)                                                                                             \
    X(curl_slist_append)                                                                                               \
    X(curl_slist_free_all)

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct curl_library {
#define CURL_MEMBER(name) __typeof__(name) *name;
    CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
};

/* Loads it; it stays loaded until the process ends. Not for two threads at a time. */
enum status curl_library_load(const struct curl_library **library, struct error *error);

#endif
