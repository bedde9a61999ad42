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
    core->fresh = 0;
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

const char *hk_name(uint32_t reference) {
    int index;
    return hk_kind(reference, &index) == HK_UNKNOWN ? "?" : hk_variable_name[reference];
}

/* ---- equations ----------------------------------------------------------------------- */

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
    int i = hk_first_odd(value, n);
    if (i == n) return 0;
    return hk_fail(core, "%s = %g at t = %.9g s: not a finite number", hk_name(first + (uint32_t)i),
                   value[i], hk_shown(core)->t);
}

/* Calculate the derivatives, the outputs or the indicators at the point shown. */
int hk_refresh(hk_Core *core, hk_Kind kind) {
    static const int count[] = {[HK_DERIVATIVE] = HK_NX, [HK_OUTPUT] = HK_NY, [HK_INDICATOR] = HK_NZ};
    static const uint32_t first[] = {
        [HK_DERIVATIVE] = 1 + HK_NX,
        [HK_OUTPUT] = 1 + 2 * HK_NX + HK_NU + HK_NP,
        [HK_INDICATOR] = 1 + 2 * HK_NX + HK_NU + HK_NP + HK_NY + HK_NM,
    };
    int jumped;
    if (core->now.phase == HK_INITIALIZATION && core->fresh == 0) {
        memcpy(&core->trial, &core->now, sizeof core->trial);
        if (hk_start(core, &core->trial, &jumped)) return 1;
    }
    hk_Snapshot *shown = core->now.phase == HK_INITIALIZATION ? &core->trial : &core->now;
    if (hk_solve(core, shown)) return 1;
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    hk_arguments(shown, md, arg);
    double *value = kind == HK_DERIVATIVE ? core->xd : kind == HK_OUTPUT ? core->y : core->z;
    if (kind == HK_DERIVATIVE ? hk_rhs(arg, &value, NULL, core->work, 0)
        : kind == HK_OUTPUT   ? hk_outputs(arg, &value, NULL, core->work, 0)
                              : hk_indicators(arg, &value, NULL, core->work, 0)) {
        return hk_fail(core, "the equations cannot be evaluated at t = %.9g s", shown->t);
    }
    if (all_finite(core, value, count[kind], first[kind])) return 1;
    core->fresh |= 1u << kind;
    return 0;
}
