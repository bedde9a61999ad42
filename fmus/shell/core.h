/* One model instance, independent of the FMI version: values, phases, events, steps.
 *
 * The FMI 2.0 and 3.0 fronts (fmi2.c, fmi3.c) translate their calls to this interface.
 * Every function that returns int returns 0 when it did what it says, and 1 after it has
 * told the logger why not.
 */
#ifndef HK_CORE_H
#define HK_CORE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h" /* generated: HK_NX, HK_NU, ... and the equations */

#define HK_AT_LEAST_1(n) ((n) > 0 ? (n) : 1) /* C has no arrays of length 0 */
#define HK_LARGER(a, b) ((a) > (b) ? (a) : (b))

/* The largest linear system: that of a step, or that of the algebraic unknowns. */
#define HK_UNKNOWNS (HK_NX + HK_NA)
#define HK_MATRIX HK_LARGER(HK_ALGEBRA_NONZEROS, HK_STEP_NONZEROS)

/* Phases of the FMI state machines; one bit each, so that sets of them can be named. */
typedef enum {
    HK_INSTANTIATED = 1,
    HK_INITIALIZATION = 2,
    HK_EVENT = 4,       /* Model Exchange */
    HK_CONTINUOUS = 8,  /* Model Exchange */
    HK_STEP = 16,       /* Co-Simulation */
    HK_TERMINATED = 32,
    HK_FAILED = 64,     /* numbers have left the model: only get, restore, reset and free */
    HK_ANY = 127
} hk_Phase;

/* Kinds of variables, in the order of their value references. */
typedef enum {
    HK_TIME,
    HK_STATE,
    HK_DERIVATIVE,
    HK_INPUT,
    HK_PARAMETER,
    HK_OUTPUT,
    HK_MODE,
    HK_INDICATOR,
    HK_UNKNOWN
} hk_Kind;

/* In the set of kinds that are fresh: the Jacobian. */
#define HK_JACOBIAN (1u << HK_UNKNOWN)

/* What every generated function begins with, by place in its arguments. */
typedef enum { HK_T, HK_X, HK_U, HK_P, HK_M, HK_A, HK_W, HK_POINT } hk_Argument;

/* Where the factors of a step's matrix were calculated, with the parameters and modes of now. */
typedef struct {
    double h; /* of the step; 0 where there are none */
    double t;
    double x[HK_AT_LEAST_1(HK_NX)];
    double u[HK_AT_LEAST_1(HK_NU)];
    double a[HK_AT_LEAST_1(HK_NA)];
} hk_Kept;

/* Everything that decides the future of an instance: plain data, copied byte by byte. */
typedef struct {
    double t;
    double x[HK_AT_LEAST_1(HK_NX)];
    double u[HK_AT_LEAST_1(HK_NU)];
    double p[HK_AT_LEAST_1(HK_NP)];
    double a[HK_AT_LEAST_1(HK_NA)]; /* algebraic unknowns; their solution when `solved` */
    double w[HK_AT_LEAST_1(HK_NW)]; /* values held during an internal step */
    double plug[HK_AT_LEAST_1(HK_PLUG_MEMORY)]; /* water, wall and insulation of sharp pipes */
    double z[HK_AT_LEAST_1(HK_NZ)]; /* event indicators when events were last handled */
    hk_Kept kept;
    int32_t m[HK_AT_LEAST_1(HK_NM)];
    int32_t phase;
    int32_t solved;  /* `a` belongs to the time, states, inputs, parameters and modes here */
    int32_t touched; /* an input or parameter has changed since events were last handled */
    int32_t left[HK_AT_LEAST_1(HK_NR)]; /* which valid ranges were left, as was told last */
} hk_Snapshot;

typedef struct hk_Core hk_Core;
/* How bad a message is, in the numbers that both standards give their statuses. */
typedef enum { HK_FINE = 0, HK_WARNING = 1, HK_ERROR = 3 } hk_Level;

typedef void (*hk_Log)(hk_Core *core, hk_Level level, const char *category, const char *message);

struct hk_Core {
    hk_Snapshot now;
    hk_Snapshot trial; /* `now` with its events handled: what outputs mean while initializing */
    double xd[HK_AT_LEAST_1(HK_NX)]; /* derivatives, outputs and indicators: those */
    double y[HK_AT_LEAST_1(HK_NY)];  /* whose kind is in the set `fresh` belong to */
    double z[HK_AT_LEAST_1(HK_NZ)];  /* the point shown                            */
    double work[HK_AT_LEAST_1(HK_WORK)];
    double matrix[HK_AT_LEAST_1(HK_MATRIX)];   /* of the system being solved, */
    double factors[HK_AT_LEAST_1(HK_ALGEBRA_FACTORS)]; /* and factors of the algebra's */
    double row[HK_AT_LEAST_1(HK_UNKNOWNS)];
    double jacobian[HK_AT_LEAST_1(HK_JACOBIAN_NONZEROS)]; /* by columns, see derivatives.c, */
    double jacobian_factors[HK_AT_LEAST_1(HK_ALGEBRA_FACTORS)]; /* and of the algebra's part */
    double kept_factors[HK_AT_LEAST_1(HK_STEP_FACTORS)]; /* of a step's matrix at now.kept, */
    int factorised;                                      /* if this says so */
    double plug_before[HK_AT_LEAST_1(HK_PLUG_MEMORY)]; /* pipes and held values */
    double w_before[HK_AT_LEAST_1(HK_NW)];             /* as an internal step began */
    double plug_work[HK_PLUG_WORK(HK_PLUG_LARGEST)];
    uint32_t fresh; /* bits 1 << kind; none after the point has moved */
    int co_simulation;
    int logging;  /* whether events are told */
    int warning;  /* whether warnings are told */
    int muffled;  /* whether errors are not told: other categories were asked for */
    int stop_defined;
    double stop_time;
    hk_Log log;
    const void *environment; /* whatever the front needs to reach the importer's logger */
    void (*callback)(void);
    char name[128];
};

/* core.c */
hk_Core *hk_new(const char *name, int co_simulation);
void hk_reset(hk_Core *core);
int hk_guard(hk_Core *core, const char *function, int allowed_phases);
int hk_refuse(hk_Core *core, const char *format, ...);
int hk_fail(hk_Core *core, const char *format, ...);
void hk_warn(hk_Core *core, const char *format, ...);
void hk_note(hk_Core *core, const char *format, ...);
int hk_choose_logs(hk_Core *core, int on, size_t n, const char *const category[]);
const char *hk_name(uint32_t reference);
int hk_refresh(hk_Core *core, hk_Kind kind);
const hk_Snapshot *hk_shown(const hk_Core *core);

/* values.c */
int hk_get_reals(hk_Core *core, const uint32_t reference[], size_t n, double value[]);
int hk_set_reals(hk_Core *core, const uint32_t reference[], size_t n, const double value[]);
int hk_get_integers(hk_Core *core, const uint32_t reference[], size_t n, int32_t value[]);
int hk_get_states(hk_Core *core, size_t n, double x[]);
int hk_set_states(hk_Core *core, size_t n, const double x[]);
int hk_get_derivatives(hk_Core *core, size_t n, double xd[]);
int hk_get_indicators(hk_Core *core, size_t n, double z[]);
int hk_get_nominals(hk_Core *core, size_t n, double nominal[]);
int hk_set_time(hk_Core *core, double t);

/* phases.c */
int hk_set_up(hk_Core *core, double start, int stop_defined, double stop);
int hk_enter_initialization(hk_Core *core);
int hk_exit_initialization(hk_Core *core);
int hk_start(hk_Core *core, hk_Snapshot *point, int *jumped);

/* algebra.c */
int hk_solve(hk_Core *core, hk_Snapshot *point);
int hk_solve_for(hk_Core *core, const double *arg[], double a[]);

/* pipes.c */
int hk_fill_pipes(hk_Core *core, hk_Snapshot *point);
int hk_mark_pipes(hk_Core *core);
void hk_rewind_pipes(hk_Core *core, double h);
int hk_advance_pipes(hk_Core *core, double h, const double *end[]);

/* events.c */
int hk_settle(hk_Core *core, hk_Snapshot *point, int *jumped);
int hk_call_indicators(hk_Core *core, const double *arg[], double z[]);
int hk_crossed(const double before[], const double after[]);

/* factors.c */
int hk_factors_for(hk_Core *core, double h);
void hk_forget_factors(hk_Snapshot *point);

/* step.c */
int hk_do_step(hk_Core *core, double t, double length);

/* ranges.c */
int hk_watch_ranges(hk_Core *core);

/* derivatives.c */
int hk_forward_derivative(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                          const uint32_t known[], size_t n_known, const double seed[],
                          double sensitivity[]);
int hk_adjoint_derivative(hk_Core *core, const uint32_t unknown[], size_t n_unknown,
                          const uint32_t known[], size_t n_known, const double seed[],
                          double sensitivity[]);

/* state.c */
int hk_save(hk_Core *core, void **state);
int hk_restore(hk_Core *core, const void *state);
void hk_free_state(void **state);
size_t hk_serialized_size(void);
int hk_serialize(hk_Core *core, const void *state, unsigned char bytes[], size_t n);
int hk_deserialize(hk_Core *core, const unsigned char bytes[], size_t n, void **state);

/* core.c, for those who call the generated equations */
void hk_arguments(const hk_Snapshot *point, double md[], const double *arg[]);
void hk_moved(hk_Core *core);

/* Asked for every number of every step, and therefore here. */

static inline double hk_magnitude(double v) { return fabs(v); }

static inline int hk_is_finite(double value) { return value - value == 0.0; }

/* First of `n` values that is not finite, or `n`. */
static inline int hk_first_odd(const double value[], int n) {
    int odd = 0, i = 0;
    for (int k = 0; k < n; k++) odd |= !hk_is_finite(value[k]);
    if (!odd) return n;
    while (hk_is_finite(value[i])) i++;
    return i;
}

/* Kind of the variable behind a value reference, and its index among its kind. */
static inline hk_Kind hk_kind(uint32_t reference, int *index) {
    static const uint32_t count[] = {1, HK_NX, HK_NX, HK_NU, HK_NP, HK_NY, HK_NM, HK_NZ};
    for (int kind = HK_TIME; kind < HK_UNKNOWN; kind++) {
        if (reference < count[kind]) {
            *index = (int)reference;
            return (hk_Kind)kind;
        }
        reference -= count[kind];
    }
    *index = 0;
    return HK_UNKNOWN;
}

/* Bring the derivatives, the outputs or the indicators up to date. */
static inline int hk_evaluate(hk_Core *core, hk_Kind kind) {
    return core->fresh & (1u << kind) ? 0 : hk_refresh(core, kind);
}

#endif
