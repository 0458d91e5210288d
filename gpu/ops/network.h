/* What networks are made of, forward and backward; gpu/compute_network.h has the conventions.
 * Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* ---- copies ---- */
OPERATION(fill, int64_t n, float value, struct compute_slice y)

/* y = alpha x + beta y. */
OPERATION(add_scaled, int64_t n, float alpha, struct compute_slice x, float beta, struct compute_slice y)

/* Y[r, 0..columns) = alpha X[r, 0..columns) + beta Y[r, ..], rows `stride` elements apart. Concatenates and splits
 * vectors and extracts windows of sequences. */
OPERATION(copy_columns, int64_t rows, int64_t columns, float alpha, struct compute_slice x, int64_t x_stride,
          float beta, struct compute_slice y, int64_t y_stride)

/* Y[i] = alpha X[ids[i]] + beta Y[i], i < n, for rows of d; Y's row stride is y_stride. X has x_rows rows. */
OPERATION(gather, int64_t n, int64_t d, struct compute_slice ids, float alpha, int64_t x_rows, struct compute_slice x,
          float beta, struct compute_slice y, int64_t y_stride)

/* Y[ids[i]] += alpha X[i], i < n; X's row stride is x_stride; Y has y_rows rows of d. Ids may repeat. */
OPERATION(scatter_add, int64_t n, int64_t d, struct compute_slice ids, float alpha, struct compute_slice x,
          int64_t x_stride, int64_t y_rows, struct compute_slice y)

/* y[j] = beta y[j] + sum over rows of X[rows x d]: the gradient of a bias. */
OPERATION(column_sums, int64_t rows, int64_t d, struct compute_slice x, float beta, struct compute_slice y)

/* ---- elementwise; bias [d] is optional ---- */
/* Y = Drop(f(X + bias)). */
OPERATION(activate, enum activation f, int64_t rows, int64_t d, struct compute_slice x, struct compute_slice bias,
          struct dropout dropout, struct compute_slice y)

/* dX = beta dX + dY · mask · f'(X + bias). */
OPERATION(activate_backward, enum activation f, int64_t rows, int64_t d, struct compute_slice x,
          struct compute_slice bias, struct dropout dropout, struct compute_slice d_y, float beta,
          struct compute_slice d_x)

/* Y = X + Drop(A + bias); x is optional (0 without it), y may be x. */
OPERATION(residual, int64_t rows, int64_t d, struct compute_slice x, struct compute_slice a, struct compute_slice bias,
          struct dropout dropout, struct compute_slice y)

/* dA = beta dA + dY · mask: the gradient of a dropout. */
OPERATION(dropout_backward, int64_t n, struct dropout dropout, struct compute_slice d_y, float beta,
          struct compute_slice d_a)

/* Gated linear unit: Y[r, j] = (X[r, j] + bias[j]) σ(X[r, d + j] + bias[d + j]), X [rows x 2d], bias [2d]. */
OPERATION(glu, int64_t rows, int64_t d, struct compute_slice x, struct compute_slice bias, struct compute_slice y)
OPERATION(glu_backward, int64_t rows, int64_t d, struct compute_slice x, struct compute_slice bias,
          struct compute_slice d_y, float beta, struct compute_slice d_x)

/* dX = beta dX + dY · f'(v), given Y = f(v) alone, for activations whose slope follows from their result: RELU, ELU,
 * IDENTITY. dX may be dY if beta is 0. */
OPERATION(activated_backward, enum activation f, int64_t n, struct compute_slice y, struct compute_slice d_y,
          float beta, struct compute_slice d_x)

/* ---- dense layers fused with an activation ---- */
/* Y = Drop(f(X Wᵀ + bias)), X [rows x in], W [out x in], bias [out] optional. slopes [rows x out], optional,
 * receives f'(X Wᵀ + bias) · mask. */
OPERATION(dense, enum activation f, int64_t rows, int64_t in, int64_t out, struct compute_slice x,
          struct compute_slice w, struct compute_slice bias, struct dropout dropout, struct compute_slice slopes,
          struct compute_slice y)

/* For a layer Y = X Wᵀ, W [out x in], whose input X was made by `dense`: given dY [rows x out] and the slopes [rows
 * x in], the gradient before the activation: dU = (dY W) · slopes; d_bias = beta d_bias + sum over rows of dU. */
OPERATION(dense_backward, int64_t rows, int64_t in, int64_t out, struct compute_slice w, struct compute_slice slopes,
          struct compute_slice d_y, struct compute_slice d_u, float beta, struct compute_slice d_bias)

/* ---- normalisation ---- */
/* Y = (X - mean) / sqrt(var + epsilon) · gain + bias over each row (Ba, Kiros and Hinton 2016); stats [rows x 2],
 * optional, receives mean and 1 / sqrt(var + epsilon). */
OPERATION(layer_norm, int64_t rows, int64_t d, float epsilon, struct compute_slice x, struct compute_slice gain,
          struct compute_slice bias, struct compute_slice stats, struct compute_slice y)
OPERATION(layer_norm_backward, int64_t rows, int64_t d, struct compute_slice x, struct compute_slice gain,
          struct compute_slice stats, struct compute_slice d_y, float beta, struct compute_slice d_x,
          float beta_parameters, struct compute_slice d_gain, struct compute_slice d_bias)

/* Batch normalisation over the valid positions of sequences (Ioffe and Szegedy 2015): X, Y [batch·length x d];
 * invalid positions of Y are 0. Training: stats [2 x d] receives mean and 1 / sqrt(biased var + epsilon), and
 * running [2 x d] (mean, variance) moves by `pace` towards the mean and the unbiased variance. Not training: the
 * running statistics are used, and optional stats receives their mean and 1 / sqrt(var + epsilon). Backward, they are
 * constants if it was not training. PyTorch's defaults are epsilon 1e-5 and pace 0.1, TensorFlow's 1e-3 and 0.01. */
OPERATION(batch_norm, bool training, float epsilon, float pace, int64_t batch, int64_t length, int64_t d,
          struct compute_slice lengths, struct compute_slice x, struct compute_slice gain, struct compute_slice bias,
          struct compute_slice running, struct compute_slice stats, struct compute_slice y)
OPERATION(batch_norm_backward, bool training, int64_t batch, int64_t length, int64_t d, struct compute_slice lengths,
          struct compute_slice x, struct compute_slice gain, struct compute_slice stats, struct compute_slice d_y,
          float beta, struct compute_slice d_x, float beta_parameters, struct compute_slice d_gain,
          struct compute_slice d_bias)

/* ---- sequences ---- */
/* Multi-head attention (Vaswani et al. 2017, section 3.2): QKV [batch·length x 3·heads·d],
 * queries, keys and values concatenated in each row, each head by head. softmax(q·k / sqrt(d)) over the keys of the
 * sequence (without those past its length; without lengths: all) and, when causal, none after the query. weights
 * [batch x heads x length x length] receives the softmax before dropout, which is applied to it (the mask is
 * indexed by weights). Y [batch·length x heads·d]. Without weights and dropout, length has no limit; otherwise it is at
 * most 1024. */
OPERATION(attention, int64_t batch, int64_t length, int64_t heads, int64_t d, bool causal, struct compute_slice lengths,
          struct compute_slice qkv, struct dropout dropout, struct compute_slice weights, struct compute_slice y)
OPERATION(attention_backward, int64_t batch, int64_t length, int64_t heads, int64_t d, bool causal,
          struct compute_slice lengths, struct compute_slice qkv, struct dropout dropout, struct compute_slice weights,
          struct compute_slice d_y, float beta, struct compute_slice d_qkv)

/* Gated recurrent units (Cho et al. 2014, in the form of PyTorch's GRU) over whole sequences from h_0 = 0: r =
 * σ(x_r + W_r h + b_r), z = σ(x_z + W_z h + b_z), n = tanh(x_n + r (W_n h + b_n)), h' = (1 - z) n + z h. X
 * [batch·length x 3h] holds the input projections (r, z, n) including their bias; W [3h x h], b [3h]; Y
 * [batch·length x h]; gates [batch·length x 4h] receives r, z, n and W_n h + b_n. */
OPERATION(gru, int64_t batch, int64_t length, int64_t h, struct compute_slice x, struct compute_slice w,
          struct compute_slice b, struct compute_slice gates, struct compute_slice y)

/* scratch: float [batch x 5h]. */
OPERATION(gru_backward, int64_t batch, int64_t length, int64_t h, struct compute_slice w, struct compute_slice gates,
          struct compute_slice y, struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
          struct compute_slice d_w, struct compute_slice d_b, struct compute_slice scratch)

/* Long short-term memory (Hochreiter and Schmidhuber 1997; PyTorch's LSTM) over whole sequences from h_0 = c_0 = 0:
 * i = σ(x_i + W_i h + b_i), f and o likewise, g = tanh(x_g + W_g h + b_g), c' = f c + i g, h' = o tanh(c').
 * X [batch·length x 4h] holds the input projections (i, f, g, o) with their bias; W [4h x h], b [4h];
 * Y [batch·length x h]; gates [batch·length x 5h] receives i, f, g, o and c'. */
OPERATION(lstm, int64_t batch, int64_t length, int64_t h, struct compute_slice x, struct compute_slice w,
          struct compute_slice b, struct compute_slice gates, struct compute_slice y)

/* scratch: float [batch x 6h]. */
OPERATION(lstm_backward, int64_t batch, int64_t length, int64_t h, struct compute_slice w, struct compute_slice gates,
          struct compute_slice y, struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
          struct compute_slice d_w, struct compute_slice d_b, struct compute_slice scratch)

/* The input of a causal convolution of width `kernel`: Y[b, t] = X[b, t - kernel + 1], ..., X[b, t], zeros before
 * the start; X [batch·length x d], Y [batch·length x kernel·d]. */
OPERATION(unfold, int64_t batch, int64_t length, int64_t d, int64_t kernel, struct compute_slice x,
          struct compute_slice y)
OPERATION(unfold_backward, int64_t batch, int64_t length, int64_t d, int64_t kernel, struct compute_slice d_y,
          float beta, struct compute_slice d_x)

/* Y[b, t] = the mean of X[b, 0..t]. */
OPERATION(running_mean, int64_t batch, int64_t length, int64_t d, struct compute_slice x, struct compute_slice y)
OPERATION(running_mean_backward, int64_t batch, int64_t length, int64_t d, struct compute_slice d_y, float beta,
          struct compute_slice d_x)

/* Y[b, t] = the maximum of X[b, 0..t]; indices int32 [batch·length x d] receives the t of the first maximum. */
OPERATION(running_max, int64_t batch, int64_t length, int64_t d, struct compute_slice x, struct compute_slice indices,
          struct compute_slice y)
OPERATION(running_max_backward, int64_t batch, int64_t length, int64_t d, struct compute_slice indices,
          struct compute_slice d_y, float beta, struct compute_slice d_x)

/* Y[b] = the mean of X[b, 0..lengths[b]). */
OPERATION(sequence_mean, int64_t batch, int64_t length, int64_t d, struct compute_slice lengths, struct compute_slice x,
          struct compute_slice y)
OPERATION(sequence_mean_backward, int64_t batch, int64_t length, int64_t d, struct compute_slice lengths,
          struct compute_slice d_y, float beta, struct compute_slice d_x)

/* Attention pooling with one learned query: weights [batch x length] receives softmax(logits[b, 0..lengths[b])), 0
 * past the length; Y[b] = sum over t of weights[b, t] X[b, t]. logits [batch x length], X [batch·length x d]. */
OPERATION(pool, int64_t batch, int64_t length, int64_t d, struct compute_slice lengths, struct compute_slice x,
          struct compute_slice logits, struct compute_slice weights, struct compute_slice y)
OPERATION(pool_backward, int64_t batch, int64_t length, int64_t d, struct compute_slice lengths, struct compute_slice x,
          struct compute_slice weights, struct compute_slice d_y, float beta, struct compute_slice d_x,
          float beta_logits, struct compute_slice d_logits)

/* Y[r] = sum over slots of w[slot] X[r, slot] + b; X [rows x slots x d], Y [rows x d], w [slots], b [1]. */
OPERATION(weighted_sum, int64_t rows, int64_t slots, int64_t d, struct compute_slice x, struct compute_slice w,
          struct compute_slice b, struct compute_slice y)
OPERATION(weighted_sum_backward, int64_t rows, int64_t slots, int64_t d, struct compute_slice x, struct compute_slice w,
          struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
          struct compute_slice d_w, struct compute_slice d_b)

/* ---- scores and losses ---- */
/* s[g, i] = Q[g] · X[g, i]; Q [groups x d], X [groups x size x d]. */
OPERATION(batched_dot, int64_t groups, int64_t size, int64_t d, struct compute_slice q, struct compute_slice x,
          struct compute_slice s)
OPERATION(batched_dot_backward, int64_t groups, int64_t size, int64_t d, struct compute_slice q, struct compute_slice x,
          struct compute_slice d_s, float beta_q, struct compute_slice d_q, float beta_x, struct compute_slice d_x)

/* loss += sum of weights[i] (-ln σ(sign s[i])) (loss: double [1]); d_s[i] = its derivative. An entry with weight 0
 * is ignored, whatever its score. */
OPERATION(log_sigmoid_loss, int64_t n, float sign, struct compute_slice s, struct compute_slice weights,
          struct compute_slice loss, struct compute_slice d_s)

/* Cross-entropy with several targets per row: loss += sum over rows r of weights[r] (ln sum_j exp(S[r, j]) - mean
 * over the row's targets t of S[r, t]) (loss: double [1]); the derivative replaces S [rows x n]. Targets: int64
 * starts [rows + 1], int32 columns; a row without targets or with weight 0 contributes 0. */
OPERATION(softmax_loss, int64_t rows, int64_t n, struct compute_slice s, struct compute_slice starts,
          struct compute_slice targets, struct compute_slice weights, struct compute_slice loss)

/* loss += sum of factor weights[i] l(s[i], targets[i]) (loss: double [1]); d_s[i] = beta d_s[i] + its derivative.
 * weights [n] optional: 1; an element with weight 0 is ignored, whatever its numbers. */
OPERATION(element_loss, enum element_loss kind, int64_t n, float factor, struct compute_slice s,
          struct compute_slice targets, struct compute_slice weights, struct compute_slice loss, float beta,
          struct compute_slice d_s)

/* Triplet loss (Schroff, Kalenichenko and Philbin 2015): loss += factor · sum over rows of max(d(a, p) - d(a, n) +
 * margin, 0), d the Euclidean distance or, `squared`, its square; A, P, N [rows x d]. A distance of 0 has slope 0. */
OPERATION(triplet_loss, int64_t rows, int64_t d, bool squared, float margin, float factor, struct compute_slice a,
          struct compute_slice p, struct compute_slice n, struct compute_slice loss, float beta_a,
          struct compute_slice d_a, float beta_p, struct compute_slice d_p, float beta_n, struct compute_slice d_n)

/* S[r, columns[i]] = value for i in starts[r]..starts[r + 1]; S [rows x n], int64 starts, int32 columns. */
OPERATION(set_entries, int64_t rows, int64_t n, struct compute_slice starts, struct compute_slice columns, float value,
          struct compute_slice s)

/* Of candidates int32 [groups x n] (rows of X [x_rows x d]): the first n_easy, then the n_hard of all n with the
 * highest dot product with Q[g], highest first, ties by position; selected int32 [groups x (n_easy + n_hard)]
 * receives their rows. scratch: float [groups x n]. */
OPERATION(select_negatives, int64_t groups, int64_t n, int64_t n_easy, int64_t n_hard, int64_t d,
          struct compute_slice q, int64_t x_rows, struct compute_slice x, struct compute_slice candidates,
          struct compute_slice selected, struct compute_slice scratch)

/* ---- stochastic gradient descent with Nesterov momentum, as PyTorch's SGD with dampening 0 ---- */
/* total (double [1]) += sum of squares. */
OPERATION(sum_squares, int64_t n, struct compute_slice x, struct compute_slice total)

/* g' = g min(1, clip / (sqrt(squares) + 1e-6)) + wd p; v = mu v + g'; p -= lr (g' + mu v). squares: double [1], the
 * squared norm of the whole gradient; clip 0: no clipping. */
OPERATION(nesterov, int64_t n, float rate, float momentum, float decay, float clip, struct compute_slice squares,
          struct compute_slice gradient, struct compute_slice values, struct compute_slice velocity)

/* Adam (Kingma and Ba 2015, algorithm 1), step counted from 1: g' = g min(1, clip / (sqrt(squares) + 1e-6)) + wd p;
 * m = beta1 m + (1 - beta1) g'; v = beta2 v + (1 - beta2) g'²; p -= lr m̂ / (sqrt(v̂) + epsilon) with m̂ and v̂
 * bias-corrected. */
OPERATION(adam, int64_t n, int64_t step, float rate, float beta1, float beta2, float epsilon, float decay, float clip,
          struct compute_slice squares, struct compute_slice gradient, struct compute_slice values,
          struct compute_slice m, struct compute_slice v)

/* The same for the rows ids[0..n) (distinct; -1: none) of a table [n_rows x d], with gradient G[n x d]; other rows stay
 * as they are. v [n_rows] has one number for each row, the mean of g'² over it, as row-wise Adagrad in DLRM (Naumov et
 * al. 2019). */
OPERATION(adam_rows, int64_t n_rows, int64_t d, int64_t n, struct compute_slice ids, int64_t step, float rate,
          float beta1, float beta2, float epsilon, float decay, float clip, struct compute_slice squares,
          struct compute_slice gradient, struct compute_slice values, struct compute_slice m, struct compute_slice v)

/* Adagrad (Duchi, Hazan and Singer 2011): g' as for Adam; sums += g'²; p -= lr g' / (sqrt(sums) + epsilon). */
OPERATION(adagrad, int64_t n, float rate, float epsilon, float decay, float clip, struct compute_slice squares,
          struct compute_slice gradient, struct compute_slice values, struct compute_slice sums)

/* Y[i] = alpha (row ids[i] of the table before `step`) + beta Y[i]; the table does not change. */
OPERATION(table_read, const struct compute_table *table, const struct compute_schedule *schedule, int64_t step,
          int64_t n, struct compute_slice ids, float alpha, float beta, struct compute_slice y, int64_t y_stride)

/* Brings rows ids[0..n) (distinct) up to date to `step` and takes that step with gradient G[n x d] as `nesterov`
 * would; their `last` becomes step + 1. */
OPERATION(table_step, const struct compute_table *table, const struct compute_schedule *schedule, int64_t step,
          int64_t n, struct compute_slice ids, float clip, struct compute_slice squares, struct compute_slice gradient)

/* Brings rows first..first+n-1 up to date to `step` in place. */
OPERATION(table_flush, const struct compute_table *table, const struct compute_schedule *schedule, int64_t step,
          int64_t first, int64_t n)
