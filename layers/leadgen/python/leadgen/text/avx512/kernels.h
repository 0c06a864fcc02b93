/* Inner loops on AVX-512: everything here works on vectors of 16 floats or 64 bytes and knows nothing of a model. */
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { PANEL = 64, TILE = 6 };

#define INLINE static inline __attribute__((always_inline))

/* e to the power x, within 2 units in the last place: Cephes' expf, the power of two by the processor. */
INLINE __m512 exponential(__m512 x) {
    x = _mm512_max_ps(x, _mm512_set1_ps(-87.3f));
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 8);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
    __m512 p = _mm512_set1_ps(1.9875691500e-4f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
    p = _mm512_fmadd_ps(p, _mm512_mul_ps(r, r), _mm512_add_ps(r, _mm512_set1_ps(1.0f)));
    return _mm512_scalef_ps(p, n);
}

/* x times the share of the normal distribution below x; erf by Abramowitz and Stegun 7.1.26, error at most 1.5e-7. */
INLINE __m512 gelu(__m512 x) {
    __m512 z = _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(0.70710678f));
    __m512 d = _mm512_fmadd_ps(z, _mm512_set1_ps(0.3275911f), _mm512_set1_ps(1.0f));
    __m512 t = _mm512_rcp14_ps(d);
    t = _mm512_mul_ps(t, _mm512_fnmadd_ps(d, t, _mm512_set1_ps(2.0f)));
    __m512 p = _mm512_set1_ps(1.061405429f);
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592f));
    __m512 e = exponential(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(z, z)));
    __m512 beyond = _mm512_mul_ps(_mm512_mul_ps(p, t), e); /* 1 - erf(z) */
    __m512 low = _mm512_mul_ps(_mm512_mul_ps(x, _mm512_set1_ps(0.5f)), beyond);
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), _mm512_sub_ps(x, low), low);
}

/* (x - mean) / deviation * scale + shift of one row, in place. */
static void layer_norm(float *x, int width, float epsilon, const float *scale, const float *shift) {
    __m512 sum = _mm512_setzero_ps(), squares = sum;
    for (int i = 0; i < width; i += 16) sum = _mm512_add_ps(sum, _mm512_loadu_ps(x + i));
    __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / width);
    for (int i = 0; i < width; i += 16) {
        __m512 d = _mm512_sub_ps(_mm512_loadu_ps(x + i), mean);
        squares = _mm512_fmadd_ps(d, d, squares);
    }
    __m512 by = _mm512_set1_ps(1.0f / sqrtf(_mm512_reduce_add_ps(squares) / width + epsilon));
    for (int i = 0; i < width; i += 16) {
        __m512 d = _mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(x + i), mean), by);
        _mm512_storeu_ps(x + i, _mm512_fmadd_ps(d, _mm512_loadu_ps(scale + i), _mm512_loadu_ps(shift + i)));
    }
}

/* The first `length` of one row of scores to e to their power, relative to the greatest; gives 1 / their sum. */
static float softmax(float *x, int length) {
    __m512 top = _mm512_set1_ps(-3e38f), sum = _mm512_setzero_ps();
#define LIVE(i) (length - (i) >= 16 ? 0xffff : (1 << (length - (i))) - 1)
    for (int i = 0; i < length; i += 16) top = _mm512_mask_max_ps(top, LIVE(i), top, _mm512_loadu_ps(x + i));
    top = _mm512_set1_ps(_mm512_reduce_max_ps(top));
    for (int i = 0; i < length; i += 16) {
        __m512 v = exponential(_mm512_sub_ps(_mm512_loadu_ps(x + i), top));
        sum = _mm512_mask_add_ps(sum, LIVE(i), sum, v);
        _mm512_storeu_ps(x + i, v);
    }
    return 1.0f / _mm512_reduce_add_ps(sum);
}

/* One row to unsigned bytes q: x = scale * q - offset, with a scale and an offset for each group of neighbours. */
static void quantise(const float *x, int width, int group, uint8_t *q, float *scale, float *offset) {
    for (int g = 0; g < width; g += group) {
        __m512 low = _mm512_setzero_ps(), high = low;
        for (int i = g; i < g + group; i += 16) {
            __m512 v = _mm512_loadu_ps(x + i);
            low = _mm512_min_ps(low, v), high = _mm512_max_ps(high, v);
        }
        float least = _mm512_reduce_min_ps(low), step = (_mm512_reduce_max_ps(high) - least) / 255.0f;
        step = step > 1e-20f ? step : 1e-20f;
        float zero = rintf(-least / step);
        __m512 by = _mm512_set1_ps(1.0f / step), to = _mm512_set1_ps(zero);
        for (int i = g; i < g + group; i += 16) {
            __m512i v = _mm512_cvtps_epi32(_mm512_fmadd_ps(_mm512_loadu_ps(x + i), by, to));
            _mm_storeu_si128((__m128i *)(q + i), _mm512_cvtusepi32_epi8(_mm512_max_epi32(v, _mm512_setzero_si512())));
        }
        *scale++ = step, *offset++ = step * zero;
    }
}

/* The products below hold a tile of 6 rows and 64 (or 32) columns in 24 (or 12) registers. Accumulators are named one by
   one, a<row><column>, because compilers keep arrays of them in memory; `rows` is a constant wherever a tile is inlined. */
#define ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5)
#define FLOATS(r) __m512 a##r##0 = _mm512_setzero_ps(), a##r##1 = a##r##0, a##r##2 = a##r##0, a##r##3 = a##r##0;
#define FLOATS2(r) __m512 a##r##0 = _mm512_setzero_ps(), a##r##1 = a##r##0;
#define INTEGERS(r) __m512i a##r##0 = _mm512_setzero_si512(), a##r##1 = a##r##0, a##r##2 = a##r##0, a##r##3 = a##r##0;

/* (x [rows, inputs] times w [inputs, 64]) times `by`, plus the bias unless it is NULL. */
INLINE void tile_fp32(int rows, int inputs, const float *x, int x_stride, const float *w, int w_stride,
                      const float *bias, float by, float *out, int out_stride) {
    ROWS(FLOATS)
    for (int k = 0; k < inputs; k++) {
        const float *b = w + (size_t)k * w_stride;
        __m512 b0 = _mm512_loadu_ps(b), b1 = _mm512_loadu_ps(b + 16);
        __m512 b2 = _mm512_loadu_ps(b + 32), b3 = _mm512_loadu_ps(b + 48);
#define MULTIPLY(r) if (rows > r) { \
        __m512 a = _mm512_set1_ps(x[(size_t)r * x_stride + k]); \
        a##r##0 = _mm512_fmadd_ps(a, b0, a##r##0), a##r##1 = _mm512_fmadd_ps(a, b1, a##r##1); \
        a##r##2 = _mm512_fmadd_ps(a, b2, a##r##2), a##r##3 = _mm512_fmadd_ps(a, b3, a##r##3); }
        ROWS(MULTIPLY)
    }
    __m512 factor = _mm512_set1_ps(by), nothing = _mm512_setzero_ps();
#define STORE(r, c) _mm512_storeu_ps(out + (size_t)r * out_stride + c * 16, \
        _mm512_fmadd_ps(a##r##c, factor, bias ? _mm512_loadu_ps(bias + c * 16) : nothing));
#define STORE4(r) if (rows > r) { STORE(r, 0) STORE(r, 1) STORE(r, 2) STORE(r, 3) }
    ROWS(STORE4)
}

/* x [rows, inputs] times w [inputs, 32], each row times its own factor. */
INLINE void tile_narrow(int rows, int inputs, const float *x, int x_stride, const float *w, int w_stride,
                        const float *by, float *out, int out_stride) {
    ROWS(FLOATS2)
    for (int k = 0; k < inputs; k++) {
        const float *b = w + (size_t)k * w_stride;
        __m512 b0 = _mm512_loadu_ps(b), b1 = _mm512_loadu_ps(b + 16);
#define MULTIPLY2(r) if (rows > r) { \
        __m512 a = _mm512_set1_ps(x[(size_t)r * x_stride + k]); \
        a##r##0 = _mm512_fmadd_ps(a, b0, a##r##0), a##r##1 = _mm512_fmadd_ps(a, b1, a##r##1); }
        ROWS(MULTIPLY2)
    }
#define STORE2(r) if (rows > r) { \
    _mm512_storeu_ps(out + (size_t)r * out_stride, _mm512_mul_ps(a##r##0, _mm512_set1_ps(by[r]))); \
    _mm512_storeu_ps(out + (size_t)r * out_stride + 16, _mm512_mul_ps(a##r##1, _mm512_set1_ps(by[r]))); }
    ROWS(STORE2)
}

/* sum + 16 dot products of 4 unsigned with 4 signed bytes. Assembly: GCC 12 copies the intrinsic's sum to memory. */
INLINE __m512i dot(__m512i sum, __m512i a, __m512i b) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

/* Quantised rows q [rows, inputs] times one panel w [inputs / 4][64][4], plus the bias.
   Each group of inputs g has row factors scale[row, g] and offset[row, g], and column factors column_scale[g, column] and
   column_sum[g, column]: the sum of a column's weights, which an offset of all inputs multiplies. */
INLINE void tile_int8(int rows, int inputs, int group, const uint8_t *q, const float *scale, const float *offset,
                      const int8_t *w, const float *bias, const float *column_scale, const float *column_sum,
                      int columns, float *out, int out_stride) {
    int groups = inputs / group;
    for (int g = 0; g < groups; g++) {
        ROWS(INTEGERS)
        for (int k = g * group; k < (g + 1) * group; k += 4) {
            const int8_t *b = w + k * PANEL;
            __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
            __m512i b2 = _mm512_loadu_si512(b + 128), b3 = _mm512_loadu_si512(b + 192);
#define DOT(r) if (rows > r) { \
            int32_t four; \
            memcpy(&four, q + r * inputs + k, 4); \
            __m512i a = _mm512_set1_epi32(four); \
            a##r##0 = dot(a##r##0, a, b0), a##r##1 = dot(a##r##1, a, b1); \
            a##r##2 = dot(a##r##2, a, b2), a##r##3 = dot(a##r##3, a, b3); }
            ROWS(DOT)
        }
        const float *scales = column_scale + (size_t)g * columns, *sums = column_sum + (size_t)g * columns;
#define SCALE(r, c) if (rows > r) { \
        float *o = out + (size_t)r * out_stride + c * 16; \
        __m512 y = _mm512_loadu_ps(g ? o : bias + c * 16); \
        y = _mm512_fnmadd_ps(_mm512_set1_ps(offset[r * groups + g]), sum, y); \
        __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(a##r##c), by); \
        _mm512_storeu_ps(o, _mm512_fmadd_ps(product, _mm512_set1_ps(scale[r * groups + g]), y)); }
#define SCALE6(c) { \
        __m512 by = _mm512_loadu_ps(scales + c * 16), sum = _mm512_loadu_ps(sums + c * 16); \
        SCALE(0, c) SCALE(1, c) SCALE(2, c) SCALE(3, c) SCALE(4, c) SCALE(5, c) }
        SCALE6(0) SCALE6(1) SCALE6(2) SCALE6(3)
    }
}

/* CALL(rows) with `rows` as a constant. */
#define WITH_CONSTANT(rows, CALL) \
    switch (rows) { \
        case 1: CALL(1); break; \
        case 2: CALL(2); break; \
        case 3: CALL(3); break; \
        case 4: CALL(4); break; \
        case 5: CALL(5); break; \
        default: CALL(6); \
    }
