model SharpPipe "Water in parcels that move past eight slices of wall, from a to b: from README.md"
  // What the plug's steps tend to as they get shorter: nine parcels, of which the first has come
  // in by phi and the last is still in by 1 - phi. Heat against 0 K in kelvins of a parcel.
  extends PipeRig;
  parameter Real tiny = 1e-9;
  parameter Real T_mid = 0.5 * (T_start_a + T_start_b);
  parameter Real R_now = R[1] + R[2] + R[3] + R[4];
  parameter Real balance[3] = {R[1] / R_now, (R[1] + R[2]) / R_now, (R[1] + R[2] + R[3]) / R_now} "as wet as it is";
  parameter Real T_0[n + 1] = {T_start_a + (i - 1) / n * (T_start_b - T_start_a) for i in 1:n + 1};
  parameter Real W_0[n] = {0.5 * (T_0[j] + T_0[j + 1]) for j in 1:n};
  Real phi(start = 0.5, fixed = true);
  Real mass(start = 0.5, fixed = true) "of the first parcel over a whole one's at the start";
  Real heat(start = 0.5 * T_start_a, fixed = true) "in the first parcel";
  Real P[n - 1](start = {T_0[i + 1] for i in 1:n - 1}, each fixed = true) "whole parcels";
  Real last(start = T_start_b, fixed = true);
  Real W[n](start = W_0, each fixed = true);
  Real I1[n](start = {W_0[j] + balance[1] * (T_start_ambient - W_0[j]) for j in 1:n}, each fixed = true);
  Real I2[n](start = {W_0[j] + balance[2] * (T_start_ambient - W_0[j]) for j in 1:n}, each fixed = true);
  Real I3[n](start = {W_0[j] + balance[3] * (T_start_ambient - W_0[j]) for j in 1:n}, each fixed = true);
  Real E_expelled(start = 0.0, fixed = true);
  // densities of all parcels but the first, over the start's
  discrete Real r1(start = 1.0, fixed = true);
  discrete Real r2(start = 1.0, fixed = true);
  discrete Real r3(start = 1.0, fixed = true);
  discrete Real r4(start = 1.0, fixed = true);
  discrete Real r5(start = 1.0, fixed = true);
  discrete Real r6(start = 1.0, fixed = true);
  discrete Real r7(start = 1.0, fixed = true);
  discrete Real r8(start = 1.0, fixed = true);
  discrete Real slope(start = 0.0, fixed = true) "in the last parcel, K a parcel";
  discrete Real counted(start = 0.0, fixed = true) "parcels that have come in completely";
  Real r[n];
  Real t_in;
  Real rho_in "over the start's";
  Real speed "parcels a second";
  Real T[n + 1] "all parcels";
  Real T_film[n];
  Real a[n] "film by a parcel's heat capacity, 1/s";
  Real into_first[n] "from a slice into the parcel that is in it by phi, K/s";
  Real into_second[n];
  Real Re_60;
  Real fourier "1/s";
  Real flux[n - 2] "between whole parcels, K/s";
  Real T_face_b;
  Real content "heat against the mean start temperature, J";
equation
  r[1] = r1;
  r[2] = r2;
  r[3] = r3;
  r[4] = r4;
  r[5] = r5;
  r[6] = r6;
  r[7] = r7;
  r[8] = r8;
  t_in = T_inlet_a - 273.15;
  rho_in = (999.83952 + 16.945176 * t_in - 7.9870401e-3 * t_in ^ 2 - 46.170461e-6 * t_in ^ 3
    + 105.56302e-9 * t_in ^ 4 - 280.54253e-12 * t_in ^ 5) / (1.0 + 16.879850e-3 * t_in) / rho;
  speed = m * n / (rho_in * rho * A * length);
  T[1] = heat / mass;
  for i in 1:n - 1 loop
    T[i + 1] = P[i];
  end for;
  T[n + 1] = last;
  for j in 1:n loop
    T_film[j] = 0.5 * (T[j] + T[j + 1]);
    a[j] = (G[2] + max(min((T_film[j] - 333.15) / 50.0, 0.0), -1.0) * (G[2] - G[1])
      + min(max((T_film[j] - 333.15) / 50.0, 0.0), 1.0) * (G[3] - G[2])) / C_water;
    into_first[j] = a[j] * phi * (W[j] - T[j]);
    into_second[j] = a[j] * (1.0 - phi) * (W[j] - T[j + 1]);
    C_wall * der(W[j]) = -C_water * (into_first[j] + into_second[j]) - (W[j] - I1[j]) * length / n / R[1];
    C_shell[1] * der(I1[j]) = length / n * ((W[j] - I1[j]) / R[1] - (I1[j] - I2[j]) / R[2]);
    C_shell[2] * der(I2[j]) = length / n * ((I1[j] - I2[j]) / R[2] - (I2[j] - I3[j]) / R[3]);
    C_shell[3] * der(I3[j]) = length / n * ((I2[j] - I3[j]) / R[3] - (I3[j] - T_ambient) / R[4]);
  end for;
  // turbulent mixing (Wen and Fan) between whole parcels
  Re_60 = 2300.0 + 0.5 * (Re[2] - 2300.0 + sqrt((Re[2] - 2300.0) ^ 2 + 1e4));
  fourier = (3.0e7 * Re_60 ^ (-2.1) + 1.35 * Re_60 ^ (-0.125)) * m / (rho * A) * inner_diameter * (n / length) ^ 2;
  for i in 1:n - 2 loop
    flux[i] = fourier * (P[i] - P[i + 1]);
  end for;
  // parcels
  der(phi) = speed;
  der(mass) = speed * rho_in;
  der(heat) = speed * rho_in * T_inlet_a + into_first[1];
  r[1] * der(P[1]) = into_first[2] + into_second[1] - flux[1];
  for i in 2:n - 2 loop
    r[i] * der(P[i]) = into_first[i + 1] + into_second[i] + flux[i - 1] - flux[i];
  end for;
  r[n - 1] * der(P[n - 1]) = into_first[n] + into_second[n - 1] + flux[n - 2];
  der(last) = a[n] * (W[n] - last) / r[n] - 0.5 * slope * speed;
  T_face_b = last + 0.5 * (1.0 - phi) * slope;
  // the first parcel is in: one whole parcel more, another is the last
  when phi >= 1.0 then
    counted = pre(counted) + 1.0;
    slope = if (P[7] - P[6]) * (last - P[7]) <= 0.0 then 0.0
      elseif abs(P[7] - P[6]) < 2.0 * abs(last - P[7]) then P[7] - P[6] else 2.0 * (last - P[7]);
    r1 = mass;
    r2 = pre(r1);
    r3 = pre(r2);
    r4 = pre(r3);
    r5 = pre(r4);
    r6 = pre(r5);
    r7 = pre(r6);
    r8 = pre(r7);
    reinit(last, pre(P[7]));
    reinit(P, {pre(heat) / pre(mass), pre(P[1]), pre(P[2]), pre(P[3]), pre(P[4]), pre(P[5]), pre(P[6])});
    reinit(mass, tiny * rho_in);
    reinit(heat, tiny * rho_in * T_inlet_a);
    reinit(phi, tiny);
  end when;
  content = C_water * (heat - mass * T_mid + sum(r[i] * (P[i] - T_mid) for i in 1:n - 1)
    + (1.0 - phi) * r[n] * (last - T_mid)) + C_wall * sum(W[j] - T_mid for j in 1:n)
    + sum(C_shell[1] * (I1[j] - T_mid) + C_shell[2] * (I2[j] - T_mid) + C_shell[3] * (I3[j] - T_mid) for j in 1:n);
  der(E_in) = cp * m * (T_inlet_a - T_face_b);
  der(E_loss) = sum(I3[j] - T_ambient for j in 1:n) * length / n / R[4];
  der(E_expelled) = C_water * speed * (r[n] - rho_in) * (T_face_b - T_mid);
end SharpPipe;
