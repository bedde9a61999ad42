/* Birth, phases guard, messages, and evaluation of the equations at the point shown. */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

hk_Core *hk_new(const char *name, int co_simulation) {
    hk_Core *core = calloc(1, sizeof *core);
    if (core == NULL) return NULL;
    snprintf(core->name, sizeof core->name, "%s", name != NULL ? name : HK_MODEL);
    core->co_simulation = co_simulation;
    hk_reset(core);
    return core;
}

void hk_reset(hk_Core *core) {
    memset(&core->now, 0, sizeof core->now);
    memcpy(core->now.x, hk_start_x, HK_NX * sizeof(double));
    memcpy(core->now.u, hk_start_u, HK_NU * sizeof(double));
    memcpy(core->now.p, hk_start_p, HK_NP * sizeof(double));
    memcpy(core->now.a, hk_start_a, HK_NA * sizeof(double));
    memcpy(core->now.w, hk_start_w, HK_NW * sizeof(double));
    for (int i = 0; i < HK_NM; i++) core->now.m[i] = hk_start_m[i];
    core->now.phase = HK_INSTANTIATED;
    core->now.touched = 1;
    core->stop_defined = 0;
    hk_moved(core);
}

/* Time, a state, an input, a parameter or a mode has changed: what follows from them is old. */
void hk_moved(hk_Core *core) {
    core->dirty = 1;
    core->now.solved = 0;
}

/* ---- messages ------------------------------------------------------------------------ */

/* A message is handed to the importer's logger as its own format string, so that loggers
 * with and without variable arguments show the same; a percent sign would break that. */
static void tell(hk_Core *core, hk_Level level, const char *category, const char *format,
                 va_list arguments) {
    char message[512];
    if (core->log == NULL || (level == HK_ERROR && core->muffled)) return;
    vsnprintf(message, sizeof message, format, arguments);
    for (char *c = message; *c != '\0'; c++) {
        if (*c == '%') *c = '#';
    }
    core->log(core, level, category, message);
}

/* A call that cannot be obeyed: the instance is as it was before. */
int hk_refuse(hk_Core *core, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(core, HK_ERROR, "logStatusError", format, arguments);
    va_end(arguments);
    return 1;
}

/* The numbers have left the model: nothing but get, restore, reset and free from here on. */
int hk_fail(hk_Core *core, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(core, HK_ERROR, "logStatusError", format, arguments);
    va_end(arguments);
    core->now.phase = HK_FAILED;
    return 1;
}

/* The model goes on, but what it says is worth less. */
void hk_warn(hk_Core *core, const char *format, ...) {
    va_list arguments;
    if (!core->warning) return;
    va_start(arguments, format);
    tell(core, HK_WARNING, "logStatusWarning", format, arguments);
    va_end(arguments);
}

/* Something worth knowing when debug logging is on. */
void hk_note(hk_Core *core, const char *format, ...) {
    va_list arguments;
    if (!core->logging) return;
    va_start(arguments, format);
    tell(core, HK_FINE, "logEvents", format, arguments);
    va_end(arguments);
}

/* Only the categories asked for are told, all when none is named. Off leaves errors audible. */
int hk_choose_logs(hk_Core *core, int on, size_t n, const char *const category[]) {
    int errors = n == 0, events = n == 0, warnings = n == 0;
    if (n > 0 && category == NULL) return hk_refuse(core, "log categories: null pointer");
    for (size_t i = 0; i < n; i++) {
        const char *name = category[i] != NULL ? category[i] : "";
        if (strcmp(name, "logStatusError") == 0) {
            errors = 1;
        } else if (strcmp(name, "logEvents") == 0) {
            events = 1;
        } else if (strcmp(name, "logStatusWarning") == 0) {
            warnings = 1;
        } else {
            return hk_refuse(core,
                             "log category '%s': only logStatusError, logStatusWarning and logEvents",
                             name);
        }
    }
    core->logging = on && events;
    core->warning = on && warnings;
    core->muffled = on && !errors;
    return 0;
}

static const char *phase_name(int phase) {
    switch (phase) {
        case HK_INSTANTIATED: return "instantiated";
        case HK_INITIALIZATION: return "initialization mode";
        case HK_EVENT: return "event mode";
        case HK_CONTINUOUS: return "continuous-time mode";
        case HK_STEP: return "step mode";
        case HK_TERMINATED: return "terminated";
        default: return "failed";
    }
}

/* 0 when `function` may be called now. */
int hk_guard(hk_Core *core, const char *function, int allowed_phases) {
    if (core == NULL) return 1;
    if (core->now.phase & allowed_phases) return 0;
    return hk_refuse(core, "%s: not allowed in phase '%s' of a %s instance", function,
                     phase_name(core->now.phase),
                     core->co_simulation ? "Co-Simulation" : "Model Exchange");
}

/* ---- variables ----------------------------------------------------------------------- */

int hk_is_finite(double value) { return value - value == 0.0; }

/* Kind of the variable behind a value reference, and its index among its kind. */
hk_Kind hk_kind(uint32_t reference, int *index) {
    static const uint32_t count[] = {1, HK_NX, HK_NX, HK_NU, HK_NP, HK_NY, HK_NM, HK_NZ};
    for (int kind = HK_TIME; kind < HK_UNKNOWN; kind++) {
        if (reference < count[kind]) {
            *index = (int)reference;
            return (hk_Kind)kind;
        }
        reference -= count[kind];
    }
    return HK_UNKNOWN;
}

const char *hk_name(uint32_t reference) {
    int index;
    return hk_kind(reference, &index) == HK_UNKNOWN ? "?" : hk_variable_name[reference];
}

/* ---- equations ----------------------------------------------------------------------- */

double hk_magnitude(double v) { return v < 0.0 ? -v : v; }

/* The point as generated functions take it; `md` has room for its modes as reals. */
void hk_arguments(const hk_Snapshot *point, double md[], const double *arg[]) {
    md[0] = 0.0;
    for (int i = 0; i < HK_NM; i++) md[i] = point->m[i];
    arg[HK_T] = &point->t;
    arg[HK_X] = point->x;
    arg[HK_U] = point->u;
    arg[HK_P] = point->p;
    arg[HK_M] = md;
    arg[HK_A] = point->a;
    arg[HK_W] = point->w;
}

/* The point that derivatives and outputs belong to. While initializing it is the start
 * point after its events, so that connected instances see the outputs they will start with. */
const hk_Snapshot *hk_shown(const hk_Core *core) {
    return core->now.phase == HK_INITIALIZATION ? &core->trial : &core->now;
}

static int all_finite(hk_Core *core, const double value[], int n, uint32_t first) {
    for (int i = 0; i < n; i++) {
        if (!hk_is_finite(value[i])) {
            return hk_fail(core, "%s = %g at t = %.9g s: not a finite number",
                           hk_name(first + (uint32_t)i), value[i], hk_shown(core)->t);
        }
    }
    return 0;
}

/* Bring derivatives, outputs and indicators up to date. */
int hk_evaluate(hk_Core *core) {
    int jumped;
    if (!core->dirty) return 0;
    if (core->now.phase == HK_INITIALIZATION) {
        memcpy(&core->trial, &core->now, sizeof core->trial);
        if (hk_start(core, &core->trial, &jumped)) return 1;
    }
    hk_Snapshot *shown = core->now.phase == HK_INITIALIZATION ? &core->trial : &core->now;
    if (hk_solve(core, shown)) return 1;
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    hk_arguments(shown, md, arg);
    double *res[] = {core->xd, core->y, core->z};
    if (hk_rhs(arg, res, NULL, core->work, 0)) {
        return hk_fail(core, "the equations cannot be evaluated at t = %.9g s", shown->t);
    }
    if (all_finite(core, core->xd, HK_NX, 1 + HK_NX)) return 1;
    if (all_finite(core, core->y, HK_NY, 1 + 2 * HK_NX + HK_NU + HK_NP)) return 1;
    if (all_finite(core, core->z, HK_NZ, 1 + 2 * HK_NX + HK_NU + HK_NP + HK_NY + HK_NM)) return 1;
    core->dirty = 0;
    return 0;
}
