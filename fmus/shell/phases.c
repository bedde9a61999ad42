/* From instantiated to running. */
#include "core.h"

int hk_set_up(hk_Core *core, double start, int stop_defined, double stop) {
    if (!hk_is_finite(start)) {
        return hk_refuse(core, "start time = %g: must be a finite number", start);
    }
    if (stop_defined && !(stop >= start)) {
        return hk_refuse(core, "stop time = %g: must not lie before the start at %g s", stop, start);
    }
    core->now.t = start;
    core->stop_defined = stop_defined;
    core->stop_time = stop;
    hk_moved(core);
    return 0;
}

int hk_enter_initialization(hk_Core *core) {
    core->now.phase = HK_INITIALIZATION;
    core->fresh = 0;
    return 0;
}

/* Events that the start values cause, for both interface types, and pipes filled with water. */
int hk_start(hk_Core *core, hk_Snapshot *point, int *jumped) {
    if (hk_fill_pipes(core, point) || hk_settle(core, point, jumped)) return 1;
    return hk_fill_pipes(core, point); /* what flows may depend on the events */
}

int hk_exit_initialization(hk_Core *core) {
    int jumped;
    if (hk_start(core, &core->now, &jumped)) return 1;
    core->now.phase = core->co_simulation ? HK_STEP : HK_EVENT;
    core->fresh = 0;
    return hk_evaluate(core, HK_DERIVATIVE) || hk_evaluate(core, HK_OUTPUT) ||
           hk_evaluate(core, HK_INDICATOR);
}
