/* Reading and writing variables by value reference. */
#include "core.h"

#include <string.h>

#define BEFORE_START (HK_INSTANTIATED | HK_INITIALIZATION)

/* ---- get ----------------------------------------------------------------------------- */

static int get_real(hk_Core *core, uint32_t reference, double *value) {
    int i;
    hk_Kind kind = hk_kind(reference, &i);
    switch (kind) {
        case HK_TIME: *value = core->now.t; return 0;
        case HK_STATE: *value = core->now.x[i]; return 0;
        case HK_INPUT: *value = core->now.u[i]; return 0;
        case HK_PARAMETER: *value = core->now.p[i]; return 0;
        case HK_MODE: return hk_refuse(core, "%s is an integer, not a real", hk_name(reference));
        case HK_UNKNOWN: return hk_refuse(core, "value reference %u: no such variable", reference);
        default: break;
    }
    if (hk_evaluate(core, kind)) return 1;
    switch (kind) {
        case HK_DERIVATIVE: *value = core->xd[i]; break;
        case HK_OUTPUT: *value = core->y[i]; break;
        default: *value = core->z[i]; break;
    }
    return 0;
}

int hk_get_reals(hk_Core *core, const uint32_t reference[], size_t n, double value[]) {
    if (n > 0 && (reference == NULL || value == NULL)) return hk_refuse(core, "get: null pointer");
    for (size_t k = 0; k < n; k++) {
        if (get_real(core, reference[k], &value[k])) return 1;
    }
    return 0;
}

int hk_get_integers(hk_Core *core, const uint32_t reference[], size_t n, int32_t value[]) {
    int i;
    if (n > 0 && (reference == NULL || value == NULL)) return hk_refuse(core, "get: null pointer");
    for (size_t k = 0; k < n; k++) {
        if (hk_kind(reference[k], &i) != HK_MODE) {
            return hk_refuse(core, "value reference %u: no such integer", reference[k]);
        }
        if (core->now.phase == HK_INITIALIZATION && hk_evaluate(core, HK_OUTPUT)) return 1;
        value[k] = hk_shown(core)->m[i];
    }
    return 0;
}

/* ---- set ----------------------------------------------------------------------------- */

static int check_parameter(hk_Core *core, int i, const char *name, double value) {
    int now = core->now.phase;
    if (!(now & (BEFORE_START | HK_EVENT | HK_STEP)) ||
        (!(now & BEFORE_START) && !hk_tunable_p[i])) {
        return hk_refuse(core, "%s = %g: %s", name, value,
                         hk_tunable_p[i] ? "a tunable parameter changes between steps only"
                                         : "this parameter is fixed once the run has begun");
    }
    if (value < hk_min_p[i] || value > hk_max_p[i]) {
        return hk_refuse(core, "%s = %g: must lie in %g ... %g", name, value, hk_min_p[i],
                         hk_max_p[i]);
    }
    return 0;
}

static int check_settable(hk_Core *core, uint32_t reference, double value) {
    int i;
    hk_Kind kind = hk_kind(reference, &i);
    const char *name = hk_name(reference);
    if (kind == HK_UNKNOWN) {
        return hk_refuse(core, "value reference %u: no such variable", reference);
    }
    if (!hk_is_finite(value)) {
        return hk_refuse(core, "%s = %g: must be a finite number", name, value);
    }
    switch (kind) {
        case HK_INPUT:
            if (core->now.phase & (BEFORE_START | HK_EVENT | HK_CONTINUOUS | HK_STEP)) return 0;
            return hk_refuse(core, "%s = %g: an input cannot be set after the end of the run",
                             name, value);
        case HK_PARAMETER: return check_parameter(core, i, name, value);
        case HK_STATE:
            /* Model Exchange: importers without a solver of their own, such as CasADi, set them so */
            if (core->now.phase & (BEFORE_START | HK_EVENT | HK_CONTINUOUS)) return 0;
            return hk_refuse(core, "%s = %g: a state can be set before the run begins only", name,
                             value);
        default: return hk_refuse(core, "%s = %g: it is calculated, not set", name, value);
    }
}

static double *slot(hk_Core *core, uint32_t reference) {
    int i;
    switch (hk_kind(reference, &i)) {
        case HK_INPUT: return &core->now.u[i];
        case HK_PARAMETER: return &core->now.p[i];
        default: return &core->now.x[i];
    }
}

/* What follows from a variable that was set is old. What only others feel leaves the algebraic
 * unknowns solved. */
static void note_change(hk_Core *core, uint32_t reference) {
    int i, in_algebra = 1;
    hk_Kind kind = hk_kind(reference, &i);
    if (kind == HK_INPUT) in_algebra = hk_in_algebra_u[i];
    if (kind == HK_PARAMETER) {
        in_algebra = hk_in_algebra_p[i];
        hk_forget_factors(&core->now);
    }
    if (in_algebra) core->now.solved = 0;
    core->now.touched = 1;
    core->fresh = 0;
}

/* All values are set, or none of them. */
int hk_set_reals(hk_Core *core, const uint32_t reference[], size_t n, const double value[]) {
    if (n > 0 && (reference == NULL || value == NULL)) return hk_refuse(core, "set: null pointer");
    for (size_t k = 0; k < n; k++) {
        if (check_settable(core, reference[k], value[k])) return 1;
    }
    for (size_t k = 0; k < n; k++) {
        double *target = slot(core, reference[k]);
        if (*target != value[k]) {
            *target = value[k];
            note_change(core, reference[k]);
        }
    }
    return 0;
}

/* ---- vectors of Model Exchange --------------------------------------------------------- */

static int wrong_length(hk_Core *core, const char *what, size_t n, size_t expected,
                        const double *values) {
    if (n != expected) {
        return hk_refuse(core, "%zu %s asked for, the model has %zu", n, what, expected);
    }
    return n > 0 && values == NULL ? hk_refuse(core, "%s: null pointer", what) : 0;
}

int hk_get_states(hk_Core *core, size_t n, double x[]) {
    if (wrong_length(core, "continuous states", n, HK_NX, x)) return 1;
    if (n > 0) memcpy(x, core->now.x, n * sizeof(double));
    return 0;
}

int hk_set_states(hk_Core *core, size_t n, const double x[]) {
    if (wrong_length(core, "continuous states", n, HK_NX, x)) return 1;
    for (size_t i = 0; i < n; i++) {
        if (!hk_is_finite(x[i])) {
            return hk_refuse(core, "%s = %g at t = %.9g s: must be a finite number",
                             hk_name(1 + (uint32_t)i), x[i], core->now.t);
        }
    }
    if (n > 0) memcpy(core->now.x, x, n * sizeof(double));
    hk_moved(core);
    return 0;
}

int hk_get_derivatives(hk_Core *core, size_t n, double xd[]) {
    if (wrong_length(core, "derivatives", n, HK_NX, xd) || hk_evaluate(core, HK_DERIVATIVE)) return 1;
    if (n > 0) memcpy(xd, core->xd, n * sizeof(double));
    return 0;
}

int hk_get_indicators(hk_Core *core, size_t n, double z[]) {
    if (wrong_length(core, "event indicators", n, HK_NZ, z) || hk_evaluate(core, HK_INDICATOR)) return 1;
    if (n > 0) memcpy(z, core->z, n * sizeof(double));
    return 0;
}

int hk_get_nominals(hk_Core *core, size_t n, double nominal[]) {
    if (wrong_length(core, "nominal values", n, HK_NX, nominal)) return 1;
    if (n > 0) memcpy(nominal, hk_nominal_x, n * sizeof(double));
    return 0;
}

int hk_set_time(hk_Core *core, double t) {
    if (!hk_is_finite(t)) return hk_refuse(core, "time = %g: must be a finite number", t);
    core->now.t = t;
    hk_moved(core);
    return 0;
}
