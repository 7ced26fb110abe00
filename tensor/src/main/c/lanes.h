/*
 * Vectors of one instruction set: sixteen lanes are one vector of AVX-512, two of AVX2, four of NEON. Everything that
 * differs between instruction sets stands here.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define UNROLL _Pragma("GCC unroll 32")
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vi){__VA_ARGS__})
#endif

/*
 * A kernel, which Java calls as avx512_attend: it does the items from `from` to `to - 1` of a task. Fields of a task are 8
 * bytes, but for two floats one after the other.
 */
#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define KERNEL(name, type) \
    __attribute__((visibility("default"))) void JOIN(SET, name)(type *task, int64_t from, int64_t to, void *scratch)

/*
 * VL is the lanes of a vector. SIGNED_WEIGHTS says that a product of bytes wants its weights signed; else they are unsigned.
 * SHORT_SUMS says that sums of products are kept in 16 bits, and widened before they overflow.
 */
#if defined(__AVX512VNNI__)
#define VL 16
#define SIGNED_WEIGHTS 0
#define SHORT_SUMS 0
#elif defined(__AVXVNNI__)
#define VL 8
#define SIGNED_WEIGHTS 0
#define SHORT_SUMS 0
#elif defined(__AVX2__)
#define VL 8
#define SIGNED_WEIGHTS 1
#define SHORT_SUMS 1
#else
#define VL 4
#define SIGNED_WEIGHTS 1
#define SHORT_SUMS 0
#endif

typedef int32_t vi __attribute__((vector_size(4 * VL)));
typedef uint32_t vu __attribute__((vector_size(4 * VL)));
typedef int16_t vs __attribute__((vector_size(4 * VL)));
typedef float vf __attribute__((vector_size(4 * VL)));
typedef vi vi_anywhere __attribute__((aligned(1), may_alias));
typedef vf vf_anywhere __attribute__((aligned(1), may_alias));

INLINE vi load_i(const void *at) { return *(const vi_anywhere *)at; }
INLINE vf load_f(const void *at) { return *(const vf_anywhere *)at; }
INLINE void store_i(void *at, vi a) { *(vi_anywhere *)at = a; }
INLINE void store_f(void *at, vf a) { *(vf_anywhere *)at = a; }
INLINE vi all_i(int32_t a) { return a - (vi){0}; }
INLINE vf all_f(float a) { return a - (vf){0}; }
INLINE vf to_float(vi a) { return __builtin_convertvector(a, vf); }

INLINE int32_t word(const void *at) {
    int32_t a;
    memcpy(&a, at, 4);
    return a;
}

#if defined(__AVX512VNNI__)

INLINE vf fma_f(vf a, vf b, vf c) { return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }

/* sum + the four products of bytes in each word, weights times activations. */
INLINE vi dot(int most, vi sum, vi w, vi q) {
    (void)most;
    return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w, (__m512i)q);
}
INLINE vi dot_shorts(vi sum, vs w, vs q) { return (vi)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)w, (__m512i)q); }

/* The F16 numbers in the lower halves of words. */
INLINE vf halves(vi a) { return (vf)_mm512_cvtph_ps(_mm512_cvtepi32_epi16((__m512i)a)); }
INLINE vf load_f16(const uint16_t *at) { return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)at)); }
INLINE vf load_bf16(const uint16_t *at) {
    return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)at)), 16);
}
INLINE void store_f16(uint16_t *at, vf a) { _mm256_storeu_si256((__m256i *)at, _mm512_cvtps_ph((__m512)a, 0)); }
INLINE vf all_f16(uint16_t a) { return (vf)_mm512_cvtph_ps(_mm256_set1_epi16((short)a)); }
INLINE vi load_i8(const int8_t *at) { return (vi)_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)at)); }

#elif defined(__x86_64__)

INLINE vf fma_f(vf a, vf b, vf c) { return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
#if defined(__AVXVNNI__)
INLINE vi dot(int most, vi sum, vi w, vi q) {
    (void)most;
    return (vi)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)w, (__m256i)q);
}
INLINE vi dot_shorts(vi sum, vs w, vs q) { return (vi)_mm256_dpwssd_avx_epi32((__m256i)sum, (__m256i)w, (__m256i)q); }
#else
/* Sums are pairs of 16 bits. Weights beyond 127 would not fit: then they are signed ones, whose sign goes to q. */
INLINE vi dot(int most, vi sum, vi w, vi q) {
    __m256i products = most > 127 ? _mm256_maddubs_epi16(_mm256_abs_epi8((__m256i)w), _mm256_sign_epi8((__m256i)q, (__m256i)w))
                                  : _mm256_maddubs_epi16((__m256i)w, (__m256i)q);
    return (vi)_mm256_add_epi16((__m256i)sum, products);
}
INLINE vi widened(vi sum) { return (vi)_mm256_madd_epi16((__m256i)sum, _mm256_set1_epi16(1)); }
INLINE vi dot_shorts(vi sum, vs w, vs q) { return sum + (vi)_mm256_madd_epi16((__m256i)w, (__m256i)q); }
#endif
INLINE vf halves(vi a) {
    __m256i lower = (__m256i)(a & 0xffff);
    __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(lower, lower), 0xd8);
    return (vf)_mm256_cvtph_ps(_mm256_castsi256_si128(packed));
}
INLINE vf load_f16(const uint16_t *at) { return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)at)); }
INLINE vf load_bf16(const uint16_t *at) {
    return (vf)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)at)), 16);
}
INLINE void store_f16(uint16_t *at, vf a) { _mm_storeu_si128((__m128i *)at, _mm256_cvtps_ph((__m256)a, 0)); }
INLINE vf all_f16(uint16_t a) { return (vf)_mm256_cvtph_ps(_mm_set1_epi16((short)a)); }
INLINE vi load_i8(const int8_t *at) { return (vi)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)at)); }

#else

INLINE vf fma_f(vf a, vf b, vf c) { return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
INLINE vi dot(int most, vi sum, vi w, vi q) {
    (void)most;
    return (vi)vdotq_s32((int32x4_t)sum, (int8x16_t)w, (int8x16_t)q);
}
INLINE vi dot_shorts(vi sum, vs w, vs q) {
    int32x4_t low = vmull_s16(vget_low_s16((int16x8_t)w), vget_low_s16((int16x8_t)q));
    int32x4_t high = vmull_high_s16((int16x8_t)w, (int16x8_t)q);
    return sum + (vi)vpaddq_s32(low, high);
}
INLINE vf halves(vi a) { return (vf)vcvt_f32_f16(vreinterpret_f16_u16(vmovn_u32((uint32x4_t)a))); }
INLINE vf load_f16(const uint16_t *at) { return (vf)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(at))); }
INLINE vf load_bf16(const uint16_t *at) { return (vf)vshll_n_u16(vld1_u16(at), 16); }
INLINE void store_f16(uint16_t *at, vf a) { vst1_u16(at, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)a))); }
INLINE vf all_f16(uint16_t a) { return (vf)vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(a))); }
INLINE vi load_i8(const int8_t *at) {
    return (vi)vmovl_s16(vget_low_s16(vmovl_s8(vcreate_s8((uint64_t)(uint32_t)word(at)))));
}

#endif

/* Sixteen floats, one for each lane of a laned sum. */
#define PARTS (16 / VL)
typedef struct {
    vf part[PARTS];
} lanes;

/* Types of plain floats, numbered as in Java. */
enum { F32, F16, BF16 };

INLINE int64_t size_of(int type) { return type == F32 ? 4 : 2; }

INLINE lanes load_lanes(int type, const void *from, int64_t first) {
    lanes a;
    UNROLL for (int p = 0; p < PARTS; p++) {
        int64_t i = first + p * VL;
        a.part[p] = type == F32   ? load_f((const float *)from + i)
                    : type == F16 ? load_f16((const uint16_t *)from + i)
                                  : load_bf16((const uint16_t *)from + i);
    }
    return a;
}

/* As load_lanes; lanes from count on read as the filling. */
INLINE lanes load_some(int type, const void *from, int64_t first, int64_t count, float filling) {
    uint16_t bits[16] = {0};
    float values[16];
    if (type == F32) {
        memcpy(values, (const float *)from + first, 4 * (size_t)count);
    } else {
        memcpy(bits, (const uint16_t *)from + first, 2 * (size_t)count);
        lanes widened = load_lanes(type, bits, 0);
        memcpy(values, &widened, sizeof values);
    }
    for (int64_t i = count; i < 16; i++) {
        values[i] = filling;
    }
    return load_lanes(F32, values, 0);
}

INLINE void store_lanes(float *to, lanes a) {
    UNROLL for (int p = 0; p < PARTS; p++) {
        store_f(to + p * VL, a.part[p]);
    }
}

INLINE lanes zero_lanes(void) {
    return (lanes){{{0}}};
}

INLINE lanes fma_lanes(lanes a, lanes b, lanes c) {
    UNROLL for (int p = 0; p < PARTS; p++) {
        c.part[p] = fma_f(a.part[p], b.part[p], c.part[p]);
    }
    return c;
}

/* Section 1: adds the lanes. */
INLINE float tree(lanes sum) {
    float a[16];
    store_lanes(a, sum);
    for (int half = 8; half > 0; half /= 2) {
        for (int j = 0; j < half; j++) {
            a[j] += a[j + half];
        }
    }
    return a[0];
}

/* One level of sixteen trees at once: what is in either half of x and of y is added, and stands side by side. */
#if VL == 16
#define FOLD8(x, y)                                                                       \
    (SHUFFLE(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +              \
     SHUFFLE(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define FOLD4(x, y)                                                                       \
    (SHUFFLE(x, y, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +            \
     SHUFFLE(x, y, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#define FOLD2(x, y)                                                                       \
    (SHUFFLE(x, y, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +            \
     SHUFFLE(x, y, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31))
#define FOLD1(x, y)                                                                       \
    (SHUFFLE(x, y, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +           \
     SHUFFLE(x, y, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31))
#elif VL == 8
#define FOLD4(x, y) (SHUFFLE(x, y, 0, 1, 2, 3, 8, 9, 10, 11) + SHUFFLE(x, y, 4, 5, 6, 7, 12, 13, 14, 15))
#define FOLD2(x, y) (SHUFFLE(x, y, 0, 1, 4, 5, 8, 9, 12, 13) + SHUFFLE(x, y, 2, 3, 6, 7, 10, 11, 14, 15))
#define FOLD1(x, y) (SHUFFLE(x, y, 0, 2, 4, 6, 8, 10, 12, 14) + SHUFFLE(x, y, 1, 3, 5, 7, 9, 11, 13, 15))
#else
#define FOLD2(x, y) (SHUFFLE(x, y, 0, 1, 4, 5) + SHUFFLE(x, y, 2, 3, 6, 7))
#define FOLD1(x, y) (SHUFFLE(x, y, 0, 2, 4, 6) + SHUFFLE(x, y, 1, 3, 5, 7))
#endif

/* Sixteen sums, each the tree of one of sixteen lanes. */
INLINE lanes trees(const lanes a[16]) {
    lanes sums;
#if VL == 16
    vf b[8], c[4];
    UNROLL for (int i = 0; i < 8; i++) b[i] = FOLD8(a[2 * i].part[0], a[2 * i + 1].part[0]);
    UNROLL for (int i = 0; i < 4; i++) c[i] = FOLD4(b[2 * i], b[2 * i + 1]);
    sums.part[0] = FOLD1(FOLD2(c[0], c[1]), FOLD2(c[2], c[3]));
#elif VL == 8
    vf b[16], c[8];
    UNROLL for (int i = 0; i < 16; i++) b[i] = a[i].part[0] + a[i].part[1];
    UNROLL for (int i = 0; i < 8; i++) c[i] = FOLD4(b[2 * i], b[2 * i + 1]);
    UNROLL for (int i = 0; i < 2; i++) {
        sums.part[i] = FOLD1(FOLD2(c[4 * i], c[4 * i + 1]), FOLD2(c[4 * i + 2], c[4 * i + 3]));
    }
#else
    vf b[16];
    UNROLL for (int i = 0; i < 16; i++) b[i] = (a[i].part[0] + a[i].part[2]) + (a[i].part[1] + a[i].part[3]);
    UNROLL for (int i = 0; i < 4; i++) {
        sums.part[i] = FOLD1(FOLD2(b[4 * i], b[4 * i + 1]), FOLD2(b[4 * i + 2], b[4 * i + 3]));
    }
#endif
    return sums;
}

/*
 * Section 1: the lanes of the sum of products of n pairs; x are floats. What stands in for indices that are not there is 0
 * times -0, because adding -0 is no operation.
 */
INLINE lanes laned_product(const float *x, int type, const void *y, int64_t n) {
    lanes sum = zero_lanes();
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        sum = fma_lanes(load_lanes(F32, x, i), load_lanes(type, y, i), sum);
    }
    if (i < n) {
        sum = fma_lanes(load_some(F32, x, i, n - i, 0.0f), load_some(type, y, i, n - i, -0.0f), sum);
    }
    return sum;
}
