partial model PipeRig "Sizes, film and insulation of a pipe of eight slices, from README.md"
  constant Real pi = 3.141592653589793;
  constant Real cp = 4186.0 "J/(kg.K)";
  constant Integer n = 8 "cells";
  // water at 10, 60 and 110 degC: viscosity, conductivity, Prandtl number
  constant Real mu[3] = {1.3055e-3, 4.6613e-4, 2.5471e-4};
  constant Real k_water[3] = {0.57904, 0.65121, 0.68056};
  constant Real Pr[3] = {9.455, 2.995, 1.582};
  parameter Real length = 100.0;
  parameter Real inner_diameter = 0.1071;
  parameter Real wall = 0.0036;
  parameter Real c_wall = 7850.0 * 480.0;
  parameter Real k_wall = 50.0;
  parameter Real insulation = 0.05;
  parameter Real k_insulation = 0.027;
  parameter Real c_insulation = 84e3;
  parameter Real h_outside = 10.0;
  parameter Real R_soil = 0.0;
  parameter Real T_start_a = 333.15;
  parameter Real T_start_b = 333.15;
  parameter Real T_start_ambient = 293.15;
  parameter Real insulation_wet = 0.0;
  // what goes on around it
  parameter Real m_mean = 0.0;
  parameter Real m_swing = 0.0 "over 600 s, kg/s";
  parameter Real m_least = -100.0;
  parameter Real T_mean = 333.15 "outside end a";
  parameter Real T_swing = 0.0 "over 240 s, K";
  parameter Real T_inlet_b = 333.15;
  parameter Real T_ambient = 293.15;
  // geometry
  parameter Real A = pi / 4.0 * inner_diameter ^ 2;
  parameter Real t0 = 0.5 * (T_start_a + T_start_b) - 273.15;
  parameter Real rho = (999.83952 + 16.945176 * t0 - 7.9870401e-3 * t0 ^ 2 - 46.170461e-6 * t0 ^ 3
    + 105.56302e-9 * t0 ^ 4 - 280.54253e-12 * t0 ^ 5) / (1.0 + 16.879850e-3 * t0);
  parameter Real C_water = cp * rho * A * length / n;
  parameter Real C_wall = c_wall * pi * (inner_diameter + wall) * wall * length / n;
  parameter Real r0 = inner_diameter / 2.0 + wall;
  parameter Real step = insulation / 3.0;
  parameter Real rm[3] = {sqrt(0.5 * ((r0 + (i - 1) * step) ^ 2 + (r0 + i * step) ^ 2)) for i in 1:3};
  parameter Real C_shell[3] = {c_insulation * pi * ((r0 + i * step) ^ 2 - (r0 + (i - 1) * step) ^ 2) * length / n for i in 1:3};
  parameter Real thin = 2.0 * pi * k_insulation;
  parameter Real beyond = 1.0 / (2.0 * pi * (r0 + insulation) * h_outside) + R_soil;
  parameter Real R_dry[4] = {log(rm[1] / r0) / thin, log(rm[2] / rm[1]) / thin, log(rm[3] / rm[2]) / thin,
    log((r0 + insulation) / rm[3]) / thin + beyond};
  parameter Real wet = 1.0 + 9.0 * insulation_wet;
  parameter Real R[4] = {R_dry[1] / wet, R_dry[2] / wet, R_dry[3] / wet, (R_dry[4] - beyond) / wet + beyond};
  parameter Real R_all = R_dry[1] + R_dry[2] + R_dry[3] + R_dry[4];
  parameter Real R_wall = wall / (3.0 * k_wall * pi * (inner_diameter + wall) * length);
  parameter Real T0[n] = {T_start_a + (i - 0.5) / n * (T_start_b - T_start_a) for i in 1:n};
  parameter Real past[3] = {R_dry[1] / R_all, (R_dry[1] + R_dry[2]) / R_all, (R_dry[1] + R_dry[2] + R_dry[3]) / R_all};
  Real E_in(start = 0.0, fixed = true);
  Real E_loss(start = 0.0, fixed = true);
  Real m;
  Real T_inlet_a;
  Real Re[3];
  Real Re_turbulent[3];
  Real root[3];
  Real mix[3];
  Real Nu[3];
  Real G[3] "film and wall of one cell, W/K";
equation
  m = max(m_mean + m_swing * sin(2.0 * pi * time / 600.0), m_least);
  T_inlet_a = T_mean + T_swing * sin(2.0 * pi * time / 240.0);
  for k in 1:3 loop
    Re[k] = 4.0 * abs(m) / (pi * inner_diameter * mu[k]);
    Re_turbulent[k] = 0.5 * (Re[k] + 1e4 + sqrt((Re[k] - 1e4) ^ 2 + 2.5e5));
    root[k] = 1.0 / (sqrt(8.0) * (1.8 * log(Re_turbulent[k]) / 2.302585092994046 - 1.5));
    mix[k] = (sqrt((Re[k] - 2300.0) ^ 2 + 4e4) - sqrt((Re[k] - 1e4) ^ 2 + 4e4) - sqrt(2300.0 ^ 2 + 4e4) + sqrt(1e8 + 4e4)) / 15400.0;
    Nu[k] = 3.66 * (1.0 - mix[k]) + mix[k] * root[k] ^ 2 * Re_turbulent[k] * Pr[k] / (1.0 + 12.7 * root[k] * (Pr[k] ^ (2.0 / 3.0) - 1.0));
    G[k] = 1.0 / (1.0 / (Nu[k] * k_water[k] * pi * length) + R_wall) / n;
  end for;
end PipeRig;

model SmoothPipe "Eight cells, faces of third order"
  extends PipeRig;
  parameter Real small = 0.02 * rho * A;
  // rises since the start
  Real water[n](each start = 0.0, each fixed = true);
  Real steel[n](each start = 0.0, each fixed = true);
  Real foam[3, n](each start = 0.0, each fixed = true);
  Real T[n];
  Real Tw[n];
  Real Tf[3, n];
  Real forth[n + 1];
  Real back[n + 1];
  Real face[n + 1];
  Real s;
  Real backward;
  Real film[n];
  Real q[5, n] "water to steel, to each shell, to the outside";
equation
  for i in 1:n loop
    T[i] = T0[i] + water[i];
    Tw[i] = T0[i] + steel[i];
    film[i] = if T[i] < 333.15 then G[2] + max((T[i] - 333.15) / 50.0, -1.0) * (G[2] - G[1])
      else G[2] + min((T[i] - 333.15) / 50.0, 1.0) * (G[3] - G[2]);
    for j in 1:3 loop
      Tf[j, i] = T0[i] + past[j] * (T_start_ambient - T0[i]) + foam[j, i];
    end for;
  end for;
  // seen from a, and from b
  forth[1] = T_inlet_a;
  forth[2] = T[1] + (T[2] - T[1]) / 3.0 + (T[1] - T_inlet_a) / 3.0;
  forth[n + 1] = T[n] + 0.5 * (T[n] - T[n - 1]);
  back[n + 1] = T_inlet_b;
  back[n] = T[n] + (T[n - 1] - T[n]) / 3.0 + (T[n] - T_inlet_b) / 3.0;
  back[1] = T[1] + 0.5 * (T[1] - T[2]);
  for i in 2:n - 1 loop
    forth[i + 1] = T[i] + (T[i + 1] - T[i]) / 3.0 + (T[i] - T[i - 1]) / 6.0;
    back[i] = T[i] + (T[i - 1] - T[i]) / 3.0 + (T[i] - T[i + 1]) / 6.0;
  end for;
  s = min(max(0.5 * (1.0 - m / small), 0.0), 1.0);
  backward = 3.0 * s ^ 2 - 2.0 * s ^ 3;
  for i in 1:n + 1 loop
    face[i] = (1.0 - backward) * forth[i] + backward * back[i];
  end for;
  for i in 1:n loop
    q[1, i] = film[i] * (T[i] - Tw[i]);
    q[2, i] = (Tw[i] - Tf[1, i]) * length / n / R[1];
    q[3, i] = (Tf[1, i] - Tf[2, i]) * length / n / R[2];
    q[4, i] = (Tf[2, i] - Tf[3, i]) * length / n / R[3];
    q[5, i] = (Tf[3, i] - T_ambient) * length / n / R[4];
    C_water * der(water[i]) = cp * m * (face[i] - face[i + 1]) - q[1, i];
    C_wall * der(steel[i]) = q[1, i] - q[2, i];
    for j in 1:3 loop
      C_shell[j] * der(foam[j, i]) = q[j + 1, i] - q[j + 2, i];
    end for;
  end for;
  der(E_in) = cp * m * (face[1] - face[n + 1]);
  der(E_loss) = q[5, 1] + q[5, 2] + q[5, 3] + q[5, 4] + q[5, 5] + q[5, 6] + q[5, 7] + q[5, 8];
end SmoothPipe;
