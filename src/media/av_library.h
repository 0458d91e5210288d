#ifndef SLEEVE_MEDIA_AV_LIBRARY_H
#define SLEEVE_MEDIA_AV_LIBRARY_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>

#include "core/status.h"

/* FFmpeg, which is loaded when it is needed first: libavformat, and with it the libraries that it needs. */
#define AV_FUNCTIONS(X)                                                                                                \
    X(av_buffer_allocz)                                                                                                \
    X(av_buffer_is_writable)                                                                                           \
    X(av_buffer_ref)                                                                                                   \
    X(av_buffer_unref)                                                                                                 \
    X(av_dict_get)                                                                                                     \
    X(av_find_input_format)                                                                                            \
    X(av_frame_alloc)                                                                                                  \
    X(av_frame_free)                                                                                                   \
    X(av_frame_unref)                                                                                                  \
    X(av_freep)                                                                                                        \
    X(av_log_set_level)                                                                                                \
    X(av_malloc)                                                                                                       \
    X(av_max_alloc)                                                                                                    \
    X(av_opt_set)                                                                                                      \
    X(av_opt_set_int)                                                                                                  \
    X(av_packet_alloc)                                                                                                 \
    X(av_packet_free)                                                                                                  \
    X(av_packet_unref)                                                                                                 \
    X(av_read_frame)                                                                                                   \
    X(av_samples_fill_arrays)                                                                                          \
    X(av_samples_get_buffer_size)                                                                                      \
    X(av_strerror)                                                                                                     \
    X(avcodec_alloc_context3)                                                                                          \
    X(avcodec_default_get_buffer2)                                                                                     \
    X(avcodec_find_decoder_by_name)                                                                                    \
    X(avcodec_free_context)                                                                                            \
    X(avcodec_open2)                                                                                                   \
    X(avcodec_parameters_to_context)                                                                                   \
    X(avcodec_receive_frame)                                                                                           \
    X(avcodec_send_packet)                                                                                             \
    X(avformat_alloc_context)                                                                                          \
    X(avformat_close_input)                                                                                            \
    X(avformat_open_input)                                                                                             \
    X(avio_alloc_context)                                                                                              \
    X(avio_context_free)                                                                                               \
    X(swr_alloc_set_opts2)                                                                                             \
    X(swr_convert)                                                                                                     \
    X(swr_free)                                                                                                        \
    X(swr_init)

/* Its functions by their names, from the version whose headers this was compiled with. */
struct av_library {
#define AV_POINTER(name) __typeof__(name) *name;
    AV_FUNCTIONS(AV_POINTER)
#undef AV_POINTER
};

/* Loads it; it stays loaded until the process ends. STATUS_FAILED when it is not installed. Thread-safe. */
enum status av_library_load(const struct av_library **library, struct error *error);

#endif
