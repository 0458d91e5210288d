/* Layers for inference with weights that stay the same, which are reordered once; gpu/compute_network.h has the
 * conventions. Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* Prepares W [out x in] for dense_packed on this device; `packed` is packed_weights bytes from the start of a buffer,
 * in at most PACKED_IN_MAX. */
SIZE(packed_weights, enum precision precision, int64_t in, int64_t out)
OPERATION(pack_weights, enum precision precision, int64_t in, int64_t out, struct compute_slice w,
          struct compute_slice packed)

/* Y = f(X Wᵀ + bias), or with the identity and an addend: Y = addend + X Wᵀ + bias. X [rows x in], Y [rows x out], bias
 * [out] and addend [rows x out] optional; Y may be the addend. `packed` is from pack_weights with the same precision,
 * in and out. */
OPERATION(dense_packed, enum precision precision, enum activation f, int64_t rows, int64_t in, int64_t out,
          struct compute_slice x, struct compute_slice packed, struct compute_slice bias, struct compute_slice addend,
          struct compute_slice y)

/* Filters that slide over spectrograms in time and frequency, and their largest response over frequency (the timbral
 * and temporal filters of Pons et al. 2018): Y[b, t, n] = the maximum over f = 0 .. frequency - kernel_frequency of the
 * sum over i, j of X[b, t + i - before, f + j] W[i, j, n], where before = (kernel_time - 1) / 2 rounded down and X is 0
 * outside of its times. X [batch x time x frequency], W [kernel_time x kernel_frequency x filters], Y [batch·time x
 * filters] with rows y_stride apart. A NaN in what a filter sees makes its response NaN. */
OPERATION(filter_peaks, int64_t batch, int64_t time, int64_t frequency, int64_t kernel_time, int64_t kernel_frequency,
          int64_t filters, struct compute_slice x, struct compute_slice w, struct compute_slice y, int64_t y_stride)
