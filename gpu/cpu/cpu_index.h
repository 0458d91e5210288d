#ifndef SLEEVE_GPU_CPU_INDEX_H
#define SLEEVE_GPU_CPU_INDEX_H

#include "gpu/cpu/cpu_internal.h"
#include "gpu/index_layout.h"

/* A copy of the items with one byte per component, from which top_k_indexed excludes nearly all rows before it reads
 * the items. Rows are stored in blocks of sixteen, longest first; a block holds four components of each row together,
 * which is one register for VNNI and one line of a tile for AMX.
 *
 * ---- Why the result is exact ----
 *
 * Rounding. y = x - c is a row less the centre c (any c is correct; a median makes y short). With the block's factor f
 * (`inverse`, so that |f y_j| <= 127) and t = f y in the reals, z = round(t) is stored as z + 128. r = t - z. In
 * float32 f (x - c) has an error below 127.5 x 2^-22 a component, and squares and sums of d terms one of d 2^-23
 * relative; with both added, `residual` >= |r| and `length` >= |t| for every row of the block.
 *
 * The same for a query q: g = 127 / max |q_j|, w = round(g q), e = g q - w, in double.
 *
 * Bound. f g q.y = (w + e).(z + r) = w.z + w.r + e.t, so by Cauchy and Schwarz
 *     | f g q.y - w.z | <= E = |w| residual + |e| length,
 * and q.x = q.c + q.y. w.z is a sum of integers, exact for d up to 65,536.
 *
 * Scores. The exact score is S = float32(the sum in float64 of the d products, which float64 holds exactly), in a fixed
 * order (cpu_top_k_indexed.c), so that no instruction set or number of threads changes a bit of it. The sum differs
 * from q.x by at most d 2^-53 |q| (|c| + |y|). |w| and |e| are enlarged by the share 2^-20 and |e| by another 2^-20
 * |w|: in the units of w.z that is more than the part of |y|, and more than the rounding of the bound itself in
 * float32, where it can matter (|value| <= 2 |w| (length + residual)). The part of |c| and the rounding of q.c are
 * `slack`. Rounding to float32 is monotonic: S >= float32(q.c - slack + (w.z - E) / (f g)), the row's lower bound, and
 * S <= float32 of the same with plus signs, its upper bound.
 *
 * Search. Let T be a float that at least k eligible rows reach, for example the k-th best of the lower bounds. A row
 * whose sum is below the float before T has S < T and is not among the k best, whatever the order of ties. Only such
 * rows are skipped, all others are scored; the whole rest of the blocks is skipped when one of its Cauchy-Schwarz
 * bounds, q.c + slack + |q| `reach` and |q| `extent`, is below. So the result is that of scoring every row, ties by row
 * included. Excluded rows count as found until they are scored; k is enlarged by their number until then.
 *
 * Adversarial rows. One huge component makes a block's bound loose, not wrong: more rows are scored, at worst all of
 * them, which takes a few times as long as top_k and no more memory. A block with a value that is not finite has an
 * infinite residual: its rows are always scored. */

enum {
    INDEX_PANEL = 16, /* queries of a panel */
    INDEX_STEP = 64,  /* components of a tile */
};

/* Up to 16 queries as bytes. */
struct index_panel {
    int64_t count;
    int64_t stride;            /* of codes and wide: d rounded up to a multiple of INDEX_STEP */
    const int8_t *codes;       /* [INDEX_PANEL x stride] w, padded with zeros */
    const int16_t *wide;       /* the same as 16-bit integers */
    bool fetch;                /* the codes are not in cache: prefetch the next run's */
    float above[INDEX_PANEL];  /* (T - q.c - slack) g; INFINITY for a query that needs no more rows */
    float width[INDEX_PANEL];  /* |w|, enlarged by its share */
    float error[INDEX_PANEL];  /* |e|, enlarged by its share */
    int32_t bias[INDEX_PANEL]; /* 128 times the sum of w: the contribution of the stored offset 128 */
};

/* The result of scanning a run with a panel. */
struct index_found {
    int32_t sums[INDEX_PANEL][INDEX_RUN * INDEX_ROWS]; /* w.z + bias */
    uint64_t hits[INDEX_PANEL];                        /* one bit per row that cannot be skipped */
} __attribute__((aligned(64)));

/* Called around a task's calls of cpu_index_scan: sets up AMX tiles once per thread. */
void cpu_index_scan_begin(enum cpu_bytes bytes);
void cpu_index_scan_end(enum cpu_bytes bytes);
/* Returns whether there is any hit; `codes` are those of the run. */
bool cpu_index_scan(enum cpu_bytes bytes, const uint8_t *codes, int64_t groups, const struct index_run *run,
                    const struct index_panel *panel, struct index_found *found);

/* The fastest supported way to multiply bytes; requests AMX tiles from the system. */
enum cpu_bytes cpu_index_find_bytes(void);

#endif
