/* Algebraic unknowns: Newton's method on the residuals.
 *
 * Whole steps are the quickest way even where residuals grow for a while: a root of a pressure
 * that changes its sign overshoots and comes back by half each time, and a step cut short for it
 * would hold up all other unknowns. If nothing better was found for some steps, the search goes
 * back to the best point, and steps from there are cut short until residuals fall.
 */
#include "core.h"

#include <float.h>
#include <string.h>

#define MAX_ITERATIONS 100
#define MAX_HALVINGS 12
#define PATIENCE 20
/* A step this small, relative to the unknown and its nominal value, is the last one: Newton's
 * next would be of the order of its square. */
#define LAST_STEP 1e-8

static int call_residual(hk_Core *core, const double *arg[], double g[]) {
    double *res[] = {g, core->matrix};
    return hk_residual(arg, res, NULL, core->work, 0);
}

/* Square of the residuals in nominal units; not finite where they are not. */
static double size_of(const double g[]) {
    double sum = 0.0;
    for (int i = 0; i < HK_NA; i++) sum += (g[i] / hk_nominal_a[i]) * (g[i] / hk_nominal_a[i]);
    return sum;
}

static int is_last(const double step[], const double a[]) {
    for (int i = 0; i < HK_NA; i++) {
        double usual = hk_nominal_a[i] + hk_magnitude(a[i]);
        if (!(hk_magnitude(step[i]) <= LAST_STEP * usual)) return 0;
    }
    return 1;
}

/* `a` minus as much of `step` as brings the residuals below `least`; residual and matrix there. */
static int go(hk_Core *core, const double *arg[], double a[], const double step[], double g[],
              double least) {
    double from[HK_AT_LEAST_1(HK_NA)], share = 1.0;
    memcpy(from, a, sizeof from);
    for (int k = 0; k <= MAX_HALVINGS; k++, share *= 0.5) {
        for (int i = 0; i < HK_NA; i++) a[i] = from[i] - share * step[i];
        if (call_residual(core, arg, g)) return 1;
        if (size_of(g) < least) return 0;
    }
    return !hk_is_finite(size_of(g));
}

/* Unknowns `a`, to which arg[HK_A] points, such that the residuals at `arg` vanish. */
int hk_solve_for(hk_Core *core, const double *arg[], double a[]) {
    double g[HK_AT_LEAST_1(HK_NA)], step[HK_AT_LEAST_1(HK_NA)], best[HK_AT_LEAST_1(HK_NA)];
    double least = DBL_MAX;
    int patience = PATIENCE;
    if (HK_NA == 0) return 0;
    memcpy(best, a, sizeof best);
    int failed = call_residual(core, arg, g);
    for (int k = 0; k < MAX_ITERATIONS && !failed; k++) {
        if (size_of(g) < least) {
            least = size_of(g);
            memcpy(best, a, sizeof best);
            patience = PATIENCE;
        } else if (--patience == 0) {
            memcpy(a, best, sizeof best);
            if (call_residual(core, arg, g)) break;
        }
        memcpy(step, g, sizeof step);
        failed = hk_factorise(&hk_algebra, core->matrix, core->factors, core->row);
        if (failed) break;
        hk_substitute(&hk_algebra, core->factors, step, core->row);
        if (is_last(step, a)) {
            for (int i = 0; i < HK_NA; i++) a[i] -= step[i];
            return 0;
        }
        failed = go(core, arg, a, step, g, patience > 0 ? DBL_MAX : least);
    }
    return hk_fail(core, "the algebraic equations are not solved at t = %.9g s", *arg[HK_T]);
}

/* Bring the algebraic unknowns of `point` up to date. */
int hk_solve(hk_Core *core, hk_Snapshot *point) {
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    if (HK_NA == 0 || point->solved) return 0;
    hk_arguments(point, md, arg);
    if (hk_solve_for(core, arg, point->a)) return 1;
    point->solved = 1;
    return 0;
}
