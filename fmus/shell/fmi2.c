/* FMI 2.0 front: the calls of the standard, translated to core.h. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#include "fmi2Functions.h"

/* Names the instance `core` and returns unless the call is allowed in its phase. */
#define ENTER(phases)                                             \
    hk_Core *core = (hk_Core *)c;                                 \
    if (hk_guard(core, __func__, (phases))) return fmi2Error

#define RUNNING (HK_EVENT | HK_CONTINUOUS | HK_STEP)
#define NOT_BEFORE_INITIALIZATION (HK_ANY & ~HK_INSTANTIATED)
#define UNUSED(x) (void)(x)

static fmi2Status status_of(int failed) { return failed ? fmi2Error : fmi2OK; }

static void log_message(hk_Core *core, hk_Level level, const char *category, const char *message) {
    const fmi2CallbackFunctions *functions = core->environment;
    if (functions == NULL || functions->logger == NULL) return;
    functions->logger(functions->componentEnvironment, core->name, (fmi2Status)level,
                      category, message);
}

/* ---- about the FMU ------------------------------------------------------------------- */

const char *fmi2GetTypesPlatform(void) { return fmi2TypesPlatform; }

const char *fmi2GetVersion(void) { return fmi2Version; }

fmi2Status fmi2SetDebugLogging(fmi2Component c, fmi2Boolean on, size_t n,
                               const fmi2String categories[]) {
    ENTER(HK_ANY);
    return status_of(hk_choose_logs(core, on, n, categories));
}

/* ---- life ---------------------------------------------------------------------------- */

fmi2Component fmi2Instantiate(fmi2String name, fmi2Type type, fmi2String guid,
                              fmi2String resources, const fmi2CallbackFunctions *functions,
                              fmi2Boolean visible, fmi2Boolean logging_on) {
    UNUSED(resources);
    UNUSED(visible);
    if (guid == NULL || strcmp(guid, HK_TOKEN) != 0) {
        if (functions != NULL && functions->logger != NULL) {
            functions->logger(functions->componentEnvironment, name, fmi2Error, "logStatusError",
                              "the GUID is not that of this FMU (" HK_TOKEN ")");
        }
        return NULL;
    }
    if (HK_PLUGS > 0 && type != fmi2CoSimulation) {
        if (functions != NULL && functions->logger != NULL) {
            functions->logger(functions->componentEnvironment, name, fmi2Error, "logStatusError",
                              "this model has no Model Exchange: its pipes move in steps");
        }
        return NULL;
    }
    hk_Core *core = hk_new(name, type == fmi2CoSimulation);
    if (core == NULL) return NULL;
    core->log = log_message;
    core->environment = functions;
    core->logging = core->warning = logging_on;
    return core;
}

void fmi2FreeInstance(fmi2Component c) { free(c); }

fmi2Status fmi2SetupExperiment(fmi2Component c, fmi2Boolean tolerance_defined,
                               fmi2Real tolerance, fmi2Real start_time,
                               fmi2Boolean stop_time_defined, fmi2Real stop_time) {
    ENTER(HK_INSTANTIATED);
    UNUSED(tolerance_defined);
    UNUSED(tolerance);
    return status_of(hk_set_up(core, start_time, stop_time_defined, stop_time));
}

fmi2Status fmi2EnterInitializationMode(fmi2Component c) {
    ENTER(HK_INSTANTIATED);
    return status_of(hk_enter_initialization(core));
}

fmi2Status fmi2ExitInitializationMode(fmi2Component c) {
    ENTER(HK_INITIALIZATION);
    return status_of(hk_exit_initialization(core));
}

fmi2Status fmi2Terminate(fmi2Component c) {
    ENTER(RUNNING);
    core->now.phase = HK_TERMINATED;
    return fmi2OK;
}

fmi2Status fmi2Reset(fmi2Component c) {
    ENTER(HK_ANY);
    hk_reset(core);
    return fmi2OK;
}

/* ---- variables ----------------------------------------------------------------------- */

fmi2Status fmi2GetReal(fmi2Component c, const fmi2ValueReference vr[], size_t n,
                       fmi2Real value[]) {
    ENTER(HK_ANY);
    return status_of(hk_get_reals(core, vr, n, value));
}

fmi2Status fmi2SetReal(fmi2Component c, const fmi2ValueReference vr[], size_t n,
                       const fmi2Real value[]) {
    ENTER(HK_ANY & ~(HK_TERMINATED | HK_FAILED));
    return status_of(hk_set_reals(core, vr, n, value));
}

fmi2Status fmi2GetInteger(fmi2Component c, const fmi2ValueReference vr[], size_t n,
                          fmi2Integer value[]) {
    ENTER(HK_ANY);
    return status_of(hk_get_integers(core, vr, n, value));
}

/* The model has no variables of these types: asking for none of them is fine. */
#define NO_SUCH_TYPE(function, type)                                                         \
    fmi2Status function(fmi2Component c, const fmi2ValueReference vr[], size_t n, type v[]) { \
        ENTER(HK_ANY);                                                                       \
        UNUSED(vr);                                                                          \
        UNUSED(v);                                                                           \
        if (n == 0) return fmi2OK;                                                           \
        return status_of(hk_refuse(core, "%s: the model has no such variables", __func__));  \
    }

NO_SUCH_TYPE(fmi2GetBoolean, fmi2Boolean)
NO_SUCH_TYPE(fmi2GetString, fmi2String)
NO_SUCH_TYPE(fmi2SetInteger, const fmi2Integer)
NO_SUCH_TYPE(fmi2SetBoolean, const fmi2Boolean)
NO_SUCH_TYPE(fmi2SetString, const fmi2String)

fmi2Status fmi2GetDirectionalDerivative(fmi2Component c, const fmi2ValueReference unknown[],
                                        size_t n_unknown, const fmi2ValueReference known[],
                                        size_t n_known, const fmi2Real seed[],
                                        fmi2Real sensitivity[]) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    return status_of(
        hk_forward_derivative(core, unknown, n_unknown, known, n_known, seed, sensitivity));
}

/* ---- state --------------------------------------------------------------------------- */

fmi2Status fmi2GetFMUstate(fmi2Component c, fmi2FMUstate *state) {
    ENTER(HK_ANY);
    return status_of(hk_save(core, state));
}

fmi2Status fmi2SetFMUstate(fmi2Component c, fmi2FMUstate state) {
    ENTER(HK_ANY);
    return status_of(hk_restore(core, state));
}

fmi2Status fmi2FreeFMUstate(fmi2Component c, fmi2FMUstate *state) {
    ENTER(HK_ANY);
    hk_free_state(state);
    return fmi2OK;
}

fmi2Status fmi2SerializedFMUstateSize(fmi2Component c, fmi2FMUstate state, size_t *size) {
    ENTER(HK_ANY);
    UNUSED(state);
    if (size == NULL) return status_of(hk_refuse(core, "%s: null pointer", __func__));
    *size = hk_serialized_size();
    return fmi2OK;
}

fmi2Status fmi2SerializeFMUstate(fmi2Component c, fmi2FMUstate state, fmi2Byte bytes[], size_t n) {
    ENTER(HK_ANY);
    return status_of(hk_serialize(core, state, (unsigned char *)bytes, n));
}

fmi2Status fmi2DeSerializeFMUstate(fmi2Component c, const fmi2Byte bytes[], size_t n,
                                   fmi2FMUstate *state) {
    ENTER(HK_ANY);
    return status_of(hk_deserialize(core, (const unsigned char *)bytes, n, state));
}

/* ---- Model Exchange ------------------------------------------------------------------ */

fmi2Status fmi2EnterEventMode(fmi2Component c) {
    ENTER(HK_CONTINUOUS);
    core->now.phase = HK_EVENT;
    return fmi2OK;
}

/* All iterations happen in one call, so the importer need not come back. */
fmi2Status fmi2NewDiscreteStates(fmi2Component c, fmi2EventInfo *info) {
    ENTER(HK_EVENT);
    int jumped;
    if (info == NULL) return status_of(hk_refuse(core, "%s: null pointer", __func__));
    if (hk_settle(core, &core->now, &jumped)) return fmi2Error;
    info->newDiscreteStatesNeeded = fmi2False;
    info->terminateSimulation = fmi2False;
    info->nominalsOfContinuousStatesChanged = fmi2False;
    info->valuesOfContinuousStatesChanged = jumped ? fmi2True : fmi2False;
    info->nextEventTimeDefined = fmi2False;
    info->nextEventTime = 0.0;
    return fmi2OK;
}

fmi2Status fmi2EnterContinuousTimeMode(fmi2Component c) {
    ENTER(HK_EVENT);
    core->now.phase = HK_CONTINUOUS;
    return fmi2OK;
}

fmi2Status fmi2CompletedIntegratorStep(fmi2Component c, fmi2Boolean no_set_prior,
                                       fmi2Boolean *enter_event_mode, fmi2Boolean *terminate) {
    ENTER(HK_CONTINUOUS);
    UNUSED(no_set_prior);
    if (enter_event_mode != NULL) *enter_event_mode = fmi2False;
    if (terminate != NULL) *terminate = fmi2False;
    return fmi2OK;
}

fmi2Status fmi2SetTime(fmi2Component c, fmi2Real time) {
    ENTER(HK_EVENT | HK_CONTINUOUS);
    return status_of(hk_set_time(core, time));
}

fmi2Status fmi2SetContinuousStates(fmi2Component c, const fmi2Real x[], size_t n) {
    ENTER(HK_CONTINUOUS);
    return status_of(hk_set_states(core, n, x));
}

fmi2Status fmi2GetDerivatives(fmi2Component c, fmi2Real derivatives[], size_t n) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    return status_of(hk_get_derivatives(core, n, derivatives));
}

fmi2Status fmi2GetEventIndicators(fmi2Component c, fmi2Real indicators[], size_t n) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    return status_of(hk_get_indicators(core, n, indicators));
}

fmi2Status fmi2GetContinuousStates(fmi2Component c, fmi2Real x[], size_t n) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    return status_of(hk_get_states(core, n, x));
}

fmi2Status fmi2GetNominalsOfContinuousStates(fmi2Component c, fmi2Real nominals[], size_t n) {
    ENTER(HK_ANY);
    return status_of(hk_get_nominals(core, n, nominals));
}

/* ---- Co-Simulation ------------------------------------------------------------------- */

fmi2Status fmi2DoStep(fmi2Component c, fmi2Real time, fmi2Real length, fmi2Boolean no_set_prior) {
    ENTER(HK_STEP);
    UNUSED(no_set_prior);
    return status_of(hk_do_step(core, time, length));
}

fmi2Status fmi2CancelStep(fmi2Component c) {
    ENTER(HK_ANY);
    return status_of(hk_refuse(core, "%s: steps are never asynchronous here", __func__));
}

fmi2Status fmi2SetRealInputDerivatives(fmi2Component c, const fmi2ValueReference vr[], size_t n,
                                       const fmi2Integer order[], const fmi2Real value[]) {
    ENTER(HK_ANY);
    UNUSED(vr);
    UNUSED(n);
    UNUSED(order);
    UNUSED(value);
    return status_of(hk_refuse(core, "%s: inputs are held, not interpolated", __func__));
}

fmi2Status fmi2GetRealOutputDerivatives(fmi2Component c, const fmi2ValueReference vr[], size_t n,
                                        const fmi2Integer order[], fmi2Real value[]) {
    ENTER(HK_ANY);
    UNUSED(vr);
    UNUSED(n);
    UNUSED(order);
    UNUSED(value);
    return status_of(hk_refuse(core, "%s: not provided", __func__));
}

fmi2Status fmi2GetRealStatus(fmi2Component c, const fmi2StatusKind kind, fmi2Real *value) {
    ENTER(HK_ANY);
    if (kind != fmi2LastSuccessfulTime || value == NULL) return fmi2Discard;
    *value = core->now.t;
    return fmi2OK;
}

fmi2Status fmi2GetBooleanStatus(fmi2Component c, const fmi2StatusKind kind, fmi2Boolean *value) {
    ENTER(HK_ANY);
    if (kind != fmi2Terminated || value == NULL) return fmi2Discard;
    *value = core->now.phase == HK_TERMINATED ? fmi2True : fmi2False;
    return fmi2OK;
}

#define NO_SUCH_STATUS(function, type)                                                 \
    fmi2Status function(fmi2Component c, const fmi2StatusKind kind, type *value) {      \
        ENTER(HK_ANY);                                                                 \
        UNUSED(kind);                                                                  \
        UNUSED(value);                                                                 \
        return fmi2Discard;                                                            \
    }

NO_SUCH_STATUS(fmi2GetStatus, fmi2Status)
NO_SUCH_STATUS(fmi2GetIntegerStatus, fmi2Integer)
NO_SUCH_STATUS(fmi2GetStringStatus, fmi2String)
