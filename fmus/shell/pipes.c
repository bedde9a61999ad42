/* Sharp pipes of a model (plug.c): filled at the start, moved once an internal step.
 *
 * What comes of it are the held values. A pipe may be given what others give in the same step (a
 * node without volume between them). Water that enters reaches the far end later than the step
 * ends, or else a few pipes further on, so repeating the step with what the last sweep gave comes
 * to rest, in any order of the pipes and any direction of flow. The algebraic unknowns are not
 * solved for again meanwhile: flows that the pipes took are those that the equations of the step
 * use, so that books close to the last bit.
 */
#include "core.h"

#include <string.h>

/* Sweeps beyond one a pipe: for circuits that a step flushes through several times. */
#define MORE_SWEEPS 8

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

/* Move pipes on by `h` from where the step began, those whose inputs are not what they were. */
static int sweep(hk_Core *core, double h, const hk_PlugInputs now[], const hk_PlugInputs last[]) {
    hk_PlugOutputs out;
    size_t at = 0;
    int moved = 0;
    for (int i = 0; i < HK_PLUGS; i++) {
        size_t n = HK_PLUG_STATE(hk_plug_cells[i]);
        double *state = core->now.plug + at;
        if (last == NULL || memcmp(&now[i], &last[i], sizeof *now) != 0) {
            memcpy(state, core->plug_before + at, n * sizeof *state);
            hk_plug_advance(hk_plug_cells[i], state, core->plug_work, &now[i], h, &out);
            memcpy(core->now.w + i * HK_PLUG_OUTPUTS, &out, sizeof out);
            moved = 1;
        }
        at += n;
    }
    return moved;
}

/* Move all pipes of `now` on by `h` from `plug_before`; its time and states stay where they are. */
int hk_advance_pipes(hk_Core *core, double h) {
    hk_PlugInputs pipe[2][HK_AT_LEAST_1(HK_PLUGS)];
    if (HK_PLUGS == 0) return 0;
    if (read_inputs(core, &core->now, pipe[0])) return 1;
    sweep(core, h, pipe[0], NULL);
    for (int k = 1; HK_PLUGS_LINKED && k < HK_PLUGS + MORE_SWEEPS; k++) {
        if (read_inputs(core, &core->now, pipe[k & 1])) return 1;
        if (!sweep(core, h, pipe[k & 1], pipe[(k - 1) & 1])) break;
    }
    return 0;
}
