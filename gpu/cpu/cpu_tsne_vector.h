/* Vectors of LANES floats. Included by cpu_tsne_kernels.c once per instruction set, before the loops, with NAME,
 * TARGET, LANES and FMA defined, and with SUM, APPROXIMATE_RECIPROCAL and GATHER where the instruction set has a faster
 * way. */

#define vf NAME(vector_float)
#define vi NAME(vector_int)
typedef float vf __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define INLINE static inline TARGET __attribute__((always_inline))

INLINE vf NAME(spread)(float a)
{
    return (vf){0} + a;
}

INLINE float NAME(sum)(vf a)
{
#ifdef SUM
    return SUM(a);
#else
    float sum = 0;
    for (int k = 0; k < LANES / 2; k++)
        sum += a[k] + a[k + LANES / 2];
    return sum;
#endif
}

INLINE vf NAME(reciprocal)(vf a)
{
#ifdef APPROXIMATE_RECIPROCAL
    vf r = APPROXIMATE_RECIPROCAL(a);
    return r * FMA(-a, r, NAME(spread)(2)); /* one Newton step: 14 good bits become 23 */
#else
    return 1 / a;
#endif
}

/* exp(a) for a <= 0 with a relative error of 2e-7; clamped below -87. */
INLINE vf NAME(exp)(vf a)
{
    const float magic = 12582912.0F; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    vi small = a < NAME(spread)(-87.0F);
    a = (vf)(((vi)NAME(spread)(-87.0F) & small) | ((vi)a & ~small));
    vf shifted = FMA(a, NAME(spread)(1.44269504F), NAME(spread)(magic));
    vi exponent = (vi)shifted - (vi)NAME(spread)(magic);
    vf whole = shifted - magic;
    vf r = FMA(whole, NAME(spread)(-0.693359375F), a);
    r = FMA(whole, NAME(spread)(2.12194440e-4F), r);
    vf e = NAME(spread)(1.0F / 720);
    e = FMA(e, r, NAME(spread)(1.0F / 120));
    e = FMA(e, r, NAME(spread)(1.0F / 24));
    e = FMA(e, r, NAME(spread)(1.0F / 6));
    e = FMA(e, r, NAME(spread)(0.5F));
    e = FMA(e, r, NAME(spread)(1));
    e = FMA(e, r, NAME(spread)(1));
    return (vf)((vi)e + (exponent << 23));
}

/* ln(a) for positive normal a to 1e-6: 2 artanh((m - 1) / (m + 1)) for the mantissa m in [sqrt(1/2), sqrt(2)). */
INLINE vf NAME(log)(vf a)
{
    vi bits = (vi)a - 0x3f3504f3;
    vi exponent = bits >> 23;
    vf m = (vf)((bits & 0x7fffff) + 0x3f3504f3);
    vf s = (m - 1) / (m + 1);
    vf t = s * s;
    vf series = NAME(spread)(2.0F / 9);
    series = FMA(series, t, NAME(spread)(2.0F / 7));
    series = FMA(series, t, NAME(spread)(2.0F / 5));
    series = FMA(series, t, NAME(spread)(2.0F / 3));
    series = FMA(series, t, NAME(spread)(2));
    vf whole;
    for (int k = 0; k < LANES; k++)
        whole[k] = (float)exponent[k];
    return FMA(whole, NAME(spread)(0.693147181F), s * series);
}

INLINE vf NAME(load)(const float *from)
{
    return *(const vf *)from;
}

INLINE void NAME(add)(float *to, vf a)
{
    *(vf *)to += a;
}

/* Coordinates of points columns[0..LANES-1] of points [n x 2], x and y separately. */
INLINE void NAME(gather)(const float *points, const int32_t *columns, vf *x, vf *y)
{
#ifdef GATHER
    GATHER(points, columns, x, y);
#else
    for (int k = 0; k < LANES; k++) {
        (*x)[k] = points[2 * (int64_t)columns[k]];
        (*y)[k] = points[2 * (int64_t)columns[k] + 1];
    }
#endif
}
