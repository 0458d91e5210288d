#ifndef SLEEVE_GPU_CPU_SHUFFLE_H
#define SLEEVE_GPU_CPU_SHUFFLE_H

/* Elements of two vectors of equal length, by their indices in a followed by b. Clang, which builds the fuzz targets,
 * has no such builtin for variable indices: there it is a loop, slower and equivalent. */
#ifdef __clang__
#define SHUFFLE(a, b, indices)                                                                                         \
    __extension__({                                                                                                    \
        __typeof__(a) result_, a_ = (a), b_ = (b);                                                                     \
        __typeof__(indices) places_ = (indices);                                                                       \
        int n_ = (int)(sizeof a_ / sizeof a_[0]);                                                                      \
        for (int i_ = 0; i_ < n_; i_++)                                                                                \
            result_[i_] = places_[i_] < n_ ? a_[places_[i_]] : b_[places_[i_] - n_];                                   \
        result_;                                                                                                       \
    })
#else
#define SHUFFLE(...) __builtin_shuffle(__VA_ARGS__)
#endif

#endif
