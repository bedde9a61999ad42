/* The sharp pipe; plug.h says what it is, fmus/pipe/README.md derives it.
 *
 * A step is cut where a parcel has come in completely. Each part moves the water by half its
 * way, lets water and wall exchange heat in place with the exact solution for two bodies, and
 * moves the other half. Insulation is one implicit Euler step, seen from the wall as a
 * conductance and a temperature behind it: that is stable for any step and exact when steady.
 */
#include "plug.h"

#include <string.h>

#include "det_math.h"
#include "sums.h"

/* Explicit dispersion is stable and free of overshoot up to here; more is done in parts. */
#define MAX_FOURIER 0.25
#define MAX_SWEEPS 8

/* The array of a pipe's memory, by its parts. */
typedef struct {
    int n;
    double *phi;     /* how far the first parcel has come in, 0 to 1; the last is 1 - phi inside */
    double *slope_a; /* along a to b [K a parcel] in the first and last parcel, */
    double *slope_b; /* while they are on their way out                         */
    double *origin;  /* heat content at the start [J] */
    double *T;       /* parcels 0 to n [K] */
    double *r;       /* their density relative to the start's [-] */
    double *W;       /* wall slices 0 to n - 1 [K] */
    double *I[HK_PLUG_SHELLS]; /* shells of insulation [K] */
} Pipe;

/* One slice: capacities [J/K], and the insulation as an implicit step makes it look. */
typedef struct {
    double water, wall;
    double shell[HK_PLUG_SHELLS];    /* capacity by step length [W/K] */
    double path[HK_PLUG_SHELLS + 1]; /* [W/K] */
    double held[HK_PLUG_SHELLS];     /* what holds a shell in place: its own heat and outside */
    double seen[HK_PLUG_SHELLS];     /* conductance outwards from the body inside a shell */
} Slice;

/* Exchange between water and wall over a part of a step: see `exchange_kernel`. */
typedef struct {
    int even; /* the same at all knots */
    double water[HK_PLUG_KNOTS], both[HK_PLUG_KNOTS], wall[HK_PLUG_KNOTS];
} Kernel;

static Pipe pipe_of(int cells, double state[]) {
    Pipe p;
    p.n = cells;
    p.phi = &state[0];
    p.slope_a = &state[1];
    p.slope_b = &state[2];
    p.origin = &state[3];
    p.T = state + HK_PLUG_HEAD;
    p.r = p.T + cells + 1;
    p.W = p.r + cells + 1;
    for (int s = 0; s < HK_PLUG_SHELLS; s++) p.I[s] = p.W + (s + 1) * cells;
    return p;
}

/* ---- heat content ---------------------------------------------------------------------- */

static double reference(const hk_PlugInputs *in) { return 0.5 * (in->start_a + in->start_b); }

/* Heat in everything against the mean start temperature [J]. */
static double content(const Pipe *p, const hk_PlugInputs *in) {
    double from = reference(in);
    double ends = *p->phi * p->r[0] * (p->T[0] - from) +
                  (1.0 - *p->phi) * p->r[p->n] * (p->T[p->n] - from);
    double water = ends + weighted(p->n - 1, p->T + 1, p->r + 1, from);
    double heat = in->cp * in->rho * in->volume * water + in->wall * total(p->n, p->W, from);
    for (int s = 0; s < HK_PLUG_SHELLS; s++) {
        if (in->shell[s] > 0.0) heat += in->shell[s] * total(p->n, p->I[s], from);
    }
    return heat / p->n;
}

/* ---- start ----------------------------------------------------------------------------- */

static void show(const Pipe *p, const hk_PlugInputs *in, hk_PlugOutputs *out) {
    int n = p->n;
    out->face_a = in->flow > 0.0 ? in->T_a : p->T[0] - 0.5 * *p->phi * *p->slope_a;
    out->face_b = in->flow < 0.0 ? in->T_b : p->T[n] + 0.5 * (1.0 - *p->phi) * *p->slope_b;
    out->wall_a = p->W[0];
    out->wall_b = p->W[n - 1];
    out->stored = content(p, in) - *p->origin;
}

void hk_plug_start(int cells, double state[], const hk_PlugInputs *in, hk_PlugOutputs *out) {
    Pipe p = pipe_of(cells, state);
    double share[HK_PLUG_SHELLS], resistance = 0.0, last;
    for (int s = 0; s < HK_PLUG_SHELLS; s++) share[s] = resistance += 1.0 / in->path[s];
    resistance += 1.0 / in->path[HK_PLUG_SHELLS];
    for (int s = 0; s < HK_PLUG_SHELLS; s++) share[s] /= resistance;

    memset(state, 0, HK_PLUG_STATE(cells) * sizeof *state);
    *p.phi = 0.5;
    for (int i = 0; i <= cells; i++) {
        p.T[i] = in->start_a + (in->start_b - in->start_a) * i / cells;
        p.r[i] = 1.0;
    }
    for (int j = 0; j < cells; j++) {
        p.W[j] = 0.5 * (p.T[j] + p.T[j + 1]);
        for (int s = 0; s < HK_PLUG_SHELLS; s++) {
            p.I[s][j] = p.W[j] + share[s] * (in->start_ambient - p.W[j]);
        }
    }
    *p.origin = content(&p, in);
    last = total(cells, p.I[HK_PLUG_SHELLS - 1], in->T_ambient);
    show(&p, in, out);
    out->T_a = out->face_a;
    out->T_b = out->face_b;
    out->loss = in->path[HK_PLUG_SHELLS] * last / cells;
    out->expelled = 0.0;
}

/* ---- insulation ------------------------------------------------------------------------ */

/* Conductances of one slice for an implicit Euler step of `h`, eliminated from outside in. */
static Slice slice_of(const hk_PlugInputs *in, int cells, double h) {
    Slice c;
    double out;
    c.water = in->cp * in->rho * in->volume / cells;
    c.wall = in->wall / cells;
    for (int s = 0; s <= HK_PLUG_SHELLS; s++) c.path[s] = in->path[s] / cells;
    out = c.path[HK_PLUG_SHELLS];
    for (int s = HK_PLUG_SHELLS - 1; s >= 0; s--) {
        c.shell[s] = in->shell[s] / cells / h;
        c.held[s] = c.shell[s] + out;
        out = c.seen[s] = c.path[s] * c.held[s] / (c.path[s] + c.held[s]);
    }
    return c;
}

#if HK_PLUG_SHELLS != 3
#error "the two functions below are written out for three shells, so that they are quick"
#endif

/* Temperatures that hold each shell in place, E[s] for shell s; E[0] is what the wall sees. */
static void eliminate(const Pipe *p, const Slice *c, double T_ambient, double *E[]) {
    const double *restrict I0 = p->I[0], *restrict I1 = p->I[1], *restrict I2 = p->I[2];
    double *restrict e0 = E[0], *restrict e1 = E[1], *restrict e2 = E[2];
    double own0 = c->shell[0] / c->held[0], own1 = c->shell[1] / c->held[1];
    double own2 = c->shell[2] / c->held[2];
    for (int j = 0; j < p->n; j++) {
        double outer = T_ambient + own2 * (I2[j] - T_ambient);
        double middle = outer + own1 * (I1[j] - outer);
        e2[j] = outer;
        e1[j] = middle;
        e0[j] = middle + own0 * (I0[j] - middle);
    }
}

/* Shells after the step in which they have taken up Q [J] from the wall; heat lost [W]. */
static double substitute(Pipe *p, const Slice *c, double T_ambient, double h, double *E[],
                         const double *restrict Q) {
    double *restrict I0 = p->I[0], *restrict I1 = p->I[1], *restrict I2 = p->I[2];
    const double *restrict e0 = E[0], *restrict e1 = E[1], *restrict e2 = E[2];
    double by0 = 1.0 / (c->held[0] * h), by1 = c->seen[1] / c->held[1];
    double by2 = c->seen[2] / c->held[2];
    for (int j = 0; j < p->n; j++) {
        double inner = e0[j] + Q[j] * by0;
        double middle = e1[j] + (inner - e1[j]) * by1;
        I0[j] = inner;
        I1[j] = middle;
        I2[j] = e2[j] + (middle - e2[j]) * by2;
    }
    return c->path[3] * total(p->n, I2, T_ambient);
}

/* ---- water and wall -------------------------------------------------------------------- */

/* Exact exchange over `tau` [s] of water and wall that start theta and omega [K] above what the
 * insulation holds: water loses water * theta - both * omega, the wall gains both * theta *
 * (water's capacity / wall's) - wall * omega. One set a knot of film temperature. */
static Kernel exchange_kernel(const Slice *c, const double film[], int cells, double tau) {
    Kernel k;
    double l = c->seen[0] / c->wall;
    k.even = film[0] == film[1] && film[1] == film[2];
    for (int i = 0; i < (k.even ? 1 : HK_PLUG_KNOTS); i++) {
        double a = film[i] / cells / c->water, b = film[i] / cells / c->wall;
        double s = 0.5 * (a + b + l), half = 0.5 * (a - b - l);
        double d = sqrt(half * half + a * b);
        double slow = exp(-tau * a * l / (s + d)), fast = exp(-tau * (s + d));
        double mean = 0.5 * (slow + fast), sine = 0.5 * (slow - fast) / d;
        k.water[i] = 1.0 - (mean - half * sine);
        k.both[i] = a * sine;
        k.wall[i] = 1.0 - (mean + half * sine);
    }
    return k;
}

/* Every slice of wall with the two parcels beside it, the first over `phi` of its length. The film
 * is taken at the mean temperature of both. `before` and `after` [K] are what parcels j and j + 1
 * gain from slice j, in kelvins of water of the start's density; Q [J] grows by what is lost. If
 * the film is `even`, it need not be looked for. */
static inline void exchange(int even, int n, const Kernel *k, const Slice *c, double phi, const double *restrict E,
                     const double *restrict T, double *restrict W, double *restrict before,
                     double *restrict after, double *restrict Q) {
    const double middle = HK_PLUG_KNOT_LOW + HK_PLUG_KNOT_STEP, by_wall = c->water / c->wall;
    const int m = even ? 0 : 1, last = even ? 0 : 2;
    const double a1 = k->water[m], a_low = a1 - k->water[0], a_high = k->water[last] - a1;
    const double b1 = k->both[m], b_low = b1 - k->both[0], b_high = k->both[last] - b1;
    const double d1 = k->wall[m], d_low = d1 - k->wall[0], d_high = k->wall[last] - d1;
    const double rest = 1.0 - phi;
    for (int j = 0; j < n; j++) {
        double at = (0.5 * (T[j] + T[j + 1]) - middle) * (1.0 / HK_PLUG_KNOT_STEP);
        double low = at < 0.0 ? (at > -1.0 ? at : -1.0) : 0.0;
        double high = at > 0.0 ? (at < 1.0 ? at : 1.0) : 0.0;
        double a = even ? a1 : a1 + low * a_low + high * a_high;
        double b = even ? b1 : b1 + low * b_low + high * b_high;
        double d = even ? d1 : d1 + low * d_low + high * d_high;
        double omega = W[j] - E[j], back = b * omega;
        double first = phi * (T[j] - E[j]), second = rest * (T[j + 1] - E[j]);
        double into_first = phi * back - a * first, into_second = rest * back - a * second;
        double into_wall = by_wall * b * (first + second) - d * omega;
        before[j] = into_first;
        after[j] = into_second;
        W[j] += into_wall;
        Q[j] -= c->water * (into_first + into_second) + c->wall * into_wall;
    }
}

static void exchange_all(Pipe *p, const Kernel *k, const Slice *c, const double *E,
                         double *restrict before, double *restrict after, double *Q) {
    int n = p->n;
    double phi = *p->phi, *restrict T = p->T;
    const double *restrict r = p->r;
    if (k->even) {
        exchange(1, n, k, c, phi, E, T, p->W, before, after, Q);
    } else {
        exchange(0, n, k, c, phi, E, T, p->W, before, after, Q);
    }
    if (phi > 0.0) T[0] += before[0] / (phi * r[0]);
    if (phi < 1.0) T[n] += after[n - 1] / ((1.0 - phi) * r[n]);
    for (int i = 1; i < n; i++) T[i] += (before[i] + after[i - 1]) / r[i];
}

/* Turbulent mixing along the pipe between whole parcels; `fourier` [-] is D tau / dx^2. */
static void disperse(Pipe *p, double fourier, double *restrict flux) {
    if (!(fourier > 0.0)) return;
    int sweeps = 1 + (int)(fmin(fourier / MAX_FOURIER, MAX_SWEEPS - 1.0));
    double share = fmin(fourier / sweeps, MAX_FOURIER);
    for (int k = 0; k < sweeps; k++) {
        flux[0] = flux[p->n - 1] = 0.0; /* flux[i] is between parcels i and i + 1 */
        for (int i = 1; i < p->n - 1; i++) flux[i] = share * (p->T[i] - p->T[i + 1]);
        for (int i = 1; i < p->n; i++) p->T[i] += (flux[i - 1] - flux[i]) / p->r[i];
    }
}

/* ---- motion ---------------------------------------------------------------------------- */

/* What has crossed the ends in a step, in parcels of the start's density. */
typedef struct {
    double volume, mass, heat; /* out; heat against the reference, in kelvins */
} Gone;

static double same_sign_smaller(double a, double b) {
    if (a * b <= 0.0) return 0.0;
    return fabs(a) < fabs(b) ? a : b;
}

/* The first parcel is in, the last is out: count anew. Its slope comes from its neighbours. */
static void renumber_towards_b(Pipe *p) {
    int n = p->n;
    double face = p->T[n];
    memmove(p->T + 1, p->T, n * sizeof *p->T);
    memmove(p->r + 1, p->r, n * sizeof *p->r);
    *p->phi = 0.0;
    *p->slope_a = 0.0;
    *p->slope_b = same_sign_smaller(p->T[n] - p->T[n - 1], 2.0 * (face - p->T[n]));
}

static void renumber_towards_a(Pipe *p) {
    int n = p->n;
    double face = p->T[0];
    memmove(p->T, p->T + 1, n * sizeof *p->T);
    memmove(p->r, p->r + 1, n * sizeof *p->r);
    *p->phi = 1.0;
    *p->slope_b = 0.0;
    *p->slope_a = same_sign_smaller(p->T[1] - p->T[0], 2.0 * (p->T[0] - face));
}

/* Water of `ds` [parcels] leaves a parcel that is `inside` [-] of itself in the pipe and falls
 * by `fall` [K a parcel] from the face inwards. */
static void leave(double *T, double r, double inside, double fall, double ds, double from,
                  Gone *gone) {
    double out = *T + 0.5 * fall * (inside - ds);
    gone->volume += ds;
    gone->mass += r * ds;
    gone->heat += r * ds * (out - from);
    *T -= 0.5 * fall * ds;
}

/* Water of `ds` [parcels], `rho` [-] and `T_in` [K] joins a parcel that is `inside` in the pipe. */
static void join(double *T, double *r, double inside, double ds, double T_in, double rho) {
    double before = *r * inside, more = rho * ds;
    *T = (*T * before + T_in * more) / (before + more);
    *r = (before + more) / (inside + ds);
}

static void move(Pipe *p, const hk_PlugInputs *in, double ds, Gone *gone) {
    int n = p->n;
    double phi = *p->phi, from = reference(in);
    if (!(ds > 0.0)) return;
    if (in->flow > 0.0) {
        leave(&p->T[n], p->r[n], 1.0 - phi, *p->slope_b, ds, from, gone);
        join(&p->T[0], &p->r[0], phi, ds, in->T_a, in->rho_a / in->rho);
        *p->slope_a = 0.0;
        *p->phi = fmin(phi + ds, 1.0);
    } else {
        leave(&p->T[0], p->r[0], phi, -*p->slope_a, ds, from, gone);
        join(&p->T[n], &p->r[n], 1.0 - phi, ds, in->T_b, in->rho_b / in->rho);
        *p->slope_b = 0.0;
        *p->phi = fmax(phi - ds, 0.0);
    }
}

/* Parcels that can move in or out before they have to be counted anew. */
static double room(Pipe *p, const hk_PlugInputs *in) {
    if (in->flow > 0.0) {
        if (*p->phi >= 1.0) renumber_towards_b(p);
        return 1.0 - *p->phi;
    }
    if (*p->phi <= 0.0) renumber_towards_a(p);
    return *p->phi;
}

/* ---- a step ---------------------------------------------------------------------------- */

static void ends(const hk_PlugInputs *in, const Gone *gone, const Slice *c, double h,
                 hk_PlugOutputs *out) {
    out->expelled = 0.0;
    out->T_a = out->face_a;
    out->T_b = out->face_b;
    if (!(gone->volume > 0.0)) return;
    double mean = reference(in) + gone->heat / gone->mass;
    double entered = gone->volume * (in->flow > 0.0 ? in->rho_a : in->rho_b) / in->rho;
    if (in->flow > 0.0) {
        out->T_b = mean;
    } else {
        out->T_a = mean;
    }
    out->expelled = c->water * (gone->mass - entered) * (mean - reference(in)) / h;
}

void hk_plug_advance(int cells, double state[], double work[], const hk_PlugInputs *in, double h,
                     hk_PlugOutputs *out) {
    Pipe p = pipe_of(cells, state);
    Slice c = slice_of(in, cells, h);
    Gone gone = {0.0, 0.0, 0.0};
    Kernel kernel;
    double *E[HK_PLUG_SHELLS];
    for (int s = 0; s < HK_PLUG_SHELLS; s++) E[s] = work + s * (cells + 1);
    double *Q = work + 3 * (cells + 1), *before = Q + cells + 1, *after = before + cells + 1;
    double rho_in = in->flow > 0.0 ? in->rho_a : in->rho_b;
    double way = fabs(in->flow) * h * cells / (rho_in * in->volume), left = way, tau_of_kernel = -1.0;
    memset(Q, 0, cells * sizeof *Q);
    eliminate(&p, &c, in->T_ambient, E);
    do {
        double space = way > 0.0 ? room(&p, in) : 1.0;
        double ds = fmin(left, space), tau = way > 0.0 ? h * (ds / way) : h;
        if (tau != tau_of_kernel) kernel = exchange_kernel(&c, in->film, cells, tau);
        tau_of_kernel = tau;
        move(&p, in, 0.5 * ds, &gone);
        exchange_all(&p, &kernel, &c, E[0], before, after, Q);
        move(&p, in, 0.5 * ds, &gone);
        if (ds == space && way > 0.0) *p.phi = in->flow > 0.0 ? 1.0 : 0.0;
        disperse(&p, in->dispersion * tau * cells * cells, before);
        left -= ds;
    } while (left > 0.0);
    out->loss = substitute(&p, &c, in->T_ambient, h, E, Q);
    show(&p, in, out);
    ends(in, &gone, &c, h, out);
}
