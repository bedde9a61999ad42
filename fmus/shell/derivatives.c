/* Directional (forward) and adjoint (reverse) derivatives of derivatives and outputs. */
#include "core.h"

/* One number for every variable that a derivative is taken of or by. */
typedef struct {
    double t;
    double x[HK_AT_LEAST_1(HK_NX)];
    double u[HK_AT_LEAST_1(HK_NU)];
    double p[HK_AT_LEAST_1(HK_NP)];
    double xd[HK_AT_LEAST_1(HK_NX)];
    double y[HK_AT_LEAST_1(HK_NY)];
} Direction;

static double *known_slot(Direction *d, uint32_t reference) {
    int i;
    switch (hk_kind(reference, &i)) {
        case HK_TIME: return &d->t;
        case HK_STATE: return &d->x[i];
        case HK_INPUT: return &d->u[i];
        case HK_PARAMETER: return &d->p[i];
        default: return NULL;
    }
}

/* A state may be an unknown too, because a state may be an output. */
static double *unknown_slot(Direction *d, uint32_t reference) {
    int i;
    switch (hk_kind(reference, &i)) {
        case HK_STATE: return &d->x[i];
        case HK_DERIVATIVE: return &d->xd[i];
        case HK_OUTPUT: return &d->y[i];
        default: return NULL;
    }
}

static int check(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                 const uint32_t known[], size_t n_known) {
    Direction any;
    if ((n_unknown > 0 && unknown == NULL) || (n_known > 0 && known == NULL)) {
        return hk_refuse(core, "derivative: null pointer");
    }
    for (size_t k = 0; k < n_unknown; k++) {
        if (unknown_slot(&any, unknown[k]) == NULL) {
            return hk_refuse(core, "%s (value reference %u) is not an unknown of the equations",
                             hk_name(unknown[k]), unknown[k]);
        }
    }
    for (size_t k = 0; k < n_known; k++) {
        if (known_slot(&any, known[k]) == NULL) {
            return hk_refuse(core, "%s (value reference %u) is not a known of the equations",
                             hk_name(known[k]), known[k]);
        }
    }
    return hk_evaluate(core, HK_DERIVATIVE);
}

/* `arg` with places for the directions behind the point; they belong to the point shown. */
static void begin(hk_Core *core, double md[], const double *arg[], const double *const more[],
                  int n_more) {
    hk_arguments(hk_shown(core), md, arg);
    for (int i = 0; i < n_more; i++) arg[HK_POINT + i] = more[i];
}

/* How the algebraic unknowns move with the knowns in `d`: g_a a' = -g'. */
static int follow(hk_Core *core, const double *arg[], double *res[], const double g[], double a[]) {
    if (HK_NA == 0) return 0;
    if (hk_forward(arg, res, NULL, core->work, 0)) return 1;
    for (int i = 0; i < HK_NA; i++) a[i] = -g[i];
    if (hk_factorise_algebra(core, arg)) return 1;
    hk_substitute(&hk_algebra, core->factors, a, core->row);
    return 0;
}

int hk_forward_derivative(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                          const uint32_t known[], size_t n_known, const double seed[],
                          double sensitivity[]) {
    Direction d = {0};
    double md[HK_AT_LEAST_1(HK_NM)], g[HK_AT_LEAST_1(HK_NA)], a[HK_AT_LEAST_1(HK_NA)] = {0};
    const double *arg[HK_POINT + 5];
    const double *const seeds[] = {&d.t, d.x, d.u, d.p, a};
    double *res[] = {d.xd, d.y, g};
    if ((n_known > 0 && seed == NULL) || (n_unknown > 0 && sensitivity == NULL)) {
        return hk_refuse(core, "derivative: null pointer");
    }
    if (check(core, unknown, n_unknown, known, n_known)) return 1;
    for (size_t k = 0; k < n_known; k++) *known_slot(&d, known[k]) += seed[k];
    begin(core, md, arg, seeds, 5);
    if (follow(core, arg, res, g, a) || hk_forward(arg, res, NULL, core->work, 0)) {
        return hk_refuse(core, "the directional derivative cannot be calculated");
    }
    for (size_t k = 0; k < n_unknown; k++) sensitivity[k] = *unknown_slot(&d, unknown[k]);
    return 0;
}

/* Weights of the residuals that take the algebraic unknowns' part: g_a' mu = -a'. */
static int lead(hk_Core *core, const double *arg[], double *res[], const double a[], double g[]) {
    if (HK_NA == 0) return 0;
    if (hk_adjoint(arg, res, NULL, core->work, 0)) return 1;
    for (int i = 0; i < HK_NA; i++) g[i] = -a[i];
    if (hk_factorise_algebra(core, arg)) return 1;
    hk_substitute_transposed(&hk_algebra, core->factors, g, core->row);
    return 0;
}

int hk_adjoint_derivative(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                          const uint32_t known[], size_t n_known, const double seed[],
                          double sensitivity[]) {
    Direction d = {0}, back = {0};
    double md[HK_AT_LEAST_1(HK_NM)], g[HK_AT_LEAST_1(HK_NA)] = {0}, a[HK_AT_LEAST_1(HK_NA)];
    const double *arg[HK_POINT + 3];
    const double *const weights[] = {d.xd, d.y, g};
    double *res[] = {&back.t, back.x, back.u, back.p, a};
    if ((n_unknown > 0 && seed == NULL) || (n_known > 0 && sensitivity == NULL)) {
        return hk_refuse(core, "derivative: null pointer");
    }
    if (check(core, unknown, n_unknown, known, n_known)) return 1;
    for (size_t k = 0; k < n_unknown; k++) *unknown_slot(&d, unknown[k]) += seed[k];
    begin(core, md, arg, weights, 3);
    if (lead(core, arg, res, a, g) || hk_adjoint(arg, res, NULL, core->work, 0)) {
        return hk_refuse(core, "the adjoint derivative cannot be calculated");
    }
    for (int i = 0; i < HK_NX; i++) back.x[i] += d.x[i]; /* states that are outputs */
    for (size_t k = 0; k < n_known; k++) sensitivity[k] = *known_slot(&back, known[k]);
    return 0;
}
