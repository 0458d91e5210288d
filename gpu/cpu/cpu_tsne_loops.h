/* The loops of the exact gradient and of both kinds of affinities; included after cpu_tsne_vector.h, with ROWS defined,
 * too. */

/* All ones in the lanes of columns that a row uses in the diagonal tile: existing ones after it. */
INLINE vi NAME(after)(int64_t column, int64_t row, int64_t n)
{
    vi index;
    for (int k = 0; k < LANES; k++)
        index[k] = k;
    int32_t first = (int32_t)(row - column);
    int32_t end = row < n ? (int32_t)(n - column) : 0;
    return (index > first) & (index < end);
}

/* The probabilities of LANES columns: from the high or the low halves of their words. */
INLINE vf NAME(probability)(const uint32_t *words, int low)
{
    vi bits = *(const vi *)words;
    return low ? (vf)(bits << 16) : (vf)bits;
}

/* ROWS rows starting with strip->row + first; `diagonal` is a constant where this is inlined. */
INLINE vf NAME(forces_groups)(const struct tsne_strip *strip, int first, int64_t from, int64_t to, bool diagonal)
{
    const float *x = strip->x, *y = strip->y;
    const int64_t row = strip->row + first;
    vf ix[ROWS], iy[ROWS], sums[ROWS][TSNE_FORCES], z = {0};
    for (int r = 0; r < ROWS; r++) {
        ix[r] = NAME(spread)(x[row + r]);
        iy[r] = NAME(spread)(y[row + r]);
        for (int f = 0; f < TSNE_FORCES; f++)
            sums[r][f] = (vf){0};
    }
    for (int64_t g = from; g < to; g++) {
        const uint32_t *words = strip->words + (g * TSNE_STRIP + first) * TSNE_WORDS;
        for (int part = 0; part < TSNE_PANEL / LANES; part++) {
            const int64_t column = strip->column + g * TSNE_PANEL + part * LANES;
            const int low = part * LANES >= TSNE_WORDS;
            vf jx = NAME(load)(x + column), jy = NAME(load)(y + column);
            float *force = strip->forces + column;
            vf column_sums[TSNE_FORCES];
            for (int f = 0; f < TSNE_FORCES; f++)
                column_sums[f] = NAME(load)(force + f * strip->stride);
#pragma GCC unroll 4
            for (int r = 0; r < ROWS; r++) {
                vf p = NAME(probability)(words + r * TSNE_WORDS + part * LANES % TSNE_WORDS, low);
                vf dx = jx - ix[r], dy = jy - iy[r];
                vf q = NAME(reciprocal)(FMA(dx, dx, FMA(dy, dy, NAME(spread)(1))));
                if (diagonal)
                    q = (vf)((vi)q & NAME(after)(column, row + r, strip->n));
                z += q;
                vf attraction = p * q, repulsion = q * q;
                sums[r][0] = FMA(attraction, dx, sums[r][0]);
                sums[r][1] = FMA(attraction, dy, sums[r][1]);
                sums[r][2] = FMA(repulsion, dx, sums[r][2]);
                sums[r][3] = FMA(repulsion, dy, sums[r][3]);
                column_sums[0] = FMA(attraction, dx, column_sums[0]);
                column_sums[1] = FMA(attraction, dy, column_sums[1]);
                column_sums[2] = FMA(repulsion, dx, column_sums[2]);
                column_sums[3] = FMA(repulsion, dy, column_sums[3]);
            }
            for (int f = 0; f < TSNE_FORCES; f++)
                *(vf *)(force + f * strip->stride) = column_sums[f];
        }
    }
    for (int r = 0; r < ROWS; r++)
        for (int f = 0; f < TSNE_FORCES; f++)
            strip->forces[f * strip->stride + row + r] -= NAME(sum)(sums[r][f]);
    return z;
}

static TARGET double NAME(forces)(const struct tsne_strip *strip)
{
    double z = 0;
    for (int first = 0; first < TSNE_STRIP; first += ROWS) {
        if (strip->diagonal)
            z += (double)NAME(sum)(NAME(forces_groups)(strip, first, 0, 1, true));
        z += (double)NAME(sum)(NAME(forces_groups)(strip, first, strip->diagonal, strip->groups, false));
    }
    return z;
}

static TARGET void NAME(divergence)(const struct tsne_strip *strip, struct tsne_divergence *total)
{
    for (int r = 0; r < TSNE_STRIP; r++) {
        const int64_t row = strip->row + r;
        vf p_log = {0}, p_sum = {0};
        for (int64_t g = 0; g < strip->groups; g++) {
            const uint32_t *words = strip->words + (g * TSNE_STRIP + r) * TSNE_WORDS;
            for (int part = 0; part < TSNE_PANEL / LANES; part++) {
                const int64_t column = strip->column + g * TSNE_PANEL + part * LANES;
                vf p = NAME(probability)(words + part * LANES % TSNE_WORDS, part * LANES >= TSNE_WORDS);
                vf dx = NAME(load)(strip->x + column) - strip->x[row];
                vf dy = NAME(load)(strip->y + column) - strip->y[row];
                vf ln = NAME(log)(p * FMA(dx, dx, FMA(dy, dy, NAME(spread)(1))));
                if (strip->diagonal && g == 0)
                    p = (vf)((vi)p & NAME(after)(column, row, strip->n));
                p_log = FMA(p, ln, p_log);
                p_sum += p;
            }
        }
        total->p_log += (double)NAME(sum)(p_log);
        total->p += (double)NAME(sum)(p_sum);
    }
}

/* The last columns of a row when they are fewer than a vector, padded with `filler`. */
INLINE vf NAME(tail)(const float *d, int64_t count, float filler)
{
    vf tail = NAME(spread)(filler);
    for (int64_t k = 0; k < count; k++)
        tail[k] = d[k];
    return tail;
}

static TARGET void NAME(row_range)(const float *d, int64_t n, float *least, double *sum)
{
    vf low = NAME(spread)(d[0]);
    double total = 0;
    for (int64_t j = 0; j < n; j += LANES) {
        vf a = j + LANES <= n ? NAME(load)(d + j) : NAME(tail)(d + j, n - j, d[0]);
        vi less = a < low;
        low = (vf)(((vi)a & less) | ((vi)low & ~less));
        total += (double)NAME(sum)(a);
    }
    *least = low[0];
    for (int k = 1; k < LANES; k++)
        if (low[k] < *least)
            *least = low[k];
    *sum = total - (double)d[0] * (double)((LANES - n % LANES) % LANES);
}

static TARGET void NAME(row_sums)(const float *d, int64_t n, float least, float beta, struct tsne_row_sums *sums)
{
    vf e_sum = {0}, de_sum = {0}, dde_sum = {0};
    for (int64_t j = 0; j < n; j += LANES) {
        vf a = (j + LANES <= n ? NAME(load)(d + j) : NAME(tail)(d + j, n - j, least)) - least;
        vf e = NAME(exp)(-beta * a);
        vf de = a * e;
        e_sum += e;
        de_sum += de;
        dde_sum = FMA(a, de, dde_sum);
    }
    sums->e = (double)NAME(sum)(e_sum) - (double)((LANES - n % LANES) % LANES);
    sums->de = (double)NAME(sum)(de_sum);
    sums->dde = (double)NAME(sum)(dde_sum);
}

static TARGET void NAME(row_exp)(float *d, int64_t n, float least, float beta, float scale)
{
    for (int64_t j = 0; j < n; j += LANES) {
        bool whole = j + LANES <= n;
        vf a = (whole ? NAME(load)(d + j) : NAME(tail)(d + j, n - j, least)) - least;
        vf e = scale * NAME(exp)(-beta * a);
        if (whole)
            *(vf *)(d + j) = e;
        else
            for (int64_t k = 0; k < n - j; k++)
                d[j + k] = e[k];
    }
}
