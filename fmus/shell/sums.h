/* Sums of many numbers, side by side, so that the processor need not wait for one of them. */
#ifndef HK_SUMS_H
#define HK_SUMS_H

#define LANES 8

static double joined(const double lane[]) {
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* Sum of value - from. */
static double total(int n, const double *restrict value, double from) {
    double lane[LANES] = {0.0};
    int whole = n - n % LANES;
    for (int i = 0; i < whole; i += LANES) {
        for (int k = 0; k < LANES; k++) lane[k] += value[i + k] - from;
    }
    for (int k = 0; k < n - whole; k++) lane[k] += value[whole + k] - from;
    return joined(lane);
}

/* Sum of weight * (value - from). */
static double weighted(int n, const double *restrict value, const double *restrict weight,
                       double from) {
    double lane[LANES] = {0.0};
    int whole = n - n % LANES;
    for (int i = 0; i < whole; i += LANES) {
        for (int k = 0; k < LANES; k++) lane[k] += weight[i + k] * (value[i + k] - from);
    }
    for (int k = 0; k < n - whole; k++) lane[k] += weight[whole + k] * (value[whole + k] - from);
    return joined(lane);
}

#endif
