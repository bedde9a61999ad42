/* Sharp pipes of a model (plug.c) and the water that mixes between them, once an internal step.
 *
 * What comes of it are the held values. Means of flows come first, then pipes and mixed values are
 * brought on in the order in which the water runs: each after all that it takes from, so that a
 * front crosses any number of pipes and nodes in one step. The order is found anew every step, by
 * going upstream from wherever something is missing. Where water runs in a circle, somebody is
 * given what was there before, and all that this has changed is repeated until it comes to rest.
 */
#include "core.h"

#include <string.h>

/* A circle that a step flushes through several times is repeated until it comes to rest. */
#define MAX_SWEEPS 300
/* A temperature that moves by less [K] is not worth another calculation. */
#define SAME_K 1e-9
/* What makes up less than this of a mixture need not be waited for [-]. */
#define SMALL_SHARE 1e-12

#define ENDS (2 * HK_PLUGS)
#define FOLLOWED (ENDS + HK_MIXED)
#define ELEMENTS (HK_PLUGS + HK_MIXED)

/* What a sweep along the flow works with. Followed are the water at both ends of every pipe and
 * the mixed values; `target` is the water outside those ends and what the mixed values are. */
typedef struct {
    hk_Core *core;
    double h;
    hk_PlugInputs pipe[HK_AT_LEAST_1(HK_PLUGS)]; /* as each pipe was last moved */
    size_t memory[HK_AT_LEAST_1(HK_PLUGS)];      /* where its state begins */
    double target[HK_AT_LEAST_1(FOLLOWED)];      /* if everything followed were `then`, */
    double then[HK_AT_LEAST_1(FOLLOWED)];
    double share[HK_AT_LEAST_1(HK_LINKS)];       /* and how it changes with that */
    char seen[HK_AT_LEAST_1(ELEMENTS)];          /* whether an element was looked at */
    int again;                                   /* all elements have been moved before */
    int moved;                                   /* how many were not what they were */
} Sweep;

/* Place of a followed value. */
static double *at(double w[], int i) {
    if (i < ENDS) return &w[i / 2 * HK_PLUG_OUTPUTS + i % 2];
    return &w[HK_PLUGS * HK_PLUG_OUTPUTS + i - ENDS];
}

/* ---- equations --------------------------------------------------------------------------- */

typedef int (*Function)(const double **, double **, long long *, double *, int);

static int call_at(hk_Core *core, const double *arg[], Function function, double *res[]) {
    if (!function(arg, res, NULL, core->work, 0)) return 0;
    return hk_fail(core, "the pipes cannot be evaluated at t = %.9g s", *arg[HK_T]);
}

static int call(hk_Core *core, const hk_Snapshot *point, Function function, double *res[]) {
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    hk_arguments(point, md, arg);
    return call_at(core, arg, function, res);
}

/* Places of the means and, last of all held values, the step's length. */
static double *means_of(double w[]) { return w + (HK_AT_LEAST_1(HK_NW) - 1 - HK_MEANS); }
static double *step_of(double w[]) { return w + HK_AT_LEAST_1(HK_NW) - 1; }

/* Held values while time stands still at `point`, whose algebraic unknowns are solved for. */
static int still(hk_Core *core, hk_Snapshot *point) {
    double *res[] = {means_of(point->w)};
    *step_of(point->w) = 0.0;
    return call(core, point, hk_means, res);
}

/* Means of what was when the step began and of what is at its `end`. */
static int take_means(hk_Core *core, const double *end[]) {
    double last[HK_AT_LEAST_1(HK_MEANS)], *mean = means_of(core->now.w);
    double *res[] = {last};
    if (HK_MEANS == 0) return 0;
    if (call_at(core, end, hk_means, res)) return 1;
    for (int i = 0; i < HK_MEANS; i++) mean[i] = 0.5 * (mean[i] + last[i]);
    return 0;
}

static int read_inputs(hk_Core *core, const hk_Snapshot *point, hk_PlugInputs pipe[]) {
    double value[HK_AT_LEAST_1(HK_PLUGS) * HK_PLUG_INPUTS];
    double *res[] = {value};
    if (call(core, point, hk_plugs, res)) return 1;
    for (int i = 0; i < HK_PLUGS * HK_PLUG_INPUTS; i++) {
        if (!hk_is_finite(value[i])) {
            return hk_fail(core, "pipe %d is given %g at t = %.9g s: not a finite number",
                           i / HK_PLUG_INPUTS + 1, value[i], point->t);
        }
    }
    memcpy(pipe, value, HK_PLUGS * sizeof *pipe);
    return 0;
}

static int read_links(Sweep *s) {
    double *res[] = {s->target, s->share};
    for (int i = 0; i < FOLLOWED; i++) s->then[i] = *at(s->core->now.w, i);
    return call(s->core, &s->core->now, hk_links, res);
}

/* ---- along the flow ------------------------------------------------------------------------ */

static void bring(Sweep *s, int element);

/* Followed value `i` as it follows from what it takes from, once that has been brought on. */
static double follow(Sweep *s, int i) {
    double value = s->target[i];
    for (int32_t k = hk_link_start[i]; k < hk_link_start[i + 1]; k++) {
        int from = hk_link_from[k];
        if (hk_magnitude(s->share[k]) > SMALL_SHARE) {
            bring(s, from < ENDS ? from / 2 : from - ENDS + HK_PLUGS);
        }
        value += s->share[k] * (*at(s->core->now.w, from) - s->then[from]);
    }
    return value;
}

/* From where the step began, unless it was moved with the same water before. */
static void move(Sweep *s, int i) {
    hk_PlugInputs *in = &s->pipe[i];
    hk_PlugOutputs out;
    double *state = s->core->now.plug + s->memory[i];
    size_t n = HK_PLUG_STATE(hk_plug_cells[i]);
    if (in->flow != 0.0) {
        double *outside = in->flow > 0.0 ? &in->T_a : &in->T_b;
        double T = follow(s, 2 * i + (in->flow < 0.0));
        if (s->again && hk_magnitude(T - *outside) <= SAME_K) return;
        *outside = T;
    } else if (s->again) {
        return;
    }
    if (s->again) memcpy(state, s->core->plug_before + s->memory[i], n * sizeof *state);
    hk_plug_advance(hk_plug_cells[i], state, s->core->plug_work, in, s->h, &out);
    memcpy(s->core->now.w + i * HK_PLUG_OUTPUTS, &out, sizeof out);
    s->moved++;
}

static void bring(Sweep *s, int element) {
    if (s->seen[element]) return; /* perhaps still on the way: then water runs in a circle */
    s->seen[element] = 1;
    if (element < HK_PLUGS) {
        move(s, element);
        return;
    }
    int i = element - HK_PLUGS + ENDS;
    double value = follow(s, i), *place = at(s->core->now.w, i);
    if (hk_magnitude(value - *place) > SAME_K) s->moved++;
    *place = value;
}

/* ---- for the step ------------------------------------------------------------------------ */

/* Standing water at the start temperatures; held values with it. */
int hk_fill_pipes(hk_Core *core, hk_Snapshot *point) {
    hk_PlugInputs pipe[HK_AT_LEAST_1(HK_PLUGS)];
    double target[HK_AT_LEAST_1(FOLLOWED)], share[HK_AT_LEAST_1(HK_LINKS)];
    double *res[] = {target, share}, *state = point->plug;
    hk_PlugOutputs out;
    if (HK_NW == 0) return 0;
    if (hk_solve(core, point) || still(core, point)) return 1;
    if (read_inputs(core, point, pipe)) return 1;
    for (int i = 0; i < HK_PLUGS; i++) {
        hk_plug_start(hk_plug_cells[i], state, &pipe[i], &out);
        memcpy(point->w + i * HK_PLUG_OUTPUTS, &out, sizeof out);
        state += HK_PLUG_STATE(hk_plug_cells[i]);
    }
    if (call(core, point, hk_links, res)) return 1;
    for (int i = ENDS; i < FOLLOWED; i++) *at(point->w, i) = target[i];
    point->solved = HK_NA == 0;
    return 0;
}

/* An internal step begins: whatever is tried starts from here. */
int hk_mark_pipes(hk_Core *core) {
    double *res[] = {means_of(core->w_before)};
    memcpy(core->plug_before, core->now.plug, HK_PLUG_MEMORY * sizeof(double));
    memcpy(core->w_before, core->now.w, HK_NW * sizeof(double));
    return HK_MEANS > 0 && call(core, &core->now, hk_means, res);
}

/* Back to where the step began, to try one of `h`. */
void hk_rewind_pipes(hk_Core *core, double h) {
    memcpy(core->now.plug, core->plug_before, HK_PLUG_MEMORY * sizeof(double));
    memcpy(core->now.w, core->w_before, HK_NW * sizeof(double));
    if (HK_NW > 0) *step_of(core->now.w) = h;
}

/* Pipes and held values of `now` ahead by `h`, to a point like `end`; its time and states stay. */
int hk_advance_pipes(hk_Core *core, double h, const double *end[]) {
    Sweep s;
    if (HK_NW == 0) return 0;
    s.core = core;
    s.h = h;
    s.memory[0] = 0;
    if (take_means(core, end) || read_inputs(core, &core->now, s.pipe)) return 1;
    for (int i = 0; i + 1 < HK_PLUGS; i++) {
        s.memory[i + 1] = s.memory[i] + HK_PLUG_STATE(hk_plug_cells[i]);
    }
    for (int k = 0; k < MAX_SWEEPS; k++) {
        if (read_links(&s)) return 1;
        s.again = k > 0;
        s.moved = 0;
        memset(s.seen, 0, sizeof s.seen);
        for (int i = 0; i < ELEMENTS; i++) bring(&s, i);
        if (s.moved == 0 || HK_LINKS == 0) break;
    }
    return 0;
}
