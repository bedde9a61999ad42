#include "fmi2Functions.h"
#include "ball.h"

const char *fmi2GetTypesPlatform(void) { return fmi2TypesPlatform; }
const char *fmi2GetVersion(void) { return fmi2Version; }
fmi2Status fmi2SetDebugLogging(fmi2Component c, fmi2Boolean on, size_t n, const fmi2String k[]) { return fmi2OK; }

fmi2Component fmi2Instantiate(fmi2String name, fmi2Type type, fmi2String guid, fmi2String resources,
                              const fmi2CallbackFunctions *callbacks, fmi2Boolean visible, fmi2Boolean on) {
    if (type != fmi2ModelExchange) return NULL;
    Ball *b = malloc(sizeof(Ball));
    *b = new_ball;
    return b;
}
void fmi2FreeInstance(fmi2Component c) { free(c); }
fmi2Status fmi2SetupExperiment(fmi2Component c, fmi2Boolean td, fmi2Real tol, fmi2Real t, fmi2Boolean sd, fmi2Real stop) {
    ((Ball *)c)->r[TIME] = t;
    return fmi2OK;
}
fmi2Status fmi2EnterInitializationMode(fmi2Component c) { ONLY((Ball *)c, BEGUN); begin(c, ((Ball *)c)->r[TIME]); return fmi2OK; }
fmi2Status fmi2ExitInitializationMode(fmi2Component c) { ONLY((Ball *)c, INIT); ((Ball *)c)->mode = EVENTS; return fmi2OK; }
fmi2Status fmi2Terminate(fmi2Component c) { ONLY((Ball *)c, EVENTS, CONTINUOUS); ((Ball *)c)->mode = ENDED; return fmi2OK; }
fmi2Status fmi2EnterEventMode(fmi2Component c) { ONLY((Ball *)c, CONTINUOUS); ((Ball *)c)->mode = EVENTS; return fmi2OK; }
fmi2Status fmi2EnterContinuousTimeMode(fmi2Component c) { ONLY((Ball *)c, EVENTS); ((Ball *)c)->mode = CONTINUOUS; return fmi2OK; }

fmi2Status fmi2NewDiscreteStates(fmi2Component c, fmi2EventInfo *info) {
    ONLY((Ball *)c, EVENTS);
    int values;
    info->newDiscreteStatesNeeded = new_discrete_states(c, &values);
    info->valuesOfContinuousStatesChanged = values;
    info->nominalsOfContinuousStatesChanged = fmi2False;
    info->terminateSimulation = ends(c);
    info->nextEventTimeDefined = fmi2True;
    info->nextEventTime = next_event(c);
    return fmi2OK;
}
fmi2Status fmi2CompletedIntegratorStep(fmi2Component c, fmi2Boolean no_set, fmi2Boolean *event, fmi2Boolean *end) {
    ONLY((Ball *)c, CONTINUOUS);
    ((Ball *)c)->r[NEVER_BACK] = no_set;
    *event = step_event(c);
    *end = fmi2False;
    return fmi2OK;
}
fmi2Status fmi2SetTime(fmi2Component c, fmi2Real t) { ONLY((Ball *)c, CONTINUOUS, EVENTS); ((Ball *)c)->r[TIME] = t; return fmi2OK; }
fmi2Status fmi2SetContinuousStates(fmi2Component c, const fmi2Real x[], size_t n) {
    ONLY((Ball *)c, CONTINUOUS);
    memcpy(&((Ball *)c)->r[H], x, n * sizeof *x);
    return n == 2 ? fmi2OK : fmi2Error;
}
fmi2Status fmi2GetContinuousStates(fmi2Component c, fmi2Real x[], size_t n) { memcpy(x, &((Ball *)c)->r[H], n * sizeof *x); return n == 2 ? fmi2OK : fmi2Error; }
fmi2Status fmi2GetNominalsOfContinuousStates(fmi2Component c, fmi2Real x[], size_t n) { x[0] = x[1] = 1.0; return fmi2OK; }
fmi2Status fmi2GetDerivatives(fmi2Component c, fmi2Real dx[], size_t n) { derivatives(c, dx); return fmi2OK; }
fmi2Status fmi2GetEventIndicators(fmi2Component c, fmi2Real z[], size_t n) { z[0] = indicator(c); return n == 1 ? fmi2OK : fmi2Error; }

fmi2Status fmi2GetReal(fmi2Component c, const fmi2ValueReference vr[], size_t n, fmi2Real v[]) {
    find_outputs(c);
    for (size_t i = 0; i < n; i++) v[i] = ((Ball *)c)->r[vr[i]];
    return fmi2OK;
}
fmi2Status fmi2SetReal(fmi2Component c, const fmi2ValueReference vr[], size_t n, const fmi2Real v[]) {
    ONLY((Ball *)c, BEGUN, INIT, EVENTS);
    for (size_t i = 0; i < n; i++) ((Ball *)c)->r[vr[i]] = v[i];
    return fmi2OK;
}
fmi2Status fmi2GetInteger(fmi2Component c, const fmi2ValueReference vr[], size_t n, fmi2Integer v[]) {
    for (size_t i = 0; i < n; i++) v[i] = INT((Ball *)c, vr[i]);
    return fmi2OK;
}
fmi2Status fmi2GetBoolean(fmi2Component c, const fmi2ValueReference vr[], size_t n, fmi2Boolean v[]) { return fmi2GetInteger(c, vr, n, v); }
fmi2Status fmi2SetBoolean(fmi2Component c, const fmi2ValueReference vr[], size_t n, const fmi2Boolean v[]) {
    ONLY((Ball *)c, BEGUN, INIT, EVENTS);
    for (size_t i = 0; i < n; i++) INT((Ball *)c, vr[i]) = v[i] != 0;
    return fmi2OK;
}

fmi2Status fmi2GetFMUstate(fmi2Component c, fmi2FMUstate *s) { if (!*s) *s = malloc(sizeof(Ball)); memcpy(*s, c, sizeof(Ball)); return fmi2OK; }
fmi2Status fmi2SetFMUstate(fmi2Component c, fmi2FMUstate s) { memcpy(c, s, sizeof(Ball)); return fmi2OK; }
fmi2Status fmi2FreeFMUstate(fmi2Component c, fmi2FMUstate *s) { free(*s); *s = NULL; return fmi2OK; }
fmi2Status fmi2SerializedFMUstateSize(fmi2Component c, fmi2FMUstate s, size_t *n) { *n = sizeof(Ball); return fmi2OK; }
fmi2Status fmi2SerializeFMUstate(fmi2Component c, fmi2FMUstate s, fmi2Byte b[], size_t n) { memcpy(b, s, n); return fmi2OK; }
fmi2Status fmi2DeSerializeFMUstate(fmi2Component c, const fmi2Byte b[], size_t n, fmi2FMUstate *s) {
    if (n != sizeof(Ball)) return fmi2Error;
    if (!*s) *s = malloc(n);
    memcpy(*s, b, n);
    return fmi2OK;
}
