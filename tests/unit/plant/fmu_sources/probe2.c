#include "fmi2Functions.h"
#include "probe.h"

typedef struct {
    State state;
    const fmi2CallbackFunctions *callbacks;
    char name[64];
} Probe;

const char *fmi2GetTypesPlatform(void) { return fmi2TypesPlatform; }
const char *fmi2GetVersion(void) { return fmi2Version; }
fmi2Status fmi2SetDebugLogging(fmi2Component c, fmi2Boolean on, size_t n, const fmi2String k[]) { return fmi2OK; }

fmi2Component fmi2Instantiate(fmi2String name, fmi2Type type, fmi2String guid, fmi2String resources,
                              const fmi2CallbackFunctions *callbacks, fmi2Boolean visible, fmi2Boolean on) {
    if (strcmp(guid, TOKEN) != 0) {
        callbacks->logger(callbacks->componentEnvironment, name, fmi2Error, "logStatusError", "wrong %s", "guid");
        return NULL;
    }
    Probe *p = callbacks->allocateMemory(1, sizeof(Probe));
    p->state = fresh;
    p->callbacks = callbacks;
    strncpy(p->name, name, sizeof p->name - 1);
    return p;
}

void fmi2FreeInstance(fmi2Component c) { if (c) ((Probe *)c)->callbacks->freeMemory(c); }
fmi2Status fmi2SetupExperiment(fmi2Component c, fmi2Boolean td, fmi2Real tol, fmi2Real t, fmi2Boolean sd, fmi2Real stop) {
    ((Probe *)c)->state.time = t;
    return fmi2OK;
}
fmi2Status fmi2EnterInitializationMode(fmi2Component c) { return fmi2OK; }
fmi2Status fmi2ExitInitializationMode(fmi2Component c) { return fmi2OK; }
fmi2Status fmi2Terminate(fmi2Component c) { return fmi2OK; }
fmi2Status fmi2Reset(fmi2Component c) { ((Probe *)c)->state = fresh; return fmi2OK; }
fmi2Status fmi2GetReal(fmi2Component c, const fmi2ValueReference vr[], size_t n, fmi2Real v[]) {
    return get(&((Probe *)c)->state, vr, n, v);
}
fmi2Status fmi2SetReal(fmi2Component c, const fmi2ValueReference vr[], size_t n, const fmi2Real v[]) {
    return set(&((Probe *)c)->state, vr, n, v);
}

fmi2Status fmi2DoStep(fmi2Component c, fmi2Real t, fmi2Real dt, fmi2Boolean no_set) {
    Probe *p = c;
    p->state.time = t;
    p->state.v[NEVER_BACK] = no_set;
    int status = advance(&p->state, dt);
    if (status > fmi2Warning)
        p->callbacks->logger(p->callbacks->componentEnvironment, p->name, status, "logStatusError",
                             "tripped at %g s, %s", t, "on purpose");
    return status;
}

fmi2Status fmi2GetFMUstate(fmi2Component c, fmi2FMUstate *s) {
    if (!*s) *s = malloc(sizeof(State));
    memcpy(*s, &((Probe *)c)->state, sizeof(State));
    return fmi2OK;
}
fmi2Status fmi2SetFMUstate(fmi2Component c, fmi2FMUstate s) {
    memcpy(&((Probe *)c)->state, s, sizeof(State));
    return fmi2OK;
}
fmi2Status fmi2FreeFMUstate(fmi2Component c, fmi2FMUstate *s) { free(*s); *s = NULL; return fmi2OK; }
fmi2Status fmi2SerializedFMUstateSize(fmi2Component c, fmi2FMUstate s, size_t *n) { *n = sizeof(State); return fmi2OK; }
fmi2Status fmi2SerializeFMUstate(fmi2Component c, fmi2FMUstate s, fmi2Byte b[], size_t n) { memcpy(b, s, n); return fmi2OK; }
fmi2Status fmi2DeSerializeFMUstate(fmi2Component c, const fmi2Byte b[], size_t n, fmi2FMUstate *s) {
    if (n != sizeof(State)) return fmi2Error;
    if (!*s) *s = malloc(n);
    memcpy(*s, b, n);
    return fmi2OK;
}
