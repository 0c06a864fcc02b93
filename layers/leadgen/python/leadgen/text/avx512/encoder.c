/* A BERT encoder (J. Devlin et al., NAACL 2019): token ids in, L2-normalised embeddings out.
 *
 * Texts lie one after the other, without padding, and each is embedded to the same bits whatever lies beside it.
 * With `group` the linear layers multiply 8-bit integers: weights are quantised for each column and group of inputs when a
 * model is compiled, states for each token and group as they arise. All else, and everything without `group`, is fp32.
 */
#include <stdlib.h>

#include "kernels.h"

/* Rows that pass a layer together: its weights then come from memory once for all of them, its states stay in cache. */
enum { BLOCK_INT8 = 96, BLOCK_FP32 = 384 };

typedef struct { const void *weights; const float *bias, *scale, *sum; } dense;
typedef struct { const float *scale, *shift; } norm;
typedef struct { dense qkv, out; norm attended; dense up, down; norm ended; } layer;
typedef struct {
    int32_t hidden, inner, heads, layers;
    int32_t padding;     /* XLM-R's padding token, from which it counts positions; -1 in BERT */
    int32_t first_token; /* the embedding is the first token's state, not the mean of all */
    int32_t group;       /* inputs of a linear layer that share a scale; 0 in fp32 */
    float epsilon;
    const void *words; /* fp16 where `group` is set */
    const float *positions;
    norm embedded;
    const layer *layer;
} encoder;

typedef struct { float *states, *qkv, *context, *inner, *outer, *keys, *scores, *scale, *offset; uint8_t *bytes; } workspace;

static int at_most(int number, int limit) { return number < limit ? number : limit; }

/* out [rows, outputs] = x [rows, inputs] times weights, plus bias. */
static void linear(const encoder *e, const dense *d, int rows, int inputs, int outputs, const float *x, workspace *w, float *out) {
    int groups = e->group ? inputs / e->group : 0;
    for (int r = 0; groups && r < rows; r++)
        quantise(x + (size_t)r * inputs, inputs, e->group, w->bytes + (size_t)r * inputs, w->scale + r * groups, w->offset + r * groups);
    for (int n = 0; n < outputs; n += PANEL)
        for (int r = 0; r < rows; r += TILE) {
            float *o = out + (size_t)r * outputs + n;
            size_t panel = (size_t)n * inputs, row = (size_t)r * inputs;
#define INT8(M) tile_int8(M, inputs, e->group, w->bytes + row, w->scale + r * groups, w->offset + r * groups, \
                          (const int8_t *)d->weights + panel, d->bias + n, d->scale + n, d->sum + n, outputs, o, outputs)
#define FP32(M) tile_fp32(M, inputs, x + row, inputs, (const float *)d->weights + panel, PANEL, d->bias + n, 1, o, outputs)
            if (groups) WITH_CONSTANT(at_most(rows - r, TILE), INT8)
            else WITH_CONSTANT(at_most(rows - r, TILE), FP32)
        }
}

/* Keys [length, width] of one head to [width, padded], zero where there is no key. */
static void transpose(const float *key, int length, int stride, int width, int padded, float *keys) {
    for (int t = 0; t < padded; t++)
        for (int k = 0; k < width; k++) keys[(size_t)k * padded + t] = t < length ? key[(size_t)t * stride + k] : 0.0f;
}

/* One text attends to itself: qkv [length, 3 * hidden] to context [length, hidden]. */
static void attend(const encoder *e, int length, const float *qkv, workspace *w, float *context) {
    int width = e->hidden / e->heads, wide = 3 * e->hidden, padded = (length + PANEL - 1) / PANEL * PANEL;
    float by = 1.0f / sqrtf((float)width);
    for (int h = 0; h < e->heads; h++) {
        const float *query = qkv + h * width, *key = query + e->hidden, *value = key + e->hidden;
        transpose(key, length, wide, width, padded, w->keys);
        for (int r = 0; r < length; r += TILE) {
            int rows = at_most(length - r, TILE);
            for (int n = 0; n < padded; n += PANEL) {
#define SCORES(M) tile_fp32(M, width, query + (size_t)r * wide, wide, w->keys + n, padded, NULL, by, w->scores + n, padded)
                WITH_CONSTANT(rows, SCORES)
            }
            float shares[TILE];
            for (int i = 0; i < rows; i++) shares[i] = softmax(w->scores + (size_t)i * padded, length);
            for (int n = 0; n < width; n += 32) {
#define CONTEXT(M) tile_narrow(M, length, w->scores, padded, value + n, wide, shares, context + (size_t)r * e->hidden + h * width + n, e->hidden)
                WITH_CONSTANT(rows, CONTEXT)
            }
        }
    }
}

static void add_and_normalise(const encoder *e, const norm *n, int rows, const float *added, float *states) {
    for (int r = 0; r < rows; r++, states += e->hidden, added += e->hidden) {
        for (int i = 0; i < e->hidden; i += 16)
            _mm512_storeu_ps(states + i, _mm512_add_ps(_mm512_loadu_ps(states + i), _mm512_loadu_ps(added + i)));
        layer_norm(states, e->hidden, e->epsilon, n->scale, n->shift);
    }
}

/* What follows attention, for a block of rows. */
static void feed_forward(const encoder *e, const layer *l, int rows, const float *context, workspace *w, float *states) {
    linear(e, &l->out, rows, e->hidden, e->hidden, context, w, w->outer);
    add_and_normalise(e, &l->attended, rows, w->outer, states);
    linear(e, &l->up, rows, e->hidden, e->inner, states, w, w->inner);
    for (size_t i = 0; i < (size_t)rows * e->inner; i += 16) _mm512_storeu_ps(w->inner + i, gelu(_mm512_loadu_ps(w->inner + i)));
    linear(e, &l->down, rows, e->inner, e->hidden, w->inner, w, w->outer);
    add_and_normalise(e, &l->ended, rows, w->outer, states);
}

static void embed_words(const encoder *e, const int32_t *ids, int length, float *states) {
    for (int t = 0, next = e->padding + 1; t < length; t++, states += e->hidden) {
        size_t word = (size_t)ids[t] * e->hidden, position = (size_t)(ids[t] == e->padding ? e->padding : next++) * e->hidden;
        for (int i = 0; i < e->hidden; i += 16) {
            __m512 x = e->group ? _mm512_cvtph_ps(_mm256_loadu_si256((const void *)((const uint16_t *)e->words + word + i)))
                                : _mm512_loadu_ps((const float *)e->words + word + i);
            _mm512_storeu_ps(states + i, _mm512_add_ps(x, _mm512_loadu_ps(e->positions + position + i)));
        }
        layer_norm(states, e->hidden, e->epsilon, e->embedded.scale, e->embedded.shift);
    }
}

/* The direction of the sum is that of the mean. */
static void pool(const encoder *e, const float *states, int length, float *out) {
    __m512 squares = _mm512_setzero_ps();
    for (int i = 0; i < e->hidden; i += 16) {
        __m512 sum = _mm512_setzero_ps();
        for (int t = 0; t < (e->first_token ? 1 : length); t++)
            sum = _mm512_add_ps(sum, _mm512_loadu_ps(states + (size_t)t * e->hidden + i));
        squares = _mm512_fmadd_ps(sum, sum, squares);
        _mm512_storeu_ps(out + i, sum);
    }
    __m512 by = _mm512_set1_ps(1.0f / sqrtf(_mm512_reduce_add_ps(squares)));
    for (int i = 0; i < e->hidden; i += 16) _mm512_storeu_ps(out + i, _mm512_mul_ps(_mm512_loadu_ps(out + i), by));
}

static float *carve(char **memory, size_t values) {
    float *start = (float *)*memory;
    if (*memory) *memory += (values * 4 + 63) / 64 * 64;
    return start;
}

static void *allocate(const encoder *e, size_t rows, size_t block, size_t longest, workspace *w) {
    size_t padded = (longest + PANEL - 1) / PANEL * PANEL, widest = e->inner > e->hidden ? e->inner : e->hidden;
    size_t groups = e->group ? block * widest / e->group : 0;
    size_t values = rows * e->hidden * 5 + block * (e->inner + e->hidden) + padded * (e->hidden / e->heads + TILE) + 2 * groups;
    char *whole = aligned_alloc(64, (values * 4 + (e->group ? block * widest : 0) + 10 * 64) / 64 * 64), *memory = whole;
    w->states = carve(&memory, rows * e->hidden), w->qkv = carve(&memory, rows * e->hidden * 3);
    w->context = carve(&memory, rows * e->hidden), w->inner = carve(&memory, block * e->inner);
    w->outer = carve(&memory, block * e->hidden), w->keys = carve(&memory, padded * (e->hidden / e->heads));
    w->scores = carve(&memory, padded * TILE), w->scale = carve(&memory, groups), w->offset = carve(&memory, groups);
    w->bytes = (uint8_t *)memory;
    return whole;
}

/* Text i is ids[starts[i]] to ids[starts[i + 1]] exclusive, and out is [n, hidden]. 0, or -1 where memory is short. */
int embed(const encoder *e, const int32_t *ids, const int32_t *starts, int n, float *out) {
    int rows = starts[n], longest = 0, block = e->group ? BLOCK_INT8 : BLOCK_FP32;
    size_t hidden = e->hidden;
    for (int i = 0; i < n; i++) longest = starts[i + 1] - starts[i] > longest ? starts[i + 1] - starts[i] : longest;
    workspace w;
    void *memory = allocate(e, rows, at_most(rows, block), longest, &w);
    if (!memory) return -1;
    for (int i = 0; i < n; i++) embed_words(e, ids + starts[i], starts[i + 1] - starts[i], w.states + starts[i] * hidden);
    for (const layer *l = e->layer; l < e->layer + e->layers; l++) {
        for (int r = 0; r < rows; r += block)
            linear(e, &l->qkv, at_most(rows - r, block), e->hidden, 3 * e->hidden, w.states + r * hidden, &w, w.qkv + r * hidden * 3);
        for (int i = 0; i < n; i++)
            attend(e, starts[i + 1] - starts[i], w.qkv + starts[i] * hidden * 3, &w, w.context + starts[i] * hidden);
        for (int r = 0; r < rows; r += block)
            feed_forward(e, l, at_most(rows - r, block), w.context + r * hidden, &w, w.states + r * hidden);
    }
    for (int i = 0; i < n; i++) pool(e, w.states + starts[i] * hidden, starts[i + 1] - starts[i], out + i * hidden);
    free(memory);
    return 0;
}
