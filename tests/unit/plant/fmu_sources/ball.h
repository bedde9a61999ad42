/* A ball on a floor, a clock and a thing that asks to be looked at: every kind of event.
 *
 * States h, v: dh/dt = v, dv/dt = -g. State event at h = 0 while falling: v -> -e v (the ball rests when
 * it is slow). Time events: `ticks` counts every `tick` seconds. Step event: when h first passes `mark`
 * upwards, completedIntegratorStep asks for an event, which sets `seen`. Discrete input `kick` (Boolean):
 * a rising edge adds 1 m/s. The discrete states need two iterations after every event (`rounds` counts
 * them). `stop_at`: the FMU asks to end the run at that event time. `bad_at`: derivatives are NaN from then.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIME, H, V, G, E, TICK, STOP_AT, BAD_AT, MARK, HEIGHT, DRAG, NEVER_BACK, N_REALS }; /* value references */
enum { TICKS = 20, SEEN, BOUNCES, ROUNDS, KICK, RESTS, LAST };
enum Mode { BEGUN, INIT, EVENTS, CONTINUOUS, ENDED };

typedef struct {
    double r[N_REALS];
    int n[LAST - TICKS];
    double next_tick;
    int pending, kicked;
    enum Mode mode;
} Ball;

#define INT(b, vr) ((b)->n[(vr) - TICKS])

#ifndef BAD_AT_FIRST
#define BAD_AT_FIRST 1e9
#endif
static const Ball new_ball = {{0, 1.0, 0.0, 9.81, 0.7, 0.25, 1e9, BAD_AT_FIRST, 0.2, 0.0, 0.0, -1.0}, {0}, 0, 0, 0, BEGUN};

static void find_outputs(Ball *b) { b->r[HEIGHT] = b->r[H]; }

static void begin(Ball *b, double t) {
    b->r[TIME] = t;
    b->next_tick = t + b->r[TICK];
    b->mode = INIT;
}

static int falling_through(const Ball *b) { return b->r[H] <= 0 && b->r[V] < 0 && !INT(b, RESTS); }

/* Returns whether another iteration is needed; only the first one of an event changes anything. */
static int new_discrete_states(Ball *b, int *values_changed) {
    INT(b, ROUNDS)++;
    *values_changed = 0;
    if (b->pending) {
        b->pending = 0;
        return 0;
    }
    int changed = 0;
    if (b->r[TIME] >= b->next_tick) {
        INT(b, TICKS)++;
        b->next_tick += b->r[TICK];
        changed = 1;
    }
    if (falling_through(b)) {
        INT(b, BOUNCES)++;
        b->r[H] = 0;
        b->r[V] *= -b->r[E];
        if (b->r[V] < 0.01) { b->r[V] = 0; INT(b, RESTS) = 1; }
        *values_changed = changed = 1;
    }
    if (b->r[H] > b->r[MARK] && !INT(b, SEEN)) { INT(b, SEEN) = 1; changed = 1; }
    if (INT(b, KICK) && !b->kicked) { b->r[V] += 1.0; INT(b, RESTS) = 0; *values_changed = changed = 1; }
    b->kicked = INT(b, KICK);
    b->pending = changed;
    return changed;
}

static int ends(const Ball *b) { return b->r[TIME] >= b->r[STOP_AT]; }
static double next_event(const Ball *b) { return fmin(b->next_tick, b->r[STOP_AT] > b->r[TIME] ? b->r[STOP_AT] : 1e300); }
static int step_event(const Ball *b) { return b->r[H] > b->r[MARK] && !INT(b, SEEN); }

static void derivatives(const Ball *b, double *dx) {
    dx[0] = INT(b, RESTS) ? 0 : b->r[V];
    dx[1] = INT(b, RESTS) ? 0 : -b->r[G] - b->r[DRAG] * b->r[V];
    if (b->r[TIME] >= b->r[BAD_AT]) dx[1] = NAN;
}

static double indicator(const Ball *b) { return INT(b, RESTS) ? 1.0 : b->r[H] + (b->r[H] == 0 && b->r[V] >= 0 ? 1e-12 : 0); }

/* The mode that each call is allowed in, so that an importer that breaks the protocol is caught. */
#define ONLY(b, ...) do { enum Mode ok_[] = {__VA_ARGS__}; int fits_ = 0; \
    for (unsigned i_ = 0; i_ < sizeof ok_ / sizeof *ok_; i_++) fits_ |= (b)->mode == ok_[i_]; \
    if (!fits_) return 3; } while (0)
