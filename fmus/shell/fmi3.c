/* FMI 3.0 front: the calls of the standard, translated to core.h. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#include "fmi3Functions.h"

/* Names the instance `core` and returns unless the call is allowed in its phase. */
#define ENTER(phases)                                             \
    hk_Core *core = (hk_Core *)c;                                 \
    if (hk_guard(core, __func__, (phases))) return fmi3Error

#define RUNNING (HK_EVENT | HK_CONTINUOUS | HK_STEP)
#define NOT_BEFORE_INITIALIZATION (HK_ANY & ~HK_INSTANTIATED)
#define UNUSED(x) (void)(x)

static fmi3Status status_of(int failed) { return failed ? fmi3Error : fmi3OK; }

static void log_message(hk_Core *core, hk_Level level, const char *category, const char *message) {
    fmi3LogMessageCallback callback = (fmi3LogMessageCallback)core->callback;
    if (callback != NULL) {
        callback((void *)core->environment, (fmi3Status)level, category, message);
    }
}

/* The numbers of references and values must agree: every variable is a scalar. */
static int counts_differ(hk_Core *core, const char *function, size_t n, size_t n_values) {
    if (n == n_values) return 0;
    return hk_refuse(core, "%s: %zu value references but %zu values", function, n, n_values);
}

/* ---- about the FMU ------------------------------------------------------------------- */

const char *fmi3GetVersion(void) { return fmi3Version; }

fmi3Status fmi3SetDebugLogging(fmi3Instance c, fmi3Boolean on, size_t n,
                               const fmi3String categories[]) {
    ENTER(HK_ANY);
    return status_of(hk_choose_logs(core, on, n, categories));
}

/* ---- life ---------------------------------------------------------------------------- */

#define NO_EXCHANGE "this model has no Model Exchange: its pipes move in steps"

static fmi3Instance instantiate(fmi3String name, fmi3String token, int co_simulation,
                                fmi3Boolean logging_on, fmi3InstanceEnvironment environment,
                                fmi3LogMessageCallback callback) {
    if (token == NULL || strcmp(token, HK_TOKEN) != 0) {
        if (callback != NULL) {
            callback(environment, fmi3Error, "logStatusError",
                     "the instantiation token is not that of this FMU (" HK_TOKEN ")");
        }
        return NULL;
    }
    hk_Core *core = hk_new(name, co_simulation);
    if (core == NULL) return NULL;
    core->log = log_message;
    core->environment = environment;
    core->callback = (void (*)(void))callback;
    core->logging = core->warning = logging_on;
    return core;
}

fmi3Instance fmi3InstantiateModelExchange(fmi3String name, fmi3String token, fmi3String resources,
                                          fmi3Boolean visible, fmi3Boolean logging_on,
                                          fmi3InstanceEnvironment environment,
                                          fmi3LogMessageCallback callback) {
    UNUSED(resources);
    UNUSED(visible);
    if (HK_PLUGS > 0) {
        if (callback != NULL) callback(environment, fmi3Error, "logStatusError", NO_EXCHANGE);
        return NULL;
    }
    return instantiate(name, token, 0, logging_on, environment, callback);
}

fmi3Instance fmi3InstantiateCoSimulation(
    fmi3String name, fmi3String token, fmi3String resources, fmi3Boolean visible,
    fmi3Boolean logging_on, fmi3Boolean event_mode_used, fmi3Boolean early_return_allowed,
    const fmi3ValueReference intermediate[], size_t n_intermediate,
    fmi3InstanceEnvironment environment, fmi3LogMessageCallback callback,
    fmi3IntermediateUpdateCallback intermediate_update) {
    UNUSED(resources);
    UNUSED(visible);
    UNUSED(early_return_allowed);
    UNUSED(intermediate);
    UNUSED(intermediate_update);
    if (event_mode_used || n_intermediate > 0) {
        if (callback != NULL) {
            callback(environment, fmi3Error, "logStatusError",
                     "event mode and intermediate update are not provided in Co-Simulation");
        }
        return NULL;
    }
    return instantiate(name, token, 1, logging_on, environment, callback);
}

fmi3Instance fmi3InstantiateScheduledExecution(
    fmi3String name, fmi3String token, fmi3String resources, fmi3Boolean visible,
    fmi3Boolean logging_on, fmi3InstanceEnvironment environment, fmi3LogMessageCallback callback,
    fmi3ClockUpdateCallback clock_update, fmi3LockPreemptionCallback lock,
    fmi3UnlockPreemptionCallback unlock) {
    UNUSED(name);
    UNUSED(token);
    UNUSED(resources);
    UNUSED(visible);
    UNUSED(logging_on);
    UNUSED(clock_update);
    UNUSED(lock);
    UNUSED(unlock);
    if (callback != NULL) {
        callback(environment, fmi3Error, "logStatusError", "scheduled execution is not provided");
    }
    return NULL;
}

void fmi3FreeInstance(fmi3Instance c) { free(c); }

fmi3Status fmi3EnterInitializationMode(fmi3Instance c, fmi3Boolean tolerance_defined,
                                       fmi3Float64 tolerance, fmi3Float64 start_time,
                                       fmi3Boolean stop_time_defined, fmi3Float64 stop_time) {
    ENTER(HK_INSTANTIATED);
    UNUSED(tolerance_defined);
    UNUSED(tolerance);
    if (hk_set_up(core, start_time, stop_time_defined, stop_time)) return fmi3Error;
    return status_of(hk_enter_initialization(core));
}

fmi3Status fmi3ExitInitializationMode(fmi3Instance c) {
    ENTER(HK_INITIALIZATION);
    return status_of(hk_exit_initialization(core));
}

fmi3Status fmi3Terminate(fmi3Instance c) {
    ENTER(RUNNING);
    core->now.phase = HK_TERMINATED;
    return fmi3OK;
}

fmi3Status fmi3Reset(fmi3Instance c) {
    ENTER(HK_ANY);
    hk_reset(core);
    return fmi3OK;
}

/* ---- variables ----------------------------------------------------------------------- */

fmi3Status fmi3GetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n,
                          fmi3Float64 value[], size_t n_values) {
    ENTER(HK_ANY);
    if (counts_differ(core, __func__, n, n_values)) return fmi3Error;
    return status_of(hk_get_reals(core, vr, n, value));
}

fmi3Status fmi3SetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n,
                          const fmi3Float64 value[], size_t n_values) {
    ENTER(HK_ANY & ~(HK_TERMINATED | HK_FAILED));
    if (counts_differ(core, __func__, n, n_values)) return fmi3Error;
    return status_of(hk_set_reals(core, vr, n, value));
}

fmi3Status fmi3GetInt32(fmi3Instance c, const fmi3ValueReference vr[], size_t n,
                        fmi3Int32 value[], size_t n_values) {
    ENTER(HK_ANY);
    if (counts_differ(core, __func__, n, n_values)) return fmi3Error;
    return status_of(hk_get_integers(core, vr, n, value));
}

fmi3Status fmi3GetDirectionalDerivative(fmi3Instance c, const fmi3ValueReference unknown[],
                                        size_t n_unknown, const fmi3ValueReference known[],
                                        size_t n_known, const fmi3Float64 seed[], size_t n_seed,
                                        fmi3Float64 sensitivity[], size_t n_sensitivity) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    if (counts_differ(core, __func__, n_known, n_seed)) return fmi3Error;
    if (counts_differ(core, __func__, n_unknown, n_sensitivity)) return fmi3Error;
    return status_of(
        hk_forward_derivative(core, unknown, n_unknown, known, n_known, seed, sensitivity));
}

fmi3Status fmi3GetAdjointDerivative(fmi3Instance c, const fmi3ValueReference unknown[],
                                    size_t n_unknown, const fmi3ValueReference known[],
                                    size_t n_known, const fmi3Float64 seed[], size_t n_seed,
                                    fmi3Float64 sensitivity[], size_t n_sensitivity) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    if (counts_differ(core, __func__, n_unknown, n_seed)) return fmi3Error;
    if (counts_differ(core, __func__, n_known, n_sensitivity)) return fmi3Error;
    return status_of(
        hk_adjoint_derivative(core, unknown, n_unknown, known, n_known, seed, sensitivity));
}

/* ---- state --------------------------------------------------------------------------- */

fmi3Status fmi3GetFMUState(fmi3Instance c, fmi3FMUState *state) {
    ENTER(HK_ANY);
    return status_of(hk_save(core, state));
}

fmi3Status fmi3SetFMUState(fmi3Instance c, fmi3FMUState state) {
    ENTER(HK_ANY);
    return status_of(hk_restore(core, state));
}

fmi3Status fmi3FreeFMUState(fmi3Instance c, fmi3FMUState *state) {
    ENTER(HK_ANY);
    hk_free_state(state);
    return fmi3OK;
}

fmi3Status fmi3SerializedFMUStateSize(fmi3Instance c, fmi3FMUState state, size_t *size) {
    ENTER(HK_ANY);
    UNUSED(state);
    if (size == NULL) return status_of(hk_refuse(core, "%s: null pointer", __func__));
    *size = hk_serialized_size();
    return fmi3OK;
}

fmi3Status fmi3SerializeFMUState(fmi3Instance c, fmi3FMUState state, fmi3Byte bytes[], size_t n) {
    ENTER(HK_ANY);
    return status_of(hk_serialize(core, state, bytes, n));
}

fmi3Status fmi3DeserializeFMUState(fmi3Instance c, const fmi3Byte bytes[], size_t n,
                                   fmi3FMUState *state) {
    ENTER(HK_ANY);
    return status_of(hk_deserialize(core, bytes, n, state));
}

/* ---- Model Exchange ------------------------------------------------------------------ */

fmi3Status fmi3EnterEventMode(fmi3Instance c) {
    ENTER(HK_CONTINUOUS);
    core->now.phase = HK_EVENT;
    return fmi3OK;
}

/* All iterations happen in one call, so the importer need not come back. */
fmi3Status fmi3UpdateDiscreteStates(fmi3Instance c, fmi3Boolean *needed, fmi3Boolean *terminate,
                                    fmi3Boolean *nominals_changed, fmi3Boolean *values_changed,
                                    fmi3Boolean *next_event_time_defined,
                                    fmi3Float64 *next_event_time) {
    ENTER(HK_EVENT);
    int jumped;
    if (hk_settle(core, &core->now, &jumped)) return fmi3Error;
    if (needed != NULL) *needed = fmi3False;
    if (terminate != NULL) *terminate = fmi3False;
    if (nominals_changed != NULL) *nominals_changed = fmi3False;
    if (values_changed != NULL) *values_changed = jumped ? fmi3True : fmi3False;
    if (next_event_time_defined != NULL) *next_event_time_defined = fmi3False;
    if (next_event_time != NULL) *next_event_time = 0.0;
    return fmi3OK;
}

fmi3Status fmi3EvaluateDiscreteStates(fmi3Instance c) {
    ENTER(HK_INITIALIZATION | HK_EVENT);
    return fmi3OK;
}

fmi3Status fmi3EnterContinuousTimeMode(fmi3Instance c) {
    ENTER(HK_EVENT);
    core->now.phase = HK_CONTINUOUS;
    return fmi3OK;
}

fmi3Status fmi3CompletedIntegratorStep(fmi3Instance c, fmi3Boolean no_set_prior,
                                       fmi3Boolean *enter_event_mode, fmi3Boolean *terminate) {
    ENTER(HK_CONTINUOUS);
    UNUSED(no_set_prior);
    if (enter_event_mode != NULL) *enter_event_mode = fmi3False;
    if (terminate != NULL) *terminate = fmi3False;
    return fmi3OK;
}

fmi3Status fmi3SetTime(fmi3Instance c, fmi3Float64 time) {
    ENTER(HK_EVENT | HK_CONTINUOUS);
    return status_of(hk_set_time(core, time));
}

fmi3Status fmi3SetContinuousStates(fmi3Instance c, const fmi3Float64 x[], size_t n) {
    ENTER(HK_CONTINUOUS);
    return status_of(hk_set_states(core, n, x));
}

fmi3Status fmi3GetContinuousStateDerivatives(fmi3Instance c, fmi3Float64 derivatives[],
                                             size_t n) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    return status_of(hk_get_derivatives(core, n, derivatives));
}

fmi3Status fmi3GetEventIndicators(fmi3Instance c, fmi3Float64 indicators[], size_t n) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    return status_of(hk_get_indicators(core, n, indicators));
}

fmi3Status fmi3GetContinuousStates(fmi3Instance c, fmi3Float64 x[], size_t n) {
    ENTER(NOT_BEFORE_INITIALIZATION);
    return status_of(hk_get_states(core, n, x));
}

fmi3Status fmi3GetNominalsOfContinuousStates(fmi3Instance c, fmi3Float64 nominals[], size_t n) {
    ENTER(HK_ANY);
    return status_of(hk_get_nominals(core, n, nominals));
}

static fmi3Status tell_count(fmi3Instance c, const char *function, size_t *n, size_t count) {
    hk_Core *core = (hk_Core *)c;
    if (hk_guard(core, function, HK_ANY)) return fmi3Error;
    if (n == NULL) return status_of(hk_refuse(core, "%s: null pointer", function));
    *n = count;
    return fmi3OK;
}

fmi3Status fmi3GetNumberOfEventIndicators(fmi3Instance c, size_t *n) {
    return tell_count(c, __func__, n, HK_NZ);
}

fmi3Status fmi3GetNumberOfContinuousStates(fmi3Instance c, size_t *n) {
    return tell_count(c, __func__, n, HK_NX);
}

/* ---- Co-Simulation ------------------------------------------------------------------- */

fmi3Status fmi3DoStep(fmi3Instance c, fmi3Float64 time, fmi3Float64 length,
                      fmi3Boolean no_set_prior, fmi3Boolean *event_handling_needed,
                      fmi3Boolean *terminate, fmi3Boolean *early_return,
                      fmi3Float64 *last_successful_time) {
    ENTER(HK_STEP);
    UNUSED(no_set_prior);
    int failed = hk_do_step(core, time, length);
    if (event_handling_needed != NULL) *event_handling_needed = fmi3False;
    if (terminate != NULL) *terminate = fmi3False;
    if (early_return != NULL) *early_return = fmi3False;
    if (last_successful_time != NULL) *last_successful_time = core->now.t;
    return status_of(failed);
}
