/* Events: what changes at an instant, and the signs that announce it. */
#include "core.h"

#define MAX_EVENT_ITERATIONS 20

/* One evaluation of the event equations: what changed is written into `point`. */
static int iterate(hk_Core *core, hk_Snapshot *point, int *mode_changed, int *state_jumped) {
    double md[HK_AT_LEAST_1(HK_NM)];
    double x_after[HK_AT_LEAST_1(HK_NX)];
    double m_after[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    if (hk_solve(core, point)) return 1;
    hk_arguments(point, md, arg);
    double *res[] = {x_after, m_after};
    if (hk_event(arg, res, NULL, core->work, 0)) {
        return hk_fail(core, "the event equations cannot be evaluated at t = %.9g s", point->t);
    }
    for (int i = 0; i < HK_NM; i++) {
        uint32_t reference = 1 + 2 * HK_NX + HK_NU + HK_NP + HK_NY + (uint32_t)i;
        if (!(hk_magnitude(m_after[i]) < 1e9)) {
            return hk_fail(core, "%s = %g at t = %.9g s: not an integer", hk_name(reference),
                           m_after[i], point->t);
        }
        int32_t after = (int32_t)(m_after[i] < 0 ? m_after[i] - 0.5 : m_after[i] + 0.5);
        if (after != point->m[i]) {
            hk_note(core, "t = %.9g s: %s = %d", point->t, hk_name(reference), (int)after);
            point->m[i] = after;
            point->solved = 0;
            hk_forget_factors(point);
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
        point->solved = 0;
        *state_jumped = 1;
    }
    return 0;
}

/* Indicators at a point whose algebraic unknowns are solved for. */
int hk_call_indicators(hk_Core *core, const double *arg[], double z[]) {
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
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    if (hk_solve(core, point)) return 1;
    hk_arguments(point, md, arg);
    if (hk_call_indicators(core, arg, point->z)) {
        return hk_fail(core, "an event indicator is not finite at t = %.9g s", point->t);
    }
    point->touched = 0;
    core->fresh = 0;
    return 0;
}

/* Whether an indicator has changed sign between two points. */
int hk_crossed(const double before[], const double after[]) {
    for (int i = 0; i < HK_NZ; i++) {
        if ((before[i] > 0.0) != (after[i] > 0.0)) return 1;
    }
    return 0;
}
