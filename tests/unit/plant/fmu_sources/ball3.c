#include "fmi3Functions.h"
#include "ball.h"

fmi3String fmi3GetVersion(void) { return fmi3Version; }
fmi3Status fmi3SetDebugLogging(fmi3Instance c, fmi3Boolean on, size_t n, const fmi3String k[]) { return fmi3OK; }

fmi3Instance fmi3InstantiateModelExchange(fmi3String name, fmi3String token, fmi3String resources, fmi3Boolean visible,
        fmi3Boolean on, fmi3InstanceEnvironment environment, fmi3LogMessageCallback log) {
    Ball *b = malloc(sizeof(Ball));
    *b = new_ball;
    return b;
}
void fmi3FreeInstance(fmi3Instance c) { free(c); }
fmi3Status fmi3EnterInitializationMode(fmi3Instance c, fmi3Boolean td, fmi3Float64 tol, fmi3Float64 t, fmi3Boolean sd, fmi3Float64 stop) {
    ONLY((Ball *)c, BEGUN);
    begin(c, t);
    return fmi3OK;
}
fmi3Status fmi3ExitInitializationMode(fmi3Instance c) { ONLY((Ball *)c, INIT); ((Ball *)c)->mode = EVENTS; return fmi3OK; }
fmi3Status fmi3Terminate(fmi3Instance c) { ONLY((Ball *)c, EVENTS, CONTINUOUS); ((Ball *)c)->mode = ENDED; return fmi3OK; }
fmi3Status fmi3EnterEventMode(fmi3Instance c) { ONLY((Ball *)c, CONTINUOUS); ((Ball *)c)->mode = EVENTS; return fmi3OK; }
fmi3Status fmi3EnterContinuousTimeMode(fmi3Instance c) { ONLY((Ball *)c, EVENTS); ((Ball *)c)->mode = CONTINUOUS; return fmi3OK; }
fmi3Status fmi3GetNumberOfContinuousStates(fmi3Instance c, size_t *n) { *n = 2; return fmi3OK; }
fmi3Status fmi3GetNumberOfEventIndicators(fmi3Instance c, size_t *n) { *n = 1; return fmi3OK; }

fmi3Status fmi3UpdateDiscreteStates(fmi3Instance c, fmi3Boolean *again, fmi3Boolean *end, fmi3Boolean *nominals,
                                    fmi3Boolean *values, fmi3Boolean *defined, fmi3Float64 *at) {
    ONLY((Ball *)c, EVENTS);
    int changed;
    *again = new_discrete_states(c, &changed);
    *values = changed;
    *nominals = false;
    *end = ends(c);
    *defined = true;
    *at = next_event(c);
    return fmi3OK;
}
fmi3Status fmi3CompletedIntegratorStep(fmi3Instance c, fmi3Boolean no_set, fmi3Boolean *event, fmi3Boolean *end) {
    ONLY((Ball *)c, CONTINUOUS);
    ((Ball *)c)->r[NEVER_BACK] = no_set;
    *event = step_event(c);
    *end = false;
    return fmi3OK;
}
fmi3Status fmi3SetTime(fmi3Instance c, fmi3Float64 t) { ONLY((Ball *)c, CONTINUOUS); ((Ball *)c)->r[TIME] = t; return fmi3OK; }
fmi3Status fmi3SetContinuousStates(fmi3Instance c, const fmi3Float64 x[], size_t n) {
    ONLY((Ball *)c, CONTINUOUS);
    memcpy(&((Ball *)c)->r[H], x, n * sizeof *x);
    return n == 2 ? fmi3OK : fmi3Error;
}
fmi3Status fmi3GetContinuousStates(fmi3Instance c, fmi3Float64 x[], size_t n) { memcpy(x, &((Ball *)c)->r[H], n * sizeof *x); return n == 2 ? fmi3OK : fmi3Error; }
fmi3Status fmi3GetNominalsOfContinuousStates(fmi3Instance c, fmi3Float64 x[], size_t n) { x[0] = x[1] = 1.0; return fmi3OK; }
fmi3Status fmi3GetContinuousStateDerivatives(fmi3Instance c, fmi3Float64 dx[], size_t n) { derivatives(c, dx); return fmi3OK; }
fmi3Status fmi3GetEventIndicators(fmi3Instance c, fmi3Float64 z[], size_t n) { z[0] = indicator(c); return n == 1 ? fmi3OK : fmi3Error; }

fmi3Status fmi3GetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3Float64 v[], size_t nv) {
    find_outputs(c);
    for (size_t i = 0; i < n; i++) v[i] = ((Ball *)c)->r[vr[i]];
    return n == nv ? fmi3OK : fmi3Error;
}
fmi3Status fmi3SetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3Float64 v[], size_t nv) {
    ONLY((Ball *)c, BEGUN, INIT, EVENTS);
    for (size_t i = 0; i < n; i++) ((Ball *)c)->r[vr[i]] = v[i];
    return fmi3OK;
}
fmi3Status fmi3GetInt32(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3Int32 v[], size_t nv) {
    for (size_t i = 0; i < n; i++) v[i] = INT((Ball *)c, vr[i]);
    return fmi3OK;
}
fmi3Status fmi3GetBoolean(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3Boolean v[], size_t nv) {
    for (size_t i = 0; i < n; i++) v[i] = INT((Ball *)c, vr[i]) != 0;
    return fmi3OK;
}
fmi3Status fmi3SetBoolean(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3Boolean v[], size_t nv) {
    ONLY((Ball *)c, BEGUN, INIT, EVENTS);
    for (size_t i = 0; i < n; i++) INT((Ball *)c, vr[i]) = v[i];
    return fmi3OK;
}

fmi3Status fmi3GetFMUState(fmi3Instance c, fmi3FMUState *s) { if (!*s) *s = malloc(sizeof(Ball)); memcpy(*s, c, sizeof(Ball)); return fmi3OK; }
fmi3Status fmi3SetFMUState(fmi3Instance c, fmi3FMUState s) { memcpy(c, s, sizeof(Ball)); return fmi3OK; }
fmi3Status fmi3FreeFMUState(fmi3Instance c, fmi3FMUState *s) { free(*s); *s = NULL; return fmi3OK; }
fmi3Status fmi3SerializedFMUStateSize(fmi3Instance c, fmi3FMUState s, size_t *n) { *n = sizeof(Ball); return fmi3OK; }
fmi3Status fmi3SerializeFMUState(fmi3Instance c, fmi3FMUState s, fmi3Byte b[], size_t n) { memcpy(b, s, n); return fmi3OK; }
fmi3Status fmi3DeserializeFMUState(fmi3Instance c, const fmi3Byte b[], size_t n, fmi3FMUState *s) {
    if (n != sizeof(Ball)) return fmi3Error;
    if (!*s) *s = malloc(n);
    memcpy(*s, b, n);
    return fmi3OK;
}
