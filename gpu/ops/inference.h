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
