/* exp, log, pow and tanh that give the same bits on every machine.
 *
 * The C library's differ by library, version and processor. These use + - * / and bit
 * patterns only, so with -ffp-contract=off every IEEE 754 machine agrees. Errors against
 * the exact value: below 1 unit in the last place for exp, log and pow, below 3 for tanh.
 *
 * Method: table-driven argument reduction (Tang, ACM TOMS 15(2), 1989, and 16(4), 1990);
 * the tables in det_tables.h are calculated by fmus/export/math_tables.py.
 */
#ifndef HK_DET_MATH_H
#define HK_DET_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "det_tables.h"

#define HK_INFINITY (1e308 * 10.0)

static inline uint64_t hk_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double hk_from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^e for -1022 <= e <= 1023 */
static inline double hk_power_of_2(int64_t e) { return hk_from_bits((uint64_t)(e + 1023) << 52); }

/* Reduced argument of the exponential: x = (128 e + j) ln2/128 + r. */
typedef struct {
    int64_t e;
    int j;
    double growth; /* exp(r) - 1 */
} hk_Exponent;

static inline hk_Exponent hk_reduce(double x, double x_tail) {
    const double to_nearest = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
    hk_Exponent out;
    double k = (x * HK_128_BY_LN2 + to_nearest) - to_nearest;
    double r = ((x - k * HK_LN2_BY_128_HI) - k * HK_LN2_BY_128_LO) + x_tail;
    int64_t whole = (int64_t)k;
    out.j = (int)(whole & 127);
    out.e = (whole - out.j) / 128;
    out.growth = r + r * r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0))));
    return out;
}

/* exp(x + x_tail), |x_tail| much smaller than 1 */
static inline double hk_exp_of_sum(double x, double x_tail) {
    if (x != x) return x;
    if (x > 709.79) return HK_INFINITY;
    if (x < -745.2) return 0.0;
    hk_Exponent at = hk_reduce(x, x_tail);
    double root = hk_exp_table[at.j][0];
    double value = root + root * (hk_exp_table[at.j][1] + at.growth);
    if (at.e >= -1021) return value * hk_power_of_2(at.e);
    return value * hk_power_of_2(at.e + 256) * hk_power_of_2(-256); /* ends below the normals */
}

static inline double hk_exp(double x) { return hk_exp_of_sum(x, 0.0); }

/* a + b = sum + error, exactly (Knuth) */
static inline double hk_two_sum(double a, double b, double *error) {
    double sum = a + b;
    double part = sum - a;
    *error = (a - (sum - part)) + (b - part);
    return sum;
}

/* log of a positive finite number as a sum of two doubles, good to about 2^-65 */
static inline double hk_log_pair(double x, double *tail) {
    const uint64_t first = UINT64_C(0x3ff0000000000000) - (UINT64_C(77) << 45);
    uint64_t bits = hk_bits(x);
    int64_t k = 0;
    if (bits < (UINT64_C(1) << 52)) { /* subnormal */
        bits = hk_bits(x * 4503599627370496.0);
        k = -52;
    }
    /* x = 2^k z with z in the interval of a table entry; r = z/centre - 1 in two exact parts */
    uint64_t offset = bits - first;
    const double *entry = hk_log_table[(offset >> 45) & 127];
    uint64_t z_bits = bits - (offset & (UINT64_C(0xfff) << 52));
    k += ((int64_t)(offset >> 52) ^ 0x800) - 0x800; /* the twelve bits have a sign */
    double z_high = hk_from_bits((z_bits + UINT64_C(0x80000000)) & ~UINT64_C(0xffffffff));
    double z_low = hk_from_bits(z_bits) - z_high;
    double r_high = z_high * entry[0] - 1.0;
    double r_low = z_low * entry[0];

    double e1, e2, e3, kd = (double)k;
    double r = hk_two_sum(r_high, r_low, &e1);
    double sum = hk_two_sum(kd * HK_LN2_HI + entry[1], r, &e2);
    sum = hk_two_sum(sum, -0.5 * r_high * r_high, &e3);
    double cubic = 1.0 / 3.0 - r * (1.0 / 4.0 - r * (1.0 / 5.0 - r * (1.0 / 6.0 -
                   r * (1.0 / 7.0 - r * (1.0 / 8.0 - r * (1.0 / 9.0))))));
    double small = (kd * HK_LN2_LO + entry[2]) - r_low * (r_high + 0.5 * r_low) + r * r * r * cubic;
    double low = e2 + (e3 + (e1 + small));
    double high = sum + low;
    *tail = (sum - high) + low;
    return high;
}

static inline double hk_log(double x) {
    double tail;
    if (x != x || x == HK_INFINITY) return x;
    if (x < 0.0) return HK_INFINITY - HK_INFINITY;
    if (x == 0.0) return -HK_INFINITY;
    return hk_log_pair(x, &tail);
}

static inline double hk_upper_half(double x) {
    return hk_from_bits(hk_bits(x) & ~UINT64_C(0x7ffffff)); /* 26 bits: products are exact */
}

static inline double hk_positive_pow(double x, double y) {
    double tail;
    double log_x = hk_log_pair(x, &tail);
    double log_high = hk_upper_half(log_x), y_high = hk_upper_half(y);
    double high = y_high * log_high;
    double low = (y - y_high) * log_high + y * ((log_x - log_high) + tail);
    return hk_exp_of_sum(high, low);
}

static inline int hk_is_integer(double y) {
    return y >= 9007199254740992.0 || y <= -9007199254740992.0 || y == (double)(int64_t)y;
}

static inline int hk_is_odd(double y) {
    return y < 9007199254740992.0 && y > -9007199254740992.0 && ((int64_t)y & 1) != 0;
}

/* As C's pow; a negative base to a broken power is NaN. */
static inline double hk_pow(double x, double y) {
    if (y == 0.0 || x == 1.0) return 1.0;
    if (x != x || y != y) return x + y;
    if (x == 0.0) return y > 0.0 ? 0.0 : HK_INFINITY;
    double size = x < 0.0 ? -x : x;
    if (y == HK_INFINITY || y == -HK_INFINITY) {
        if (size == 1.0) return 1.0;
        return (size > 1.0) == (y > 0.0) ? HK_INFINITY : 0.0;
    }
    if (x < 0.0 && !hk_is_integer(y)) return HK_INFINITY - HK_INFINITY;
    double sign = x < 0.0 && hk_is_odd(y) ? -1.0 : 1.0;
    if (size == HK_INFINITY) return sign * (y > 0.0 ? HK_INFINITY : 0.0);
    return sign * hk_positive_pow(size, y);
}

/* tanh(x) = g / (g + 2) with g = exp(2x) - 1, which is exact for small x too */
static inline double hk_tanh(double x) {
    double size = x < 0.0 ? -x : x;
    if (x != x) return x;
    if (size > 20.0) return x < 0.0 ? -1.0 : 1.0;
    hk_Exponent at = hk_reduce(2.0 * size, 0.0);
    double root = hk_exp_table[at.j][0] * hk_power_of_2(at.e);
    double g = (root - 1.0) + root * (hk_exp_table[at.j][1] + at.growth);
    double value = g / (g + 2.0);
    return x < 0.0 ? -value : value;
}

/* Smaller and larger of two; unlike C's, a NaN is passed on, so that it is noticed. */
static inline double hk_fmin(double a, double b) { return a < b || a != a ? a : b; }
static inline double hk_fmax(double a, double b) { return a > b || a != a ? a : b; }

static inline double hk_floor(double x) {
    if (!(x < 4503599627370496.0 && x > -4503599627370496.0)) return x;
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1.0 : whole;
}

static inline double hk_ceil(double x) { return -hk_floor(-x); }

/* From here on the usual names mean these; sqrt and fabs are exact everywhere. */
#define exp(x) hk_exp(x)
#define log(x) hk_log(x)
#define pow(x, y) hk_pow(x, y)
#define tanh(x) hk_tanh(x)
#define fmin(x, y) hk_fmin(x, y)
#define fmax(x, y) hk_fmax(x, y)
#define floor(x) hk_floor(x)
#define ceil(x) hk_ceil(x)
#define sqrt(x) __builtin_sqrt(x)
#define fabs(x) __builtin_fabs(x)

/* Any other function of the C library would not give the same bits everywhere. */
#pragma GCC poison sin cos tan asin acos atan atan2 sinh cosh asinh acosh atanh
#pragma GCC poison log1p log2 log10 expm1 exp2 erf hypot fmod cbrt

#endif
