#include "fmi3Functions.h"
#include "probe.h"

typedef struct {
    State state;
    fmi3InstanceEnvironment environment;
    fmi3LogMessageCallback log;
} Probe;

fmi3String fmi3GetVersion(void) { return fmi3Version; }
fmi3Status fmi3SetDebugLogging(fmi3Instance c, fmi3Boolean on, size_t n, const fmi3String k[]) { return fmi3OK; }

fmi3Instance fmi3InstantiateCoSimulation(fmi3String name, fmi3String token, fmi3String resources,
        fmi3Boolean visible, fmi3Boolean on, fmi3Boolean events, fmi3Boolean early,
        const fmi3ValueReference required[], size_t n_required, fmi3InstanceEnvironment environment,
        fmi3LogMessageCallback log, fmi3IntermediateUpdateCallback update) {
    if (strcmp(token, TOKEN) != 0) {
        log(environment, fmi3Error, "logStatusError", "wrong token");
        return NULL;
    }
    Probe *p = calloc(1, sizeof(Probe));
    p->state = fresh;
    p->environment = environment;
    p->log = log;
    return p;
}

void fmi3FreeInstance(fmi3Instance c) { free(c); }
fmi3Status fmi3EnterInitializationMode(fmi3Instance c, fmi3Boolean td, fmi3Float64 tol, fmi3Float64 t, fmi3Boolean sd, fmi3Float64 stop) {
    ((Probe *)c)->state.time = t;
    return fmi3OK;
}
fmi3Status fmi3ExitInitializationMode(fmi3Instance c) { return fmi3OK; }
fmi3Status fmi3Terminate(fmi3Instance c) { return fmi3OK; }
fmi3Status fmi3Reset(fmi3Instance c) { ((Probe *)c)->state = fresh; return fmi3OK; }
fmi3Status fmi3GetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3Float64 v[], size_t nv) {
    return n == nv ? get(&((Probe *)c)->state, vr, n, v) : fmi3Error;
}
fmi3Status fmi3SetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3Float64 v[], size_t nv) {
    return n == nv ? set(&((Probe *)c)->state, vr, n, v) : fmi3Error;
}

fmi3Status fmi3DoStep(fmi3Instance c, fmi3Float64 t, fmi3Float64 dt, fmi3Boolean no_set, fmi3Boolean *event,
                      fmi3Boolean *terminate, fmi3Boolean *early, fmi3Float64 *last) {
    Probe *p = c;
    p->state.time = t;
    p->state.v[NEVER_BACK] = no_set;
    *event = *early = false;
    *terminate = tripped(&p->state, TERMINATE);
    *last = t + dt;
    int status = advance(&p->state, dt);
    if (status > fmi3Warning) p->log(p->environment, status, "logStatusError", "tripped on purpose");
    return status;
}

fmi3Status fmi3GetFMUState(fmi3Instance c, fmi3FMUState *s) {
    if (!*s) *s = malloc(sizeof(State));
    memcpy(*s, &((Probe *)c)->state, sizeof(State));
    return fmi3OK;
}
fmi3Status fmi3SetFMUState(fmi3Instance c, fmi3FMUState s) {
    memcpy(&((Probe *)c)->state, s, sizeof(State));
    return fmi3OK;
}
fmi3Status fmi3FreeFMUState(fmi3Instance c, fmi3FMUState *s) { free(*s); *s = NULL; return fmi3OK; }
fmi3Status fmi3SerializedFMUStateSize(fmi3Instance c, fmi3FMUState s, size_t *n) { *n = sizeof(State); return fmi3OK; }
fmi3Status fmi3SerializeFMUState(fmi3Instance c, fmi3FMUState s, fmi3Byte b[], size_t n) { memcpy(b, s, n); return fmi3OK; }
fmi3Status fmi3DeserializeFMUState(fmi3Instance c, const fmi3Byte b[], size_t n, fmi3FMUState *s) {
    if (n != sizeof(State)) return fmi3Error;
    if (!*s) *s = malloc(n);
    memcpy(*s, b, n);
    return fmi3OK;
}
