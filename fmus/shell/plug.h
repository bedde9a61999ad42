/* A pipe of fixed water parcels: the sharp pipe that Co-Simulation has.
 *
 * The water between the ends a and b is `cells` + 1 parcels of equal volume, the first and the
 * last of them partly outside. They move by the volume that flows in and are never mixed with
 * each other by that. The wall and three shells of insulation stand still, in `cells` slices;
 * a parcel exchanges heat with the slices beside it. All of a pipe's memory is one array of
 * doubles of HK_PLUG_STATE(cells), so that it can be copied byte by byte.
 */
#ifndef HK_PLUG_H
#define HK_PLUG_H

#define HK_PLUG_SHELLS 3
#define HK_PLUG_KNOTS 3

/* Water temperatures [K] that film conductances are given for; linear between, flat outside. */
#define HK_PLUG_KNOT_LOW 283.15
#define HK_PLUG_KNOT_STEP 50.0

/* What decides a step, constant during it. Flow and heat run from a to b. */
typedef struct {
    double flow;                      /* mass flow that enters [kg/s], < 0: enters at b */
    double T_a, T_b;                  /* water outside the ends [K] */
    double T_ambient;                 /* what the insulation is surrounded by [K] */
    double start_a, start_b;          /* water at the ends before the start, linear between [K] */
    double start_ambient;             /* surroundings before the start [K] */
    double volume;                    /* of the water [m3] */
    double rho;                       /* density of the water at the start [kg/m3] */
    double rho_a, rho_b;              /* density of water that enters at the ends [kg/m3] */
    double cp;                        /* heat capacity of water [J/(kg.K)] */
    double wall;                      /* heat capacity of the wall [J/K] */
    double film[HK_PLUG_KNOTS];       /* water to wall, at the knot temperatures [W/K] */
    double shell[HK_PLUG_SHELLS];     /* heat capacity of insulation, from inside out [J/K] */
    double path[HK_PLUG_SHELLS + 1];  /* wall to shell 1, 1 to 2, 2 to 3, 3 to ambient [W/K] */
    double dispersion;                /* axial dispersion coefficient by length squared [1/s] */
} hk_PlugInputs;

/* What a step gives. Means over the step close the books; the rest is as the step ends. */
typedef struct {
    double T_a, T_b;       /* flow-weighted mean of what crossed the ends [K]; standing: the face */
    double face_a, face_b; /* water in the faces of the ends [K] */
    double wall_a, wall_b; /* first and last slice of the wall [K] */
    double loss;           /* mean heat flow to ambient [W] */
    double expelled;       /* mean heat flow with water that leaves beyond `flow`, because what
                              enters is less dense [W], against the mean start temperature */
    double stored;         /* heat in water, wall and insulation since the start [J] */
} hk_PlugOutputs;

#define HK_PLUG_INPUTS ((int)(sizeof(hk_PlugInputs) / sizeof(double)))
#define HK_PLUG_OUTPUTS ((int)(sizeof(hk_PlugOutputs) / sizeof(double)))
#define HK_PLUG_HEAD 4
#define HK_PLUG_STATE(cells) (HK_PLUG_HEAD + 2 * ((cells) + 1) + (1 + HK_PLUG_SHELLS) * (cells))
#define HK_PLUG_WORK(cells) (6 * ((cells) + 1))

/* Fill the pipe with standing water, wall and insulation in balance with it. */
void hk_plug_start(int cells, double state[], const hk_PlugInputs *in, hk_PlugOutputs *out);

/* Move on by `h` [s] > 0; `work` has room for HK_PLUG_WORK(cells) numbers. */
void hk_plug_advance(int cells, double state[], double work[], const hk_PlugInputs *in, double h,
                     hk_PlugOutputs *out);

#endif
