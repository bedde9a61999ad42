/* Events and the Co-Simulation step.
 *
 * The generated hk_step is one step of ROS2 (Verwer, Spee, Blom, Hundsdorfer 1999): order 2,
 * L-stable, with the exact Jacobian, so a linear invariant of the equations (an energy meter
 * against the heat it has counted) stays exact to round-off.
 */
#include "core.h"

#include <string.h>

#define MAX_EVENT_ITERATIONS 20
#define MAX_EVENTS_PER_STEP 1000
#define MAX_INTERNAL_STEPS 1e8
#define MAX_BISECTIONS 60
#define EVENT_TIME_TOLERANCE_S 1e-9

static double magnitude(double v) { return v < 0.0 ? -v : v; }

/* ---- events -------------------------------------------------------------------------- */

/* One evaluation of the event equations: what changed is written into `point`. */
static int iterate(hk_Core *core, hk_Snapshot *point, int *mode_changed, int *state_jumped) {
    double md[HK_AT_LEAST_1(HK_NM)];
    double x_after[HK_AT_LEAST_1(HK_NX)];
    double m_after[HK_AT_LEAST_1(HK_NM)];
    hk_modes_as_reals(point, md);
    const double *arg[] = {&point->t, point->x, point->u, point->p, md};
    double *res[] = {x_after, m_after};
    if (hk_event(arg, res, NULL, core->work, 0)) {
        return hk_fail(core, "the event equations cannot be evaluated at t = %.9g s", point->t);
    }
    for (int i = 0; i < HK_NM; i++) {
        uint32_t reference = 1 + 2 * HK_NX + HK_NU + HK_NP + HK_NY + (uint32_t)i;
        if (!(magnitude(m_after[i]) < 1e9)) {
            return hk_fail(core, "%s = %g at t = %.9g s: not an integer", hk_name(reference),
                           m_after[i], point->t);
        }
        int32_t after = (int32_t)(m_after[i] < 0 ? m_after[i] - 0.5 : m_after[i] + 0.5);
        if (after != point->m[i]) {
            hk_note(core, "t = %.9g s: %s = %d", point->t, hk_name(reference), (int)after);
            point->m[i] = after;
            *mode_changed = 1;
        }
    }
    for (int i = 0; i < HK_NX; i++) {
        if (x_after[i] == point->x[i]) continue;
        if (!hk_is_finite(x_after[i])) {
            return hk_fail(core, "%s = %g after the event at t = %.9g s: not a finite number",
                           hk_name(1 + (uint32_t)i), x_after[i], point->t);
        }
        point->x[i] = x_after[i];
        *state_jumped = 1;
    }
    return 0;
}

static int call_indicators(hk_Core *core, const hk_Snapshot *point, double t, const double *x,
                           double *z) {
    double md[HK_AT_LEAST_1(HK_NM)];
    hk_modes_as_reals(point, md);
    const double *arg[] = {&t, x, point->u, point->p, md};
    double *res[] = {z};
    if (HK_NZ > 0 && hk_indicators(arg, res, NULL, core->work, 0)) return 1;
    for (int i = 0; i < HK_NZ; i++) {
        if (!hk_is_finite(z[i])) return 1;
    }
    return 0;
}

/* Handle events at `point` until nothing changes any more. */
int hk_settle(hk_Core *core, hk_Snapshot *point, int *jumped) {
    int again = HK_HAS_EVENTS;
    *jumped = 0;
    for (int k = 0; again; k++) {
        int mode_changed = 0, state_jumped = 0;
        if (k == MAX_EVENT_ITERATIONS) {
            return hk_fail(core, "the events at t = %.9g s do not come to rest", point->t);
        }
        if (iterate(core, point, &mode_changed, &state_jumped)) return 1;
        *jumped |= state_jumped;
        again = mode_changed || state_jumped;
    }
    if (call_indicators(core, point, point->t, point->x, point->z)) {
        return hk_fail(core, "an event indicator is not finite at t = %.9g s", point->t);
    }
    point->touched = 0;
    core->dirty = 1;
    return 0;
}

static int crossed(const double before[], const double after[]) {
    for (int i = 0; i < HK_NZ; i++) {
        if ((before[i] > 0.0) != (after[i] > 0.0)) return 1;
    }
    return 0;
}

/* ---- steps --------------------------------------------------------------------------- */

/* States and indicators one internal step of `h` ahead of `now`. */
static int try_step(hk_Core *core, double h, double *x, double *z) {
    const hk_Snapshot *now = &core->now;
    double md[HK_AT_LEAST_1(HK_NM)];
    hk_modes_as_reals(now, md);
    const double *arg[] = {&now->t, now->x, now->u, now->p, md, &h};
    double *res[] = {x};
    if (hk_step(arg, res, NULL, core->work, 0)) {
        return hk_fail(core, "the step from t = %.9g s cannot be calculated", now->t);
    }
    for (int i = 0; i < HK_NX; i++) {
        if (!hk_is_finite(x[i])) {
            return hk_fail(core, "%s = %g at t = %.9g s: not a finite number",
                           hk_name(1 + (uint32_t)i), x[i], now->t + h);
        }
    }
    if (call_indicators(core, now, now->t + h, x, z)) {
        return hk_fail(core, "an event indicator is not finite at t = %.9g s", now->t + h);
    }
    return 0;
}

/* Shorten a step in which an indicator crossed to just behind the first crossing. */
static int locate_event(hk_Core *core, double *h, double *x) {
    double low = 0.0, high = *h;
    double tolerance = EVENT_TIME_TOLERANCE_S + 4e-16 * magnitude(core->now.t);
    for (int k = 0; k < MAX_BISECTIONS && high - low > tolerance; k++) {
        double x_middle[HK_AT_LEAST_1(HK_NX)], z_middle[HK_AT_LEAST_1(HK_NZ)];
        double middle = 0.5 * (low + high);
        if (try_step(core, middle, x_middle, z_middle)) return 1;
        if (crossed(core->now.z, z_middle)) {
            high = middle;
            memcpy(x, x_middle, sizeof x_middle);
        } else {
            low = middle;
        }
    }
    *h = high;
    return 0;
}

static void accept(hk_Core *core, double h, const double *x) {
    memcpy(core->now.x, x, HK_NX * sizeof(double));
    core->now.t += h;
    core->dirty = 1;
}

/* Length of the next internal step: equal parts of what is left, none longer than HK_H_MAX. */
static double internal_step(double left) {
    double parts = left / HK_H_MAX - 1e-9;
    int64_t whole = (int64_t)parts;
    if (parts > (double)whole) whole++;
    return left / (double)(whole < 1 ? 1 : whole);
}

static int advance_to(hk_Core *core, double end) {
    double x[HK_AT_LEAST_1(HK_NX)], z[HK_AT_LEAST_1(HK_NZ)];
    double rest = 1e-12 * (1.0 + magnitude(end));
    int events = 0;
    while (end - core->now.t > rest) {
        double h = internal_step(end - core->now.t);
        if (try_step(core, h, x, z)) return 1;
        if (!crossed(core->now.z, z)) {
            accept(core, h, x);
            memcpy(core->now.z, z, HK_NZ * sizeof(double));
            continue;
        }
        int jumped;
        if (++events > MAX_EVENTS_PER_STEP) {
            return hk_fail(core, "more than %d events in one step, the modes chatter at t = %.9g s",
                           MAX_EVENTS_PER_STEP, core->now.t);
        }
        if (locate_event(core, &h, x)) return 1;
        accept(core, h, x);
        if (hk_settle(core, &core->now, &jumped)) return 1;
    }
    core->now.t = end;
    core->dirty = 1;
    return 0;
}

static int check_step(hk_Core *core, double t, double length) {
    if (!(length > 0.0) || !hk_is_finite(length) || length / HK_H_MAX > MAX_INTERNAL_STEPS) {
        return hk_refuse(core, "step length = %g s: must be a positive number of seconds", length);
    }
    if (!(magnitude(t - core->now.t) <= 1e-9 * (1.0 + magnitude(t)))) {
        return hk_refuse(core, "communication point = %.12g s: the instance is at %.12g s", t,
                         core->now.t);
    }
    if (core->stop_defined && t + length > core->stop_time + 1e-9 * (1.0 + magnitude(t))) {
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
    if (advance_to(core, t + length) || hk_evaluate(core)) return 1;
    return hk_watch_ranges(core);
}
