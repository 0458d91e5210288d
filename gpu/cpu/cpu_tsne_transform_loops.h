/* The convolution on the mesh: Fourier transforms of LANES sequences at a time, included after cpu_tsne_vector.h.
 *
 * A transform works in place on data[n][2][LANES], real parts then imaginary ones. The forward transform is decimated
 * in frequency and leaves frequency k at the bit-reversed index; the inverse one is decimated in time and reads them
 * from there, so that no reordering is needed. A radix-4 butterfly is two radix-2 steps at once. */

INLINE void NAME(turn)(vf *re, vf *im, float cosine, float sine)
{
    vf turned = FMA(*re, NAME(spread)(cosine), -(*im * sine));
    *im = FMA(*re, NAME(spread)(sine), *im * cosine);
    *re = turned;
}

INLINE void NAME(pairs_of_two)(float *data, int64_t n)
{
    vf *at = (vf *)data;
    for (int64_t j = 0; j < n; j += 2, at += 4) {
        vf re = at[0], im = at[1];
        at[0] = re + at[2];
        at[1] = im + at[3];
        at[2] = re - at[2];
        at[3] = im - at[3];
    }
}

static TARGET void NAME(transform)(float *data, int64_t n, const float *roots)
{
    int64_t length = n;
    for (; length >= 4; length /= 4) {
        const int64_t quarter = length / 4, step = n / length;
        for (int64_t start = 0; start < n; start += length)
            for (int64_t j = 0; j < quarter; j++) {
                vf *a = (vf *)data + 2 * (start + j), *b = a + 2 * quarter, *c = b + 2 * quarter, *d = c + 2 * quarter;
                vf sum_re = a[0] + c[0], sum_im = a[1] + c[1], odd_re = b[0] + d[0], odd_im = b[1] + d[1];
                vf left_re = a[0] - c[0], left_im = a[1] - c[1], turned_re = b[1] - d[1], turned_im = d[0] - b[0];
                a[0] = sum_re + odd_re;
                a[1] = sum_im + odd_im;
                vf re = sum_re - odd_re, im = sum_im - odd_im;
                const float *w = roots + 2 * j * step;
                NAME(turn)(&re, &im, w[2 * j * step], w[2 * j * step + 1]);
                b[0] = re;
                b[1] = im;
                re = left_re + turned_re;
                im = left_im + turned_im;
                NAME(turn)(&re, &im, w[0], w[1]);
                c[0] = re;
                c[1] = im;
                re = left_re - turned_re;
                im = left_im - turned_im;
                NAME(turn)(&re, &im, w[4 * j * step], w[4 * j * step + 1]);
                d[0] = re;
                d[1] = im;
            }
    }
    if (length == 2)
        NAME(pairs_of_two)(data, n);
}

/* n times the inverse of `transform`. */
static TARGET void NAME(transform_inverse)(float *data, int64_t n, const float *roots)
{
    int64_t length = 4;
    if (__builtin_ctzll((unsigned long long)n) % 2 == 1) {
        NAME(pairs_of_two)(data, n);
        length = 8;
    }
    for (; length <= n; length *= 4) {
        const int64_t quarter = length / 4, step = n / length;
        for (int64_t start = 0; start < n; start += length)
            for (int64_t j = 0; j < quarter; j++) {
                vf *a = (vf *)data + 2 * (start + j), *b = a + 2 * quarter, *c = b + 2 * quarter, *d = c + 2 * quarter;
                const float *w = roots + 2 * j * step;
                vf b_re = b[0], b_im = b[1], c_re = c[0], c_im = c[1], d_re = d[0], d_im = d[1];
                NAME(turn)(&b_re, &b_im, w[2 * j * step], -w[2 * j * step + 1]);
                NAME(turn)(&c_re, &c_im, w[0], -w[1]);
                NAME(turn)(&d_re, &d_im, w[4 * j * step], -w[4 * j * step + 1]);
                vf sum_re = a[0] + b_re, sum_im = a[1] + b_im, left_re = a[0] - b_re, left_im = a[1] - b_im;
                vf odd_re = c_re + d_re, odd_im = c_im + d_im, turned_re = d_im - c_im, turned_im = c_re - d_re;
                a[0] = sum_re + odd_re;
                a[1] = sum_im + odd_im;
                b[0] = left_re + turned_re;
                b[1] = left_im + turned_im;
                c[0] = sum_re - odd_re;
                c[1] = sum_im - odd_im;
                d[0] = left_re - turned_re;
                d[1] = left_im - turned_im;
            }
    }
}

/* Transposes: in step s, bit s of the row index is swapped with that of the column index. */
INLINE void NAME(transpose)(vf rows[LANES])
{
#pragma GCC unroll 4
    for (int s = 1; s < LANES; s *= 2) {
        vi low, high;
        for (int k = 0; k < LANES; k++) {
            low[k] = k & s ? LANES + k - s : k;
            high[k] = k & s ? LANES + k : k + s;
        }
#pragma GCC unroll 16
        for (int i = 0; i < LANES; i++)
            if (!(i & s)) {
                vf a = rows[i], b = rows[i + s];
                rows[i] = SHUFFLE(a, b, low);
                rows[i + s] = SHUFFLE(a, b, high);
            }
    }
}

/* Frequencies k..k+LANES-1 of the columns from `column` on; `part` 0: real, 1: imaginary. */
INLINE float *NAME(frequencies)(const struct tsne_mesh *mesh, int64_t column, int64_t k, int part)
{
    return mesh->spectrum + column * 2 * mesh->size + 2 * k + part * LANES;
}

INLINE void NAME(write_columns)(const struct tsne_mesh *mesh, int64_t column, int64_t k, int part, vf rows[LANES])
{
    NAME(transpose)(rows);
    for (int i = 0; i < LANES; i++)
        *(vf *)NAME(frequencies)(mesh, column + i, k, part) = rows[i];
}

INLINE void NAME(read_columns)(const struct tsne_mesh *mesh, int64_t column, int64_t k, int part, vf rows[LANES])
{
    for (int i = 0; i < LANES; i++)
        rows[i] = NAME(load)(NAME(frequencies)(mesh, column + i, k, part));
    NAME(transpose)(rows);
}

/* The mesh's columns, LANES of one half as real parts and as many of the other as imaginary parts, transformed along
 * their rows. The highest frequency is omitted here and below: it is smaller than the mesh's error. */
static TARGET void NAME(mesh_forward)(const struct tsne_mesh *mesh, float *work, int64_t block)
{
    const int64_t size = mesh->size, n = 2 * size, column = block * LANES;
    vf *data = (vf *)work;
    for (int64_t r = 0; r < size; r++) {
        data[2 * r] = NAME(load)(mesh->nodes + r * mesh->stride + column);
        data[2 * r + 1] = NAME(load)(mesh->nodes + r * mesh->stride + column + size / 2);
    }
    memset(data + n, 0, sizeof *data * (size_t)n);
    NAME(transform)(work, n, mesh->roots);
    for (int64_t k = 0; k < size; k += LANES) {
        vf a_re[LANES], a_im[LANES], b_re[LANES], b_im[LANES];
        for (int i = 0; i < LANES; i++) {
            const vf *x = data + 2 * (int64_t)mesh->place[k + i], *y = data + 2 * (int64_t)mesh->place[(n - k - i) % n];
            a_re[i] = 0.5F * (x[0] + y[0]);
            a_im[i] = 0.5F * (x[1] - y[1]);
            b_re[i] = 0.5F * (x[1] + y[1]);
            b_im[i] = 0.5F * (y[0] - x[0]);
        }
        NAME(write_columns)(mesh, column, k, 0, a_re);
        NAME(write_columns)(mesh, column, k, 1, a_im);
        NAME(write_columns)(mesh, column + size / 2, k, 0, b_re);
        NAME(write_columns)(mesh, column + size / 2, k, 1, b_im);
    }
}

/* LANES frequencies along the columns, forward and back, multiplied by the smooth part in between. */
static TARGET void NAME(mesh_convolve)(const struct tsne_mesh *mesh, float *work, int64_t block)
{
    const int64_t size = mesh->size, n = 2 * size, k = block * LANES;
    vf *data = (vf *)work;
    for (int64_t c = 0; c < size; c++) {
        data[2 * c] = NAME(load)(NAME(frequencies)(mesh, c, k, 0));
        data[2 * c + 1] = NAME(load)(NAME(frequencies)(mesh, c, k, 1));
    }
    memset(data + n, 0, sizeof *data * (size_t)n);
    NAME(transform)(work, n, mesh->roots);
    const float *smooth = mesh->smooth + block * n * LANES;
    for (int64_t c = 0; c < n; c++) {
        vf factor = NAME(load)(smooth + c * LANES);
        data[2 * c] *= factor;
        data[2 * c + 1] *= factor;
    }
    NAME(transform_inverse)(work, n, mesh->roots);
    for (int64_t c = 0; c < size; c++) {
        *(vf *)NAME(frequencies)(mesh, c, k, 0) = data[2 * c];
        *(vf *)NAME(frequencies)(mesh, c, k, 1) = data[2 * c + 1];
    }
}

static TARGET void NAME(mesh_inverse)(const struct tsne_mesh *mesh, float *work, int64_t block)
{
    const int64_t size = mesh->size, n = 2 * size, column = block * LANES;
    vf *data = (vf *)work;
    for (int64_t k = 0; k < size; k += LANES) {
        vf a_re[LANES], a_im[LANES], b_re[LANES], b_im[LANES];
        NAME(read_columns)(mesh, column, k, 0, a_re);
        NAME(read_columns)(mesh, column, k, 1, a_im);
        NAME(read_columns)(mesh, column + size / 2, k, 0, b_re);
        NAME(read_columns)(mesh, column + size / 2, k, 1, b_im);
        for (int i = 0; i < LANES; i++) {
            vf *x = data + 2 * (int64_t)mesh->place[k + i], *y = data + 2 * (int64_t)mesh->place[(n - k - i) % n];
            y[0] = a_re[i] + b_im[i];
            y[1] = b_re[i] - a_im[i];
            x[0] = a_re[i] - b_im[i]; /* after y: frequency 0 is its own counterpart */
            x[1] = b_re[i] + a_im[i];
        }
    }
    data[2 * (int64_t)mesh->place[size]] = (vf){0};
    data[2 * (int64_t)mesh->place[size] + 1] = (vf){0};
    NAME(transform_inverse)(work, n, mesh->roots);
    for (int64_t r = 0; r < size; r++) {
        *(vf *)(mesh->nodes + r * mesh->stride + column) = data[2 * r];
        *(vf *)(mesh->nodes + r * mesh->stride + column + size / 2) = data[2 * r + 1];
    }
}

/* The smooth part at a squared distance in cells: 1 / (1 + u) beyond the reach. */
static double NAME(smooth_part)(const struct tsne_mesh *mesh, int64_t rows, int64_t columns)
{
    const double h = (double)mesh->spacing, reach = (double)mesh->reach;
    const double u = h * h * (double)(rows * rows + columns * columns);
    const double w = u < reach ? (reach - u) / (1 + reach) : 0;
    return (1 - w * w * w * w) / (1 + u);
}

/* The transform of the smooth part, which is real because the part is even, in two rounds: along the rows for LANES of
 * the columns 0..size, then along the columns for LANES frequencies. */
static TARGET void NAME(smooth_rows)(const struct tsne_mesh *mesh, float *work, int64_t block)
{
    const int64_t size = mesh->size, n = 2 * size, column = block * LANES;
    vf *data = (vf *)work;
    for (int64_t r = 0; r <= size; r++) {
        for (int i = 0; i < LANES; i++)
            data[2 * r][i] = (float)NAME(smooth_part)(mesh, r, column + i);
        data[2 * ((n - r) % n)] = data[2 * r];
        data[2 * r + 1] = data[2 * ((n - r) % n) + 1] = (vf){0};
    }
    NAME(transform)(work, n, mesh->roots);
    for (int64_t k = 0; k < size; k += LANES) {
        vf rows[LANES];
        for (int i = 0; i < LANES; i++)
            rows[i] = data[2 * (int64_t)mesh->place[k + i]];
        NAME(write_columns)(mesh, column, k, 0, rows);
    }
}

/* The transform of a cubic spline's values at the nodes: 1/6, 2/3, 1/6. */
INLINE float NAME(spline)(const struct tsne_mesh *mesh, int64_t k)
{
    return (2 + mesh->roots[2 * k]) / 3;
}

static TARGET void NAME(smooth_columns)(const struct tsne_mesh *mesh, float *work, int64_t block)
{
    const int64_t size = mesh->size, n = 2 * size, k = block * LANES;
    vf *data = (vf *)work;
    for (int64_t c = 0; c <= size; c++) {
        data[2 * c] = data[2 * ((n - c) % n)] = NAME(load)(NAME(frequencies)(mesh, c, k, 0));
        data[2 * c + 1] = data[2 * ((n - c) % n) + 1] = (vf){0};
    }
    NAME(transform)(work, n, mesh->roots);
    float *smooth = mesh->smooth + block * n * LANES;
    for (int64_t c = 0; c < n; c++)
        for (int i = 0; i < LANES; i++) {
            float both = NAME(spline)(mesh, c) * NAME(spline)(mesh, k + i) * (float)n;
            smooth[mesh->place[c] * LANES + i] = data[2 * (int64_t)mesh->place[c]][i] / (both * both);
        }
}
