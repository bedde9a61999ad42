/* Where the model is valid: what leaves a range, or returns, is told once. */
#include "core.h"

extern const int hk_range_output; /* generated */
extern const double hk_range_low[];
extern const double hk_range_high[];
extern const char *const hk_range_name[];
extern const char *const hk_range_unit[];

static int any_left(const hk_Core *core) {
    for (int i = 0; i < HK_NR; i++) {
        if (core->now.left[i]) return 1;
    }
    return 0;
}

/* Called after a Co-Simulation step. As long as all is well, the count among the outputs
 * says so and nothing else is calculated. */
int hk_watch_ranges(hk_Core *core) {
    double value[HK_AT_LEAST_1(HK_NR)], md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    double *res[] = {value};
    if (HK_NR == 0 || (core->y[hk_range_output] == 0.0 && !any_left(core))) return 0;
    hk_arguments(&core->now, md, arg);
    if (hk_ranges(arg, res, NULL, core->work, 0)) {
        return hk_fail(core, "the valid ranges cannot be evaluated at t = %.9g s", core->now.t);
    }
    for (int i = 0; i < HK_NR; i++) {
        int32_t left = !(value[i] >= hk_range_low[i] && value[i] <= hk_range_high[i]);
        if (left == core->now.left[i]) continue;
        core->now.left[i] = left;
        hk_warn(core, "t = %.9g s: %s = %.6g %s %s its valid range %g ... %g %s", core->now.t,
                hk_range_name[i], value[i], hk_range_unit[i],
                left ? "has left" : "has returned to", hk_range_low[i], hk_range_high[i],
                hk_range_unit[i]);
    }
    return 0;
}
