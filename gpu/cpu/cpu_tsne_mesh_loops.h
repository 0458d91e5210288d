/* The loops over points on the mesh and over sparse P; included after the transforms. */

#define v4 NAME(vector_of_nodes)
typedef float v4 __attribute__((vector_size(16), aligned(4), may_alias));

/* The cubic splines at the four nodes around a point at t in [0, 1) of its cell, and their derivatives. */
INLINE v4 NAME(splines)(float t)
{
    const v4 a = {1.0F / 6, 4.0F / 6, 1.0F / 6, 0}, b = {-0.5F, 0, 0.5F, 0}, c = {0.5F, -1, 0.5F, 0};
    const v4 d = {-1.0F / 6, 0.5F, -0.5F, 1.0F / 6};
    return a + t * (b + t * (c + t * d));
}

INLINE v4 NAME(slopes)(float t)
{
    const v4 b = {-0.5F, 0, 0.5F, 0}, c = {1, -2, 1, 0}, d = {-0.5F, 1.5F, -1.5F, 0.5F};
    return b + t * (c + t * d);
}

INLINE float NAME(add_four)(v4 a)
{
    return (a[0] + a[2]) + (a[1] + a[3]);
}

static TARGET void NAME(mesh_lay)(const struct tsne_mesh *mesh, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        const int64_t column = tsne_mesh_cell(mesh, mesh->x[i]), row = tsne_mesh_cell(mesh, mesh->y[i]);
        const v4 across = NAME(splines)(mesh->x[i] - (float)column), up = NAME(splines)(mesh->y[i] - (float)row);
        float *node = mesh->nodes + (row - 1) * mesh->stride + column - 1;
        for (int r = 0; r < TSNE_SPLINE; r++, node += mesh->stride)
            *(v4 *)node += up[r] * across;
    }
}

/* The near part of q, for LANES points from `begin` on with the points of three strips within reach. */
INLINE void NAME(near_pairs)(const struct tsne_mesh *mesh, int64_t strip, int64_t begin, int64_t end, vf sums[3])
{
    const int64_t strips = mesh->size / TSNE_STRIP_ROWS;
    int64_t from = tsne_mesh_cell(mesh, mesh->x[begin]) - TSNE_STRIP_ROWS;
    int64_t to = tsne_mesh_cell(mesh, mesh->x[end - 1]) + TSNE_STRIP_ROWS + 1;
    from = from > 0 ? from : 0;
    to = to < mesh->size ? to : mesh->size;
    const vf ix = NAME(load)(mesh->x + begin), iy = NAME(load)(mesh->y + begin);
    const float squared = mesh->spacing * mesh->spacing, scale = 1 / (1 + mesh->reach);
    const float start = mesh->reach * scale, slope = squared * scale;
    for (int64_t other = strip > 0 ? strip - 1 : 0; other <= strip + 1 && other < strips; other++) {
        const int32_t *first = mesh->first + other * mesh->size;
        for (int64_t j = first[from]; j < first[to]; j++) {
            vf dx = ix - mesh->x[j], dy = iy - mesh->y[j];
            vf cells = FMA(dx, dx, dy * dy);
            vf w = FMA(cells, NAME(spread)(-slope), NAME(spread)(start));
            w = (vf)((vi)w & (w > 0));
            vf q = NAME(reciprocal)(FMA(cells, NAME(spread)(squared), NAME(spread)(1)));
            vf cube = w * w * w * q, part = w * q;
            sums[2] = FMA(cube, w, sums[2]);
            vf force = cube * (part + 4 * scale);
            sums[0] = FMA(force, dx, sums[0]);
            sums[1] = FMA(force, dy, sums[1]);
        }
    }
}

static TARGET void NAME(mesh_collect)(const struct tsne_mesh *mesh, int64_t strip, struct tsne_repulsion *total)
{
    const int64_t strip_end = mesh->first[(strip + 1) * mesh->size];
    *total = (struct tsne_repulsion){0};
    for (int64_t begin = mesh->first[strip * mesh->size]; begin < strip_end; begin += LANES) {
        const int64_t end = begin + LANES < strip_end ? begin + LANES : strip_end;
        vf near[3] = {{0}, {0}, {0}};
        if (mesh->reach > 0)
            NAME(near_pairs)(mesh, strip, begin, end, near);
        for (int64_t i = begin; i < end; i++) {
            const int64_t column = tsne_mesh_cell(mesh, mesh->x[i]), row = tsne_mesh_cell(mesh, mesh->y[i]),
                          lane = i - begin;
            const float right = mesh->x[i] - (float)column, above = mesh->y[i] - (float)row;
            const v4 up = NAME(splines)(above), up_slopes = NAME(slopes)(above), across = NAME(splines)(right);
            const float *node = mesh->nodes + (row - 1) * mesh->stride + column - 1;
            v4 values = {0}, slopes = {0};
            for (int r = 0; r < TSNE_SPLINE; r++, node += mesh->stride) {
                values += up[r] * *(const v4 *)node;
                slopes += up_slopes[r] * *(const v4 *)node;
            }
            const float half = -0.5F / mesh->spacing;
            float *to = mesh->repulsion + 2 * (int64_t)mesh->order[i];
            to[0] = half * NAME(add_four)(values * NAME(slopes)(right)) + mesh->spacing * near[0][lane];
            to[1] = half * NAME(add_four)(slopes * across) + mesh->spacing * near[1][lane];
            total->x += (double)to[0];
            total->y += (double)to[1];
            total->potential += (double)NAME(add_four)(values * across) + (double)near[2][lane];
        }
    }
}

/* Attraction: the sum of p q (yi - yj) over the pairs of row i of P. */
static TARGET void NAME(edges_attract)(const struct tsne_edges *edges, const float *points, int64_t i, float sums[2])
{
    vf x_sum = {0}, y_sum = {0};
    const vf ix = NAME(spread)(points[2 * i]), iy = NAME(spread)(points[2 * i + 1]);
    const int32_t *group = edges->groups + edges->starts[i] * 2 * TSNE_EDGES;
    const int32_t *end = edges->groups + edges->starts[i + 1] * 2 * TSNE_EDGES;
    for (; group < end; group += 2 * TSNE_EDGES)
        for (int part = 0; part < TSNE_EDGES; part += LANES) {
            vf x, y;
            NAME(gather)(points, group + part, &x, &y);
            vf dx = ix - x, dy = iy - y;
            vf q = NAME(reciprocal)(FMA(dx, dx, FMA(dy, dy, NAME(spread)(1))));
            vf force = q * NAME(load)((const float *)(group + TSNE_EDGES + part));
            x_sum = FMA(force, dx, x_sum);
            y_sum = FMA(force, dy, y_sum);
        }
    sums[0] = NAME(sum)(x_sum);
    sums[1] = NAME(sum)(y_sum);
}

static TARGET void NAME(edges_divergence)(const struct tsne_edges *edges, const float *points, int64_t i,
                                          struct tsne_divergence *total)
{
    vf p_log = {0}, p_sum = {0};
    const int32_t *group = edges->groups + edges->starts[i] * 2 * TSNE_EDGES;
    const int32_t *end = edges->groups + edges->starts[i + 1] * 2 * TSNE_EDGES;
    for (; group < end; group += 2 * TSNE_EDGES)
        for (int part = 0; part < TSNE_EDGES; part += LANES) {
            vf x, y, p = NAME(load)((const float *)(group + TSNE_EDGES + part));
            NAME(gather)(points, group + part, &x, &y);
            vf dx = points[2 * i] - x, dy = points[2 * i + 1] - y;
            vf ln = NAME(log)((p + 1e-37F) * FMA(dx, dx, FMA(dy, dy, NAME(spread)(1))));
            p_log = FMA(p, ln, p_log);
            p_sum += p;
        }
    total->p_log += (double)NAME(sum)(p_log);
    total->p += (double)NAME(sum)(p_sum);
}

static const struct tsne_kernels NAME(kernels) = {
    .lanes = LANES,
    .forces = NAME(forces),
    .divergence = NAME(divergence),
    .row_range = NAME(row_range),
    .row_sums = NAME(row_sums),
    .row_exp = NAME(row_exp),
    .smooth_rows = NAME(smooth_rows),
    .smooth_columns = NAME(smooth_columns),
    .mesh_forward = NAME(mesh_forward),
    .mesh_convolve = NAME(mesh_convolve),
    .mesh_inverse = NAME(mesh_inverse),
    .mesh_lay = NAME(mesh_lay),
    .mesh_collect = NAME(mesh_collect),
    .edges_attract = NAME(edges_attract),
    .edges_divergence = NAME(edges_divergence),
};

#undef v4
#undef vf
#undef vi
#undef INLINE
#undef NAME
#undef TARGET
#undef LANES
#undef ROWS
#undef FMA
#undef SUM
#undef APPROXIMATE_RECIPROCAL
#undef GATHER
