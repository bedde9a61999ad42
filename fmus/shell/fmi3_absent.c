/* FMI 3.0 calls for what these models do not have: other types, clocks, reconfiguration.
 *
 * The standard wants every function to exist. Asking for no variables of a type is fine;
 * anything else is refused by name.
 */
#include "core.h"
#include "fmi3Functions.h"

#define UNUSED(x) (void)(x)

static fmi3Status absent(fmi3Instance c, const char *function) {
    hk_Core *core = (hk_Core *)c;
    if (core != NULL) hk_refuse(core, "%s: the model has nothing of this kind", function);
    return fmi3Error;
}

#define NO_SUCH_TYPE(function, type)                                                          \
    fmi3Status function(fmi3Instance c, const fmi3ValueReference vr[], size_t n, type value[], \
                        size_t n_values) {                                                    \
        UNUSED(vr);                                                                           \
        UNUSED(value);                                                                        \
        UNUSED(n_values);                                                                     \
        return c != NULL && n == 0 ? fmi3OK : absent(c, __func__);                            \
    }

#define NEITHER_GET_NOR_SET(Type)                    \
    NO_SUCH_TYPE(fmi3Get##Type, fmi3##Type)          \
    NO_SUCH_TYPE(fmi3Set##Type, const fmi3##Type)

NEITHER_GET_NOR_SET(Float32)
NEITHER_GET_NOR_SET(Int8)
NEITHER_GET_NOR_SET(UInt8)
NEITHER_GET_NOR_SET(Int16)
NEITHER_GET_NOR_SET(UInt16)
NEITHER_GET_NOR_SET(UInt32)
NEITHER_GET_NOR_SET(Int64)
NEITHER_GET_NOR_SET(UInt64)
NEITHER_GET_NOR_SET(Boolean)
NEITHER_GET_NOR_SET(String)
NO_SUCH_TYPE(fmi3SetInt32, const fmi3Int32)

/* Refused whatever the arguments are. */
#define ABSENT(function, ...) \
    fmi3Status function(fmi3Instance c, __VA_ARGS__) { return absent(c, __func__); }

#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif

ABSENT(fmi3GetBinary, const fmi3ValueReference vr[], size_t n, size_t sizes[],
       fmi3Binary value[], size_t n_values)
ABSENT(fmi3SetBinary, const fmi3ValueReference vr[], size_t n, const size_t sizes[],
       const fmi3Binary value[], size_t n_values)
ABSENT(fmi3GetClock, const fmi3ValueReference vr[], size_t n, fmi3Clock value[])
ABSENT(fmi3SetClock, const fmi3ValueReference vr[], size_t n, const fmi3Clock value[])
ABSENT(fmi3GetIntervalDecimal, const fmi3ValueReference vr[], size_t n, fmi3Float64 interval[],
       fmi3IntervalQualifier qualifier[])
ABSENT(fmi3GetIntervalFraction, const fmi3ValueReference vr[], size_t n, fmi3UInt64 counter[],
       fmi3UInt64 resolution[], fmi3IntervalQualifier qualifier[])
ABSENT(fmi3GetShiftDecimal, const fmi3ValueReference vr[], size_t n, fmi3Float64 shift[])
ABSENT(fmi3GetShiftFraction, const fmi3ValueReference vr[], size_t n, fmi3UInt64 counter[],
       fmi3UInt64 resolution[])
ABSENT(fmi3SetIntervalDecimal, const fmi3ValueReference vr[], size_t n,
       const fmi3Float64 interval[])
ABSENT(fmi3SetIntervalFraction, const fmi3ValueReference vr[], size_t n,
       const fmi3UInt64 counter[], const fmi3UInt64 resolution[])
ABSENT(fmi3SetShiftDecimal, const fmi3ValueReference vr[], size_t n, const fmi3Float64 shift[])
ABSENT(fmi3SetShiftFraction, const fmi3ValueReference vr[], size_t n, const fmi3UInt64 counter[],
       const fmi3UInt64 resolution[])
ABSENT(fmi3GetNumberOfVariableDependencies, fmi3ValueReference vr, size_t *n)
ABSENT(fmi3GetVariableDependencies, fmi3ValueReference dependent, size_t elements[],
       fmi3ValueReference independents[], size_t independent_elements[],
       fmi3DependencyKind kinds[], size_t n)
ABSENT(fmi3GetOutputDerivatives, const fmi3ValueReference vr[], size_t n, const fmi3Int32 order[],
       fmi3Float64 value[], size_t n_values)
ABSENT(fmi3ActivateModelPartition, fmi3ValueReference clock, fmi3Float64 time)

fmi3Status fmi3EnterConfigurationMode(fmi3Instance c) { return absent(c, __func__); }

fmi3Status fmi3ExitConfigurationMode(fmi3Instance c) { return absent(c, __func__); }

fmi3Status fmi3EnterStepMode(fmi3Instance c) { return absent(c, __func__); }
