/* Directional (forward) and adjoint (reverse) derivatives of derivatives and outputs.
 *
 * Both are products with one sparse Jacobian that is calculated once at a point: who asks for one
 * derivative asks for many, and all of them together cost as much as two.
 */
#include "core.h"

/* Columns of the Jacobian are what derivatives are taken by, rows what they are taken of. */
enum {
    BY_TIME,
    BY_STATES,
    BY_INPUTS = BY_STATES + HK_NX,
    BY_PARAMETERS = BY_INPUTS + HK_NU,
    BY_UNKNOWNS = BY_PARAMETERS + HK_NP, /* the algebraic ones */
    COLUMNS = BY_UNKNOWNS + HK_NA
};
enum {
    OF_DERIVATIVES,
    OF_OUTPUTS = OF_DERIVATIVES + HK_NX,
    OF_RESIDUALS = OF_OUTPUTS + HK_NY,
    OF_STATES = OF_RESIDUALS + HK_NA, /* not in the Jacobian: a state may be an output too */
    ROWS = OF_STATES + HK_NX
};

#define HK_NONE (-1)

static int column_of(uint32_t reference) {
    int i;
    switch (hk_kind(reference, &i)) {
        case HK_TIME: return BY_TIME;
        case HK_STATE: return BY_STATES + i;
        case HK_INPUT: return BY_INPUTS + i;
        case HK_PARAMETER: return BY_PARAMETERS + i;
        default: return HK_NONE;
    }
}

static int row_of(uint32_t reference) {
    int i;
    switch (hk_kind(reference, &i)) {
        case HK_STATE: return OF_STATES + i;
        case HK_DERIVATIVE: return OF_DERIVATIVES + i;
        case HK_OUTPUT: return OF_OUTPUTS + i;
        default: return HK_NONE;
    }
}

/* Factors of the residuals' part of the Jacobian by the algebraic unknowns. */
static int factorise(hk_Core *core) {
    int n = 0;
    for (int k = hk_jacobian_start[BY_UNKNOWNS]; k < hk_jacobian_start[COLUMNS]; k++) {
        if (hk_jacobian_row[k] >= OF_RESIDUALS) core->matrix[n++] = core->jacobian[k];
    }
    return hk_factorise(&hk_algebra, core->matrix, core->jacobian_factors, core->row);
}

/* The Jacobian at the point shown, and its factors. */
static int refresh(hk_Core *core) {
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    double *res[] = {core->jacobian};
    if (hk_evaluate(core, HK_DERIVATIVE)) return 1;
    if (core->fresh & HK_JACOBIAN) return 0;
    hk_arguments(hk_shown(core), md, arg);
    if (hk_jacobian(arg, res, NULL, core->work, 0)) {
        return hk_refuse(core, "the derivatives cannot be calculated");
    }
    if (HK_NA > 0 && factorise(core)) {
        return hk_fail(core, "the algebraic equations have no unique solution at t = %.9g s",
                       *arg[HK_T]);
    }
    core->fresh |= HK_JACOBIAN;
    return 0;
}

/* How all move with some columns: `of` becomes larger by the Jacobian times `by`. */
static void go_along(const hk_Core *core, int first, int end, const double by[], double of[]) {
    for (int c = first; c < end; c++) {
        if (by[c] == 0.0) continue;
        for (int k = hk_jacobian_start[c]; k < hk_jacobian_start[c + 1]; k++) {
            of[hk_jacobian_row[k]] += core->jacobian[k] * by[c];
        }
    }
}

/* The same transposed, for rows of which `of` is not 0. */
static void go_back(const hk_Core *core, const double of[], double by[]) {
    for (int c = 0; c < COLUMNS; c++) {
        by[c] = 0.0;
        for (int k = hk_jacobian_start[c]; k < hk_jacobian_start[c + 1]; k++) {
            by[c] += core->jacobian[k] * of[hk_jacobian_row[k]];
        }
    }
}

static int check(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                 const uint32_t known[], size_t n_known) {
    if ((n_unknown > 0 && unknown == NULL) || (n_known > 0 && known == NULL)) {
        return hk_refuse(core, "derivative: null pointer");
    }
    for (size_t k = 0; k < n_unknown; k++) {
        if (row_of(unknown[k]) == HK_NONE) {
            return hk_refuse(core, "%s (value reference %u) is not an unknown of the equations",
                             hk_name(unknown[k]), unknown[k]);
        }
    }
    for (size_t k = 0; k < n_known; k++) {
        if (column_of(known[k]) == HK_NONE) {
            return hk_refuse(core, "%s (value reference %u) is not a known of the equations",
                             hk_name(known[k]), known[k]);
        }
    }
    return refresh(core);
}

int hk_forward_derivative(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                          const uint32_t known[], size_t n_known, const double seed[],
                          double sensitivity[]) {
    double by[COLUMNS] = {0}, of[ROWS] = {0};
    if ((n_known > 0 && seed == NULL) || (n_unknown > 0 && sensitivity == NULL)) {
        return hk_refuse(core, "derivative: null pointer");
    }
    if (check(core, unknown, n_unknown, known, n_known)) return 1;
    for (size_t k = 0; k < n_known; k++) by[column_of(known[k])] += seed[k];
    go_along(core, 0, BY_UNKNOWNS, by, of);
    if (HK_NA > 0) { /* the unknowns move so that residuals stay 0: g_a a' = -g' */
        for (int i = 0; i < HK_NA; i++) by[BY_UNKNOWNS + i] = -of[OF_RESIDUALS + i];
        hk_substitute(&hk_algebra, core->jacobian_factors, by + BY_UNKNOWNS, core->row);
        go_along(core, BY_UNKNOWNS, COLUMNS, by, of);
    }
    for (int i = 0; i < HK_NX; i++) of[OF_STATES + i] = by[BY_STATES + i];
    for (size_t k = 0; k < n_unknown; k++) sensitivity[k] = of[row_of(unknown[k])];
    return 0;
}

int hk_adjoint_derivative(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                          const uint32_t known[], size_t n_known, const double seed[],
                          double sensitivity[]) {
    double by[COLUMNS], of[ROWS] = {0};
    if ((n_unknown > 0 && seed == NULL) || (n_known > 0 && sensitivity == NULL)) {
        return hk_refuse(core, "derivative: null pointer");
    }
    if (check(core, unknown, n_unknown, known, n_known)) return 1;
    for (size_t k = 0; k < n_unknown; k++) of[row_of(unknown[k])] += seed[k];
    go_back(core, of, by);
    if (HK_NA > 0) { /* weights of residuals that take the unknowns' part: g_a' mu = -a' */
        double *weight = of + OF_RESIDUALS;
        for (int i = 0; i < HK_NA; i++) weight[i] = -by[BY_UNKNOWNS + i];
        hk_substitute_transposed(&hk_algebra, core->jacobian_factors, weight, core->row);
        go_back(core, of, by);
    }
    for (int i = 0; i < HK_NX; i++) by[BY_STATES + i] += of[OF_STATES + i];
    for (size_t k = 0; k < n_known; k++) sensitivity[k] = by[column_of(known[k])];
    return 0;
}
