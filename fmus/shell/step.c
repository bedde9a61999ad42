/* The Co-Simulation step.
 *
 * An internal step is one of ROS2 (fmus/export/rosenbrock.py has the method) with the exact
 * Jacobian of a point near by (factors.c), so a linear invariant of the equations (an energy meter
 * against the heat it has counted) stays exact to round-off. Small models bring the whole step as
 * code; of large ones the matrix comes as code and is factorised here.
 */
#include "core.h"
#include "det_math.h"

#include <float.h>
#include <string.h>

#define MAX_EVENTS_PER_STEP 1000
#define MAX_INTERNAL_STEPS 1e8
#define MAX_BISECTIONS 60
#define EVENT_TIME_TOLERANCE_S 1e-9
#define SHORTEST_SHARE 1e-3 /* of HK_H_MAX: steps below it are taken as they come */
#define SAFETY 0.9
#define MOST_SHRINKING 0.1 /* of a step that was too rough */

/* What an internal step leads to. */
typedef struct {
    double t;
    double x[HK_AT_LEAST_1(HK_NX)];
    double a[HK_AT_LEAST_1(HK_NA)];
    double z[HK_AT_LEAST_1(HK_NZ)];
    double correction[HK_AT_LEAST_1(HK_NX)]; /* what the second stage added to the first's x */
    double roughness;                        /* of the step so far, see below */
} Ahead;

/* How a step was; too rough means that a part of it is to be tried. */
enum { GOOD = 0, FAILED = 1, ROUGH = 2 };

#if HK_STEP_IN_SHELL

/* x and a of the second stage, `h` along the slopes of the first. */
static void along(const double *arg[], double h, const double k1[], Ahead *ahead) {
    for (int i = 0; i < HK_NX; i++) ahead->x[i] = arg[HK_X][i] + h * k1[i];
    for (int i = 0; i < HK_NA; i++) ahead->a[i] = arg[HK_A][i] + h * k1[HK_NX + i];
}

static int rosenbrock(hk_Core *core, const double *arg[], double h, Ahead *ahead) {
    double slope[HK_AT_LEAST_1(HK_NX)], drift[HK_AT_LEAST_1(HK_UNKNOWNS)];
    double k1[HK_AT_LEAST_1(HK_UNKNOWNS)], k2[HK_AT_LEAST_1(HK_UNKNOWNS)];
    double g2[HK_AT_LEAST_1(HK_NA)], known[HK_AT_LEAST_1(HK_LAGS)];
    const double *middle[HK_POINT];
    int n = hk_step_matrix.n;
    double *slopes[] = {slope}, *drifts[] = {drift, known}, *left[] = {g2};
    if (hk_rhs(arg, slopes, NULL, core->work, 0)) return 1;
    if (hk_drift(arg, drifts, NULL, core->work, 0)) return 1;
    for (int i = 0; i < n; i++) k1[i] = (i < HK_NX ? slope[i] : 0.0) + drift[i];
    hk_substitute(&hk_step_matrix, core->kept_factors, k1, core->row);

    memcpy(middle, arg, sizeof middle);
    along(arg, h, k1, ahead);
    middle[HK_T] = &ahead->t;
    middle[HK_X] = ahead->x;
    middle[HK_A] = ahead->a;
    if (hk_rhs(middle, slopes, NULL, core->work, 0)) return 1;
    if (hk_left_over(middle, left, NULL, core->work, 0)) return 1;
    for (int i = 0; i < HK_NX; i++) k2[i] = slope[i] - 2.0 * k1[i] - drift[i];
    for (int i = HK_NX; i < n; i++) k2[i] = -g2[i - HK_NX] / (HK_GAMMA * h) - drift[i];
    hk_substitute(&hk_step_matrix, core->kept_factors, k2, core->row);

    for (int i = 0; i < HK_NX; i++) ahead->correction[i] = 0.5 * h * (k1[i] + k2[i]);
    for (int i = 0; i < n; i++) k1[i] = 1.5 * k1[i] + 0.5 * k2[i];
    along(arg, h, k1, ahead);
    for (int i = 0; i < HK_LAGS; i++) {
        ahead->x[hk_lag_state[i]] = known[i];
        ahead->correction[hk_lag_state[i]] = 0.0;
    }
    return 0;
}

#else

static int rosenbrock(hk_Core *core, const double *arg[], double h, Ahead *ahead) {
    const double *step[HK_POINT + 2];
    memcpy(step, arg, HK_POINT * sizeof *arg);
    step[HK_POINT] = &h;
    step[HK_POINT + 1] = core->kept_factors;
    double *res[] = {ahead->x, ahead->a, ahead->correction};
    return hk_step(step, res, NULL, core->work, 0);
}

#endif

/* How much the stages disagree, in shares of what is allowed, about the worst state. States that
 * nothing depends on weigh nothing. What is not a number is rougher than anything. */
static double roughness(const double correction[]) {
    double worst = 0.0;
    for (int i = 0; i < HK_NX; i++) {
        double share = hk_magnitude(correction[i]) * hk_strictness_x[i];
        if (!(share <= DBL_MAX)) return DBL_MAX;
        if (share > worst) worst = share;
    }
    return worst;
}

/* Step that should be just smooth enough, after one of `h`: disagreement grows as its square. */
static double smooth_step(double h, double rough) {
    return h * SAFETY / sqrt(rough > 1e-6 ? rough : 1e-6);
}

/* States and algebraic unknowns ahead by `h`, with the held values of `now`; `arg` is filled in. */
static int equations_ahead(hk_Core *core, double h, int careful, double md[], const double *arg[],
                           Ahead *ahead) {
    hk_arguments(&core->now, md, arg);
    arg[HK_POINT] = &h;
    ahead->t = core->now.t + h;
    memcpy(ahead->a, core->now.a, sizeof ahead->a);
    if (hk_factors_for(core, h) || rosenbrock(core, arg, h, ahead)) {
        return hk_fail(core, "the step from t = %.9g s cannot be calculated", core->now.t);
    }
    ahead->roughness = roughness(ahead->correction);
    if (careful && h > SHORTEST_SHARE * HK_H_MAX && ahead->roughness > 1.0) return ROUGH;
    int odd = hk_first_odd(ahead->x, HK_NX);
    if (odd < HK_NX) {
        return hk_fail(core, "%s = %g at t = %.9g s: not a finite number",
                       hk_name(1 + (uint32_t)odd), ahead->x[odd], ahead->t);
    }
    arg[HK_T] = &ahead->t;
    arg[HK_X] = ahead->x;
    arg[HK_A] = ahead->a;
    return hk_solve_for(core, arg, ahead->a) ? FAILED : GOOD;
}

/* One internal step of `h` ahead of `now`, whose algebraic unknowns are solved for. Sharp pipes
 * and held values of `now` are those ahead from here on; each trial starts them anew. Where means
 * over the step are held, they are of its beginning and of a first attempt at its end. */
static int try_step(hk_Core *core, double h, int careful, Ahead *ahead) {
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT + 1];
    int how = GOOD;
    hk_rewind_pipes(core, h);
    if (HK_MEANS > 0) how = equations_ahead(core, h, careful, md, arg, ahead);
    if (how != GOOD) return how;
    if (hk_advance_pipes(core, h, arg)) return FAILED;
    how = equations_ahead(core, h, careful, md, arg, ahead);
    if (how != GOOD) return how;
    if (hk_call_indicators(core, arg, ahead->z)) {
        return hk_fail(core, "an event indicator is not finite at t = %.9g s", ahead->t);
    }
    return GOOD;
}

/* Shorten a step in which an indicator crossed to just behind the first crossing. */
static int locate_event(hk_Core *core, Ahead *ahead) {
    double low = 0.0, high = ahead->t - core->now.t;
    double tolerance = EVENT_TIME_TOLERANCE_S + 4e-16 * hk_magnitude(core->now.t);
    for (int k = 0; k < MAX_BISECTIONS && high - low > tolerance; k++) {
        Ahead trial;
        double middle = 0.5 * (low + high);
        if (try_step(core, middle, 0, &trial)) return 1;
        if (hk_crossed(core->now.z, trial.z)) {
            high = middle;
            memcpy(ahead, &trial, sizeof trial);
        } else {
            low = middle;
        }
    }
    if (HK_PLUGS > 0) return try_step(core, high, 0, ahead); /* the last trial may have been shorter */
    return 0;
}

static void accept(hk_Core *core, const Ahead *ahead) {
    memcpy(core->now.x, ahead->x, HK_NX * sizeof(double));
    memcpy(core->now.a, ahead->a, HK_NA * sizeof(double));
    core->now.t = ahead->t;
    hk_moved(core);
    core->now.solved = 1;
}

/* Length of the next internal step [s]: equal parts of what is left, none longer than `longest`. */
static double internal_step(double left, double longest) {
    double parts = left / longest - 1e-9;
    int64_t whole = (int64_t)parts;
    if (parts > (double)whole) whole++;
    return left / (double)(whole < 1 ? 1 : whole);
}

static int advance_to(hk_Core *core, double end) {
    Ahead ahead;
    double rest = 1e-12 * (1.0 + hk_magnitude(end)), longest = HK_H_MAX;
    int events = 0;
    while (end - core->now.t > rest) {
        double h = internal_step(end - core->now.t, longest);
        if (hk_solve(core, &core->now)) return 1;
        if (hk_mark_pipes(core)) return 1;
        int how;
        while ((how = try_step(core, h, 1, &ahead)) == ROUGH) {
            double smooth = smooth_step(h, ahead.roughness);
            h = smooth > MOST_SHRINKING * h ? smooth : MOST_SHRINKING * h;
        }
        if (how == FAILED) return 1;
        longest = smooth_step(h, ahead.roughness);
        if (longest > HK_H_MAX) longest = HK_H_MAX;
        if (!hk_crossed(core->now.z, ahead.z)) {
            accept(core, &ahead);
            memcpy(core->now.z, ahead.z, HK_NZ * sizeof(double));
            continue;
        }
        int jumped;
        if (++events > MAX_EVENTS_PER_STEP) {
            return hk_fail(core, "more than %d events in one step, the modes chatter at t = %.9g s",
                           MAX_EVENTS_PER_STEP, core->now.t);
        }
        if (locate_event(core, &ahead)) return 1;
        accept(core, &ahead);
        if (hk_settle(core, &core->now, &jumped)) return 1;
    }
    core->now.t = end; /* to the last bit; what was solved for a rounding error away stays */
    core->fresh = 0;
    return 0;
}

static int check_step(hk_Core *core, double t, double length) {
    if (!(length > 0.0) || !hk_is_finite(length) || length / HK_H_MAX > MAX_INTERNAL_STEPS) {
        return hk_refuse(core, "step length = %g s: must be a positive number of seconds", length);
    }
    if (!(hk_magnitude(t - core->now.t) <= 1e-9 * (1.0 + hk_magnitude(t)))) {
        return hk_refuse(core, "communication point = %.12g s: the instance is at %.12g s", t,
                         core->now.t);
    }
    if (core->stop_defined && t + length > core->stop_time + 1e-9 * (1.0 + hk_magnitude(t))) {
        return hk_refuse(core, "step to %.12g s: beyond the stop time %.12g s", t + length,
                         core->stop_time);
    }
    return 0;
}

/* From the communication point `t` to `t + length` [s], events on the way handled. */
int hk_do_step(hk_Core *core, double t, double length) {
    int jumped;
    if (check_step(core, t, length)) return 1;
    core->now.t = t;
    /* A mode may depend on an input: what the importer has set since the last step counts now. */
    if (core->now.touched && hk_settle(core, &core->now, &jumped)) return 1;
    if (advance_to(core, t + length) || hk_evaluate(core, HK_OUTPUT)) return 1;
    return hk_watch_ranges(core);
}
