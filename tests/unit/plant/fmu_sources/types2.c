/* Every type of FMI 2.0, and a file among the resources. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fmi2Functions.h"

typedef struct { double factor; int in, on, season; char label[64]; } Types;

const char *fmi2GetTypesPlatform(void) { return fmi2TypesPlatform; }
const char *fmi2GetVersion(void) { return fmi2Version; }
fmi2Status fmi2SetDebugLogging(fmi2Component c, fmi2Boolean on, size_t n, const fmi2String k[]) { return fmi2OK; }

/* `file:///a%20b` -> `/a b`; on Windows the drive comes without the first slash. */
static void path_of(const char *uri, char *path) {
    uri += strlen("file://");
    if (uri[1] && uri[2] == ':') uri++;
    for (; *uri; uri++)
        if (*uri == '%') {
            char hex[3] = {uri[1], uri[2], 0};
            *path++ = (char)strtol(hex, NULL, 16);
            uri += 2;
        } else *path++ = *uri;
    *path = 0;
}

fmi2Component fmi2Instantiate(fmi2String name, fmi2Type type, fmi2String guid, fmi2String resources,
                              const fmi2CallbackFunctions *callbacks, fmi2Boolean visible, fmi2Boolean on) {
    char path[4096];
    path_of(resources, path);
    strcat(path, "/factor.txt");
    FILE *file = fopen(path, "r");
    Types *t = calloc(1, sizeof *t);
    if (!file || fscanf(file, "%lf", &t->factor) != 1) {
        callbacks->logger(callbacks->componentEnvironment, name, fmi2Error, "logStatusError", "no %s", path);
        return NULL;
    }
    fclose(file);
    t->season = 1;
    return t;
}
void fmi2FreeInstance(fmi2Component c) { free(c); }
fmi2Status fmi2SetupExperiment(fmi2Component c, fmi2Boolean td, fmi2Real tol, fmi2Real t, fmi2Boolean sd, fmi2Real stop) { return fmi2OK; }
fmi2Status fmi2EnterInitializationMode(fmi2Component c) { return fmi2OK; }
fmi2Status fmi2ExitInitializationMode(fmi2Component c) { return fmi2OK; }
fmi2Status fmi2Terminate(fmi2Component c) { return fmi2OK; }
fmi2Status fmi2DoStep(fmi2Component c, fmi2Real t, fmi2Real dt, fmi2Boolean no_set) { return fmi2OK; }
fmi2Status fmi2GetReal(fmi2Component c, const fmi2ValueReference vr[], size_t n, fmi2Real v[]) {
    for (size_t i = 0; i < n; i++) v[i] = ((Types *)c)->factor;
    return fmi2OK;
}
fmi2Status fmi2GetInteger(fmi2Component c, const fmi2ValueReference vr[], size_t n, fmi2Integer v[]) {
    Types *t = c;
    for (size_t i = 0; i < n; i++) v[i] = vr[i] == 1 ? t->in + 1 : vr[i] == 2 ? t->season : (int)strlen(t->label);
    return fmi2OK;
}
fmi2Status fmi2SetInteger(fmi2Component c, const fmi2ValueReference vr[], size_t n, const fmi2Integer v[]) {
    for (size_t i = 0; i < n; i++) *(vr[i] == 0 ? &((Types *)c)->in : &((Types *)c)->season) = v[i];
    return fmi2OK;
}
fmi2Status fmi2GetBoolean(fmi2Component c, const fmi2ValueReference vr[], size_t n, fmi2Boolean v[]) {
    for (size_t i = 0; i < n; i++) v[i] = !((Types *)c)->on;
    return fmi2OK;
}
fmi2Status fmi2SetBoolean(fmi2Component c, const fmi2ValueReference vr[], size_t n, const fmi2Boolean v[]) {
    for (size_t i = 0; i < n; i++) ((Types *)c)->on = v[i];
    return fmi2OK;
}
fmi2Status fmi2SetString(fmi2Component c, const fmi2ValueReference vr[], size_t n, const fmi2String v[]) {
    for (size_t i = 0; i < n; i++) strncpy(((Types *)c)->label, v[i], 63);
    return fmi2OK;
}
