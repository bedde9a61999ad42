/* Factors of a step's matrix, kept from step to step.
 *
 * ROS2 has order 2 whatever stands in its matrix for the Jacobian, and a matrix of any point keeps
 * the linear invariants of the equations. So the factors serve as long as the point is near the one
 * that they were calculated at. That point belongs to the state of the instance, the factors follow
 * from it: a restored instance goes on with the bits of the one that was saved.
 */
#include "core.h"

#include <string.h>

/* Moves that count as near: of states and unknowns in nominal values, 1 K for temperatures; of
 * inputs and the step's length relative to themselves [-]. An input that is 0 must stay so. */
#define NEAR 3e-3

/* Whether all that the matrix depends on (`counts` 1, else 0) is near. No way out of the loop
 * before its end: compilers then take several numbers at a time. */
static int all_near(int n, const double counts[], const double here[], const double there[],
                    const double size[]) {
    int far = 0;
    for (int i = 0; i < n; i++) {
        double moved = hk_magnitude(here[i] - there[i]) * counts[i];
        far |= !(moved <= NEAR * hk_magnitude(size[i]));
    }
    return !far;
}

/* Whether the factors of a step of `h` at the point kept are good enough for `now`. */
static int serves(const hk_Snapshot *now, double h) {
    const hk_Kept *kept = &now->kept;
    return HK_KEEPS_FACTORS && hk_magnitude(kept->h - h) <= NEAR * h &&
           all_near(HK_NU, hk_in_matrix_u, now->u, kept->u, kept->u) &&
           all_near(HK_NA, hk_in_matrix_a, now->a, kept->a, hk_nominal_a) &&
           all_near(HK_NX, hk_in_matrix_x, now->x, kept->x, hk_nominal_x);
}

static int calculate(hk_Core *core, const double *arg[]) {
#if HK_STEP_IN_SHELL
    double *res[] = {core->matrix};
    if (hk_matrix(arg, res, NULL, core->work, 0)) return 1;
    return hk_factorise(&hk_step_matrix, core->matrix, core->kept_factors, core->row);
#else
    double *res[] = {core->kept_factors};
    return hk_factors(arg, res, NULL, core->work, 0);
#endif
}

/* Factors for a step of `h` from `now`, left in core->kept_factors. */
int hk_factors_for(hk_Core *core, double h) {
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT + 1];
    hk_Kept *kept = &core->now.kept;
    if (!serves(&core->now, h)) {
        kept->h = h;
        kept->t = core->now.t;
        memcpy(kept->x, core->now.x, sizeof kept->x);
        memcpy(kept->u, core->now.u, sizeof kept->u);
        memcpy(kept->a, core->now.a, sizeof kept->a);
        core->factorised = 0;
    }
    if (core->factorised) return 0;
    hk_arguments(&core->now, md, arg);
    arg[HK_T] = &kept->t;
    arg[HK_X] = kept->x;
    arg[HK_U] = kept->u;
    arg[HK_A] = kept->a;
    arg[HK_POINT] = &kept->h;
    core->factorised = !calculate(core, arg);
    return !core->factorised;
}

/* What the matrix depends on has changed at `point` in a way that is not looked at above. */
void hk_forget_factors(hk_Snapshot *point) { point->kept.h = 0.0; }
