/* A first-order lag dy/dt = gain (u - y) that misbehaves on demand. Shared by both FMI fronts. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { U, Y, Z, GAIN, TRIP, TRIP_AT, FIXED, NEVER_BACK, N_VALUES };
enum { FINE, WARN, DISCARD, ERROR, FATAL, NOT_A_NUMBER, SEGFAULT, TERMINATE, SET_FAILS, GET_FAILS, HANG };

typedef struct {
    double v[N_VALUES];
    double time;
} State;

static const State fresh = {{0.0, 1.0, 0.0, 0.1, FINE, 0.0, 5.0, -1.0}, 0.0};

static int tripped(const State *s, int how) {
    return (int)s->v[TRIP] == how && s->time >= s->v[TRIP_AT];
}

static void outputs(State *s) { s->v[Z] = 2.0 * s->v[U] + s->v[Y]; }

/* Returns the FMI status. */
static int advance(State *s, double dt) {
    for (int how = DISCARD; how <= FATAL; how++)
        if (tripped(s, how)) return how;
    if (tripped(s, SEGFAULT)) raise(SIGSEGV);
    while (tripped(s, HANG)) pause();
    s->v[Y] += dt * s->v[GAIN] * (s->v[U] - s->v[Y]);
    if (tripped(s, NOT_A_NUMBER)) s->v[Y] = NAN;
    int status = tripped(s, WARN) ? 1 : 0;
    s->time += dt;
    return status;
}

static int set(State *s, const unsigned *vr, size_t n, const double *values) {
    if (tripped(s, SET_FAILS)) return ERROR;
    for (size_t i = 0; i < n; i++) {
        if (vr[i] >= N_VALUES) return ERROR;
        s->v[vr[i]] = values[i];
    }
    return 0;
}

static int get(State *s, const unsigned *vr, size_t n, double *values) {
    if (tripped(s, GET_FAILS)) return ERROR;
    outputs(s);
    for (size_t i = 0; i < n; i++) {
        if (vr[i] >= N_VALUES) return ERROR;
        values[i] = s->v[vr[i]];
    }
    return 0;
}
