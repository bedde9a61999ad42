/* One variable of every type of FMI 3.0: outputs say what arrived. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fmi3Functions.h"

/* Value references: 100 + type for inputs, 200 + type for outputs (input + 1, or not), below for the rest. */
enum { N = 1, U = 2, Y = 3, GAINS = 4, LABEL = 5, NAMES = 6, LENGTH = 7, FACTOR = 8, MODE = 9, MODE_NOW = 10, MASK = 11, COUNT_ON = 12 };
enum { IN = 100, OUT = 200 };

typedef struct {
    double u[6], gains[3], factor;
    float f32;
    fmi3Int8 i8; fmi3UInt8 u8; fmi3Int16 i16; fmi3UInt16 u16; fmi3Int32 i32; fmi3UInt32 u32; fmi3Int64 i64, mode; fmi3UInt64 u64;
    bool on, mask[2];
    char label[64], names[2][64];
} Types;

fmi3String fmi3GetVersion(void) { return fmi3Version; }
fmi3Status fmi3SetDebugLogging(fmi3Instance c, fmi3Boolean on, size_t n, const fmi3String k[]) { return fmi3OK; }

fmi3Instance fmi3InstantiateCoSimulation(fmi3String name, fmi3String token, fmi3String resources,
        fmi3Boolean visible, fmi3Boolean on, fmi3Boolean events, fmi3Boolean early,
        const fmi3ValueReference required[], size_t n_required, fmi3InstanceEnvironment environment,
        fmi3LogMessageCallback log, fmi3IntermediateUpdateCallback update) {
    char path[4096];
    snprintf(path, sizeof path, "%sfactor.txt", resources); /* the path ends with a separator */
    FILE *file = fopen(path, "r");
    Types *t = calloc(1, sizeof *t);
    if (!file || fscanf(file, "%lf", &t->factor) != 1) {
        log(environment, fmi3Error, "logStatusError", path);
        free(t);
        return NULL;
    }
    fclose(file);
    for (int i = 0; i < 6; i++) t->u[i] = i + 1;
    for (int i = 0; i < 3; i++) t->gains[i] = 1;
    t->mode = 1;
    strcpy(t->label, "none");
    return t;
}
void fmi3FreeInstance(fmi3Instance c) { free(c); }
fmi3Status fmi3EnterInitializationMode(fmi3Instance c, fmi3Boolean td, fmi3Float64 tol, fmi3Float64 t, fmi3Boolean sd, fmi3Float64 stop) { return fmi3OK; }
fmi3Status fmi3ExitInitializationMode(fmi3Instance c) { return fmi3OK; }
fmi3Status fmi3Terminate(fmi3Instance c) { return fmi3OK; }
fmi3Status fmi3Reset(fmi3Instance c) { return fmi3OK; }
fmi3Status fmi3DoStep(fmi3Instance c, fmi3Float64 t, fmi3Float64 dt, fmi3Boolean no_set, fmi3Boolean *event,
                      fmi3Boolean *terminate, fmi3Boolean *early, fmi3Float64 *last) {
    *event = *early = *terminate = false;
    *last = t + dt;
    return fmi3OK;
}

fmi3Status fmi3GetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3Float64 v[], size_t nv) {
    Types *t = c;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        switch (vr[i]) {
        case U: for (int j = 0; j < 6; j++) v[k++] = t->u[j]; break;
        case Y: for (int j = 0; j < 6; j++) v[k++] = t->gains[j % 3] * t->u[j]; break;
        case GAINS: for (int j = 0; j < 3; j++) v[k++] = t->gains[j]; break;
        case FACTOR: v[k++] = t->factor; break;
        default: return fmi3Error;
        }
    return k == nv ? fmi3OK : fmi3Error;
}
fmi3Status fmi3SetFloat64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3Float64 v[], size_t nv) {
    Types *t = c;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        switch (vr[i]) {
        case U: for (int j = 0; j < 6; j++) t->u[j] = v[k++]; break;
        case GAINS: for (int j = 0; j < 3; j++) t->gains[j] = v[k++]; break;
        default: return fmi3Error;
        }
    return k == nv ? fmi3OK : fmi3Error;
}

#define SCALARS(NAME, FIELD, NUMBER) \
    fmi3Status fmi3Get##NAME(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3##NAME v[], size_t nv) { \
        for (size_t i = 0; i < n; i++) { \
            if (vr[i] != OUT + NUMBER && vr[i] != IN + NUMBER) return fmi3Error; \
            v[i] = ((Types *)c)->FIELD + (vr[i] == OUT + NUMBER); \
        } \
        return n == nv ? fmi3OK : fmi3Error; \
    } \
    fmi3Status fmi3Set##NAME(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3##NAME v[], size_t nv) { \
        for (size_t i = 0; i < n; i++) { \
            if (vr[i] != IN + NUMBER) return fmi3Error; \
            ((Types *)c)->FIELD = v[i]; \
        } \
        return n == nv ? fmi3OK : fmi3Error; \
    }
SCALARS(Float32, f32, 0)
SCALARS(Int8, i8, 1)
SCALARS(UInt8, u8, 2)
SCALARS(Int16, i16, 3)
SCALARS(UInt16, u16, 4)
SCALARS(Int32, i32, 5)
SCALARS(UInt32, u32, 6)
fmi3Status fmi3GetUInt64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3UInt64 v[], size_t nv) {
    Types *t = c;
    for (size_t i = 0; i < n; i++)
        switch (vr[i]) {
        case N: v[i] = 3; break;
        case IN + 8: v[i] = t->u64; break;
        case OUT + 8: v[i] = t->u64 + 1; break;
        case LENGTH: v[i] = strlen(t->label) + 100 * strlen(t->names[0]) + 10000 * strlen(t->names[1]); break;
        default: return fmi3Error;
        }
    return fmi3OK;
}
fmi3Status fmi3SetUInt64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3UInt64 v[], size_t nv) {
    for (size_t i = 0; i < n; i++) {
        if (vr[i] != IN + 8) return fmi3Error;
        ((Types *)c)->u64 = v[i];
    }
    return fmi3OK;
}
fmi3Status fmi3GetInt64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3Int64 v[], size_t nv) {
    Types *t = c;
    for (size_t i = 0; i < n; i++)
        switch (vr[i]) {
        case IN + 7: v[i] = t->i64; break;
        case OUT + 7: v[i] = t->i64 + 1; break;
        case MODE: case MODE_NOW: v[i] = t->mode; break;
        default: return fmi3Error;
        }
    return fmi3OK;
}
fmi3Status fmi3SetInt64(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3Int64 v[], size_t nv) {
    for (size_t i = 0; i < n; i++)
        if (vr[i] == IN + 7) ((Types *)c)->i64 = v[i];
        else if (vr[i] == MODE) ((Types *)c)->mode = v[i];
        else return fmi3Error;
    return fmi3OK;
}
fmi3Status fmi3GetBoolean(fmi3Instance c, const fmi3ValueReference vr[], size_t n, fmi3Boolean v[], size_t nv) {
    Types *t = c;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        switch (vr[i]) {
        case IN + 9: v[k++] = t->on; break;
        case OUT + 9: v[k++] = !t->on; break;
        case MASK: v[k++] = t->mask[0]; v[k++] = t->mask[1]; break;
        case COUNT_ON: v[k++] = t->mask[0] && t->mask[1]; break;
        default: return fmi3Error;
        }
    return k == nv ? fmi3OK : fmi3Error;
}
fmi3Status fmi3SetBoolean(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3Boolean v[], size_t nv) {
    Types *t = c;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        switch (vr[i]) {
        case IN + 9: t->on = v[k++]; break;
        case MASK: t->mask[0] = v[k++]; t->mask[1] = v[k++]; break;
        default: return fmi3Error;
        }
    return k == nv ? fmi3OK : fmi3Error;
}
fmi3Status fmi3SetString(fmi3Instance c, const fmi3ValueReference vr[], size_t n, const fmi3String v[], size_t nv) {
    Types *t = c;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        switch (vr[i]) {
        case LABEL: strncpy(t->label, v[k++], 63); break;
        case NAMES: strncpy(t->names[0], v[k++], 63); strncpy(t->names[1], v[k++], 63); break;
        default: return fmi3Error;
        }
    return k == nv ? fmi3OK : fmi3Error;
}
