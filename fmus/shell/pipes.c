/* Sharp pipes of a model (plug.c): filled at the start, moved once an internal step.
 *
 * What comes of it are the held values. The algebraic unknowns are not solved for again with
 * them before the step ends: flows and temperatures that the pipes took are those that the
 * equations of the step use, so that books close to the last bit.
 */
#include "core.h"

#include <string.h>

/* Inputs of all pipes at `point`, whose algebraic unknowns are solved for. */
static int read_inputs(hk_Core *core, const hk_Snapshot *point, hk_PlugInputs pipe[]) {
    double value[HK_AT_LEAST_1(HK_PLUGS) * HK_PLUG_INPUTS];
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    double *res[] = {value};
    hk_arguments(point, md, arg);
    if (hk_plugs(arg, res, NULL, core->work, 0)) {
        return hk_fail(core, "the pipes cannot be evaluated at t = %.9g s", point->t);
    }
    for (int i = 0; i < HK_PLUGS * HK_PLUG_INPUTS; i++) {
        if (!hk_is_finite(value[i])) {
            return hk_fail(core, "pipe %d is given %g at t = %.9g s: not a finite number",
                           i / HK_PLUG_INPUTS + 1, value[i], point->t);
        }
    }
    memcpy(pipe, value, HK_PLUGS * sizeof *pipe);
    return 0;
}

/* Standing water at the start temperatures; held values with it. */
int hk_fill_pipes(hk_Core *core, hk_Snapshot *point) {
    hk_PlugInputs pipe[HK_AT_LEAST_1(HK_PLUGS)];
    hk_PlugOutputs out;
    double *state = point->plug;
    if (HK_PLUGS == 0) return 0;
    if (hk_solve(core, point) || read_inputs(core, point, pipe)) return 1;
    for (int i = 0; i < HK_PLUGS; i++) {
        hk_plug_start(hk_plug_cells[i], state, &pipe[i], &out);
        memcpy(point->w + i * HK_PLUG_OUTPUTS, &out, sizeof out);
        state += HK_PLUG_STATE(hk_plug_cells[i]);
    }
    point->solved = HK_NA == 0;
    return 0;
}

/* Move all pipes of `now` on by `h`; its time and states stay where they are. */
int hk_advance_pipes(hk_Core *core, double h) {
    hk_PlugInputs pipe[HK_AT_LEAST_1(HK_PLUGS)];
    hk_PlugOutputs out;
    double *state = core->now.plug;
    if (HK_PLUGS == 0) return 0;
    if (read_inputs(core, &core->now, pipe)) return 1;
    for (int i = 0; i < HK_PLUGS; i++) {
        hk_plug_advance(hk_plug_cells[i], state, core->plug_work, &pipe[i], h, &out);
        memcpy(core->now.w + i * HK_PLUG_OUTPUTS, &out, sizeof out);
        state += HK_PLUG_STATE(hk_plug_cells[i]);
    }
    return 0;
}
