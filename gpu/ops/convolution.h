/* Convolutions and pooling of images (spectrograms), forward and backward; gpu/compute_network.h has the conventions
 * and struct compute_window. Entries of the table of operations, included where OPERATION and SIZE are defined
 * (gpu/compute.h).
 *
 * Images are [batch x time x frequency x channels], kernels [kernel_time x kernel_frequency x in x out], as in
 * TensorFlow. Output (t, f) looks at the inputs (t stride_time - pad_time + a, f stride_frequency - pad_frequency + b),
 * (a, b) in the kernel; positions outside of the image are 0. It is a cross-correlation, as in all libraries. */

/* Y = f(X * W + bias), bias [out] optional. Computed as a matrix product over patches, a tile of which is packed at a
 * time (Chellapilla, Puri and Simard 2006; implicit as in cuDNN, Chetlur et al. 2014). */
OPERATION(convolution, enum activation f, const struct compute_window *window, struct compute_slice x,
          struct compute_slice w, struct compute_slice bias, struct compute_slice y)

/* dX = beta dX + the gradient of X, given dY before the activation. */
OPERATION(convolution_backward_input, const struct compute_window *window, struct compute_slice w,
          struct compute_slice d_y, float beta, struct compute_slice d_x)

/* dW = beta dW + the gradient of the kernel. That of the bias is column_sums of dY. */
OPERATION(convolution_backward_kernel, const struct compute_window *window, struct compute_slice x,
          struct compute_slice d_y, float beta, struct compute_slice d_w)

/* Depthwise convolution: each channel with a kernel of its own, W [kernel_time x kernel_frequency x channels]; the
 * window's in and out are equal. A separable convolution is this and a convolution of 1 x 1 (Chollet 2017, Xception).
 */
OPERATION(depthwise, const struct compute_window *window, struct compute_slice x, struct compute_slice w,
          struct compute_slice y)
OPERATION(depthwise_backward_input, const struct compute_window *window, struct compute_slice w,
          struct compute_slice d_y, float beta, struct compute_slice d_x)
OPERATION(depthwise_backward_kernel, const struct compute_window *window, struct compute_slice x,
          struct compute_slice d_y, float beta, struct compute_slice d_w)

/* Y[.., c] = the maximum of X[.., c] in the window; positions outside of the image do not take part. indices int32 (as
 * Y), optional, receives a kernel_frequency + b of the first maximum. The window's in and out are equal. */
OPERATION(max_pool, const struct compute_window *window, struct compute_slice x, struct compute_slice indices,
          struct compute_slice y)
OPERATION(max_pool_backward, const struct compute_window *window, struct compute_slice indices,
          struct compute_slice d_y, float beta, struct compute_slice d_x)

/* Y[.., c] = the mean of X[.., c] in the window: over the positions inside of the image, or with counts_padding over
 * all of the kernel. */
OPERATION(mean_pool, const struct compute_window *window, bool counts_padding, struct compute_slice x,
          struct compute_slice y)
OPERATION(mean_pool_backward, const struct compute_window *window, bool counts_padding, struct compute_slice d_y,
          float beta, struct compute_slice d_x)
