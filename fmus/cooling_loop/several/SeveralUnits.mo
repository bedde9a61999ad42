// The cooling loop with everything else that it can have, written a second time: three CDUs,
// five layers, three-way mixing valve, sea water, district cooling, waste water.
// Inputs are equations of time; see tests/oracle/test_cooling_loop_modelica.py.
model SeveralUnits "Three CDUs in parallel, mixing valve, tank, sea water, consumers; SI units"
  constant Real cp = 4186.0 "water [J/(kg.K)]";
  constant Real rho = 993.0;
  constant Real cp_sea = 4000.0;
  constant Real rho_sea = 1025.0;
  parameter Real fouling_2 = 0.0 "of the second CDU";
  parameter Real stuck_3 = 0.0 "valve of the third CDU";
  parameter Real worn_1 = 0.0 "coolant pump of the first CDU";
  parameter Real valve_stuck = 0.0;
  parameter Real pump_wear = 0.0;
  parameter Real sea_pump_wear = 0.0;
  parameter Real sea_fouling = 0.0;
  parameter Real bypass_leak = 0.0;
  parameter Real T_cooling_return = 289.15;
  parameter Real waste_water_fouling = 0.0;
  // inputs
  Real P[3], T_sea, u_pump, u_valve, u_sea_pump, T_source_return, m_source, Q_cooling;
  Real T_waste_water, m_waste_water;
  // states
  Real T_server[3](each start = 293.15, each fixed = true);
  Real T_cold[3](each start = 285.15, each fixed = true);
  Real T_hot[3](each start = 289.15, each fixed = true);
  Real T_cdu[3](each start = 290.15, each fixed = true);
  Real integral[3](each start = 0.8, each fixed = true);
  Real x[3](each start = 0.8, each fixed = true);
  Real root(start = 0.6, fixed = true);
  Real T_supply(start = 282.15, fixed = true);
  Real T_return(start = 290.15, fixed = true);
  Real mix_integral(start = 0.9, fixed = true);
  Real x_mixing(start = 0.9, fixed = true);
  Real tank[5](start = {290.15, 282.15, 282.15, 282.15, 282.15}, each fixed = true);
  Real T_dry_cooler(start = 277.15, fixed = true) "loop water leaving the sea exchanger";
  Real T_sea_out(start = 277.15, fixed = true);
  Real n_pump(start = 0.6, fixed = true);
  Real n_sea(start = 0.1, fixed = true);
  Real x_valve(start = 0.2, fixed = true);
  Real E_it(start = 0.0, fixed = true);
  Real E_source(start = 0.0, fixed = true);
  Real E_rejected(start = 0.0, fixed = true);
  Real E_auxiliary(start = 0.0, fixed = true);
  Real E_cooling(start = 0.0, fixed = true);
  Real waste_integral(start = 0.1, fixed = true);
  Real n_waste(start = 0.1, fixed = true);
  Real T_warmed(start = 285.15, fixed = true) "loop water leaving the waste-water exchanger";
  Real T_waste_out(start = 285.15, fixed = true);
  Real E_waste_water(start = 0.0, fixed = true);
  // units
  Real speed[3], turning[3], C_coolant[3], Q_racks[3], phi[3], k[3], m[3], UA[3], C_water[3];
  Real C_small[3], ratio[3], units[3], effectiveness[3], Q[3], wanted[3], given[3];
  Real fouling[3], stuck[3], worn[3];
  // the rest
  Real K, m_relative, m_facility, m_tank, dp_pump, P_pump, mix_wanted, mix_given, down, up;
  Real y_valve, m_dry_cooler, m_sea, UA_sea, S_small, S_ratio, S_units, S_effectiveness, Q_sea;
  Real usable, rise, m_cooling, Q_cooling_delivered, T_back, Q_source, Q_rejected, P_auxiliary;
  Real waste_wanted, waste_given, m_waste_taken, m_warmed, UA_waste, W_small, W_ratio, W_units;
  Real W_effectiveness, Q_exchanged, Q_waste_water;
  Real T_source, T_warmer, T_coolant_supply;
  Real between[4] "heat from a layer into the one above it";
equation
  P[1] = 1.0e6 + 0.6e6 * sin(time / 1300.0);
  P[2] = 1.2e6 + 0.4e6 * sin(time / 800.0);
  P[3] = 0.8e6 + 0.7e6 * cos(time / 1900.0);
  T_sea = 277.15 + 1.0 * sin(time / 5000.0);
  u_pump = 0.7 + 0.2 * sin(time / 900.0);
  u_valve = 0.6 + 0.3 * cos(time / 1700.0);
  u_sea_pump = 0.5 + 0.3 * sin(time / 700.0);
  T_source_return = 280.15 + 1.0 * sin(time / 1100.0);
  m_source = 50.0 + 40.0 * sin(time / 2100.0);
  Q_cooling = 1.0e6 + 0.9e6 * sin(time / 1500.0);
  T_waste_water = 286.15 + 2.0 * sin(time / 1200.0);
  m_waste_water = 60.0 + 50.0 * cos(time / 1000.0);
  fouling[1] = 0.0;
  fouling[2] = fouling_2;
  fouling[3] = 0.0;
  stuck[1] = 0.0;
  stuck[2] = 0.0;
  stuck[3] = stuck_3;
  worn[1] = worn_1;
  worn[2] = 0.0;
  worn[3] = 0.0;

  // machines
  5.0 * der(n_pump) = u_pump - n_pump;
  10.0 * der(n_sea) = u_sea_pump - n_sea;
  30.0 * der(x_valve) = (1.0 - valve_stuck) * (u_valve - x_valve);

  // each CDU a third of the plant
  for i in 1:3 loop
    speed[i] = 0.4 + 0.6 * max(0.0, min(1.0, (T_hot[i] - 309.15) / 4.0));
    turning[i] = speed[i] * (1.0 - 0.99 * worn[i]);
    C_coolant[i] = cp * 40.0 * turning[i];
    Q_racks[i] = C_coolant[i] * (1.0 - exp(-460.0e3 / 3.0 / C_coolant[i])) * (T_server[i] - T_cold[i]);
    5.0e6 * der(T_server[i]) = P[i] - Q_racks[i];
    rho * cp * 4.0 / 3.0 * der(T_hot[i]) = Q_racks[i] - C_coolant[i] * (T_hot[i] - T_cold[i]);
    rho * cp * 4.0 / 3.0 * der(T_cold[i]) = C_coolant[i] * (T_hot[i] - T_cold[i]) - Q[i];
    // own valve
    wanted[i] = 0.05 * (T_cold[i] - 287.15) + integral[i];
    given[i] = max(0.0, min(1.0, wanted[i]));
    60.0 * der(integral[i]) = 0.05 * (T_cold[i] - 287.15) + given[i] - wanted[i];
    15.0 * der(x[i]) = (1.0 - stuck[i]) * (given[i] - x[i]);
    phi[i] = (50.0^x[i] - 1.0) / 49.0;
    k[i] = phi[i] / sqrt(0.5 * phi[i]^2 + 0.5);
    m[i] = (1.0 - bypass_leak) * 130.0 * root * k[i] / 3.0;
    // textbook effectiveness
    C_water[i] = cp * m[i];
    UA[i] = (1.0 - fouling[i]) * 1.725e6 / 3.0 * 2.0 / (1.0 / (turning[i]^2 + 0.02^2)^0.4
      + 1.0 / ((3.0 * m[i] / 130.0)^2 + 0.02^2)^0.4);
    C_small[i] = min(C_coolant[i], C_water[i]);
    ratio[i] = C_small[i] / max(C_coolant[i], C_water[i]);
    units[i] = UA[i] / C_small[i];
    effectiveness[i] = if ratio[i] > 0.99999 then units[i] / (1.0 + units[i])
      else (1.0 - exp(-units[i] * (1.0 - ratio[i]))) / (1.0 - ratio[i] * exp(-units[i] * (1.0 - ratio[i])));
    Q[i] = effectiveness[i] * C_small[i] * (T_hot[i] - T_supply);
    rho * 0.5 * der(T_cdu[i]) = m[i] * (T_supply - T_cdu[i]) + Q[i] / cp;
  end for;

  // hydraulics
  K = (k[1] + k[2] + k[3]) / 3.0;
  2.0 * der(root) = (1.0 - pump_wear) * n_pump / sqrt(K^2 * (0.3 + 0.7 * 0.3) + 0.7 * 0.7) - root;
  m_relative = root * K;
  m_facility = 130.0 * m_relative;
  dp_pump = 200.0e3 * ((n_pump * (1.0 - pump_wear))^2 - 0.3 * m_relative^2) / 0.7;
  P_pump = 45.0e3 * n_pump^2 * (0.5 * n_pump + 0.5 * m_relative);

  // facility water with mixing valve
  mix_wanted = 0.02 * (T_supply - 285.15) + mix_integral;
  mix_given = max(0.0, min(1.0, mix_wanted));
  90.0 * der(mix_integral) = 0.02 * (T_supply - 285.15) + mix_given - mix_wanted;
  30.0 * der(x_mixing) = mix_given - x_mixing;
  m_tank = x_mixing * m_facility;
  rho * 3.0 * der(T_supply) = m_tank * tank[5] + (m_facility - m_tank) * T_return - m_facility * T_supply;
  rho * 3.0 * der(T_return) = m[1] * T_cdu[1] + m[2] * T_cdu[2] + m[3] * T_cdu[3]
    + bypass_leak * m_facility * T_supply - m_facility * T_return;

  // consumers of cooling: never less than about 1 K of usable rise is reckoned with
  usable = T_cooling_return - tank[5];
  rise = 1.0 + 0.5 * (usable - 1.0 + sqrt((usable - 1.0)^2 + 0.2^2));
  m_cooling = min(100.0, Q_cooling / (cp * rise));
  T_back = tank[5] + max(0.0, usable);
  Q_cooling_delivered = cp * m_cooling * (T_back - tank[5]);

  // waste water: pumped where it is half a kelvin warmer than the bottom, to hold the top
  waste_wanted = 0.1 * min(288.15 - tank[1], T_waste_water - tank[5] - 0.5) + waste_integral;
  waste_given = max(0.0, min(1.0, waste_wanted));
  300.0 * der(waste_integral) = waste_given - waste_integral;
  10.0 * der(n_waste) = waste_given - n_waste;
  m_waste_taken = n_waste * m_waste_water;
  m_warmed = 150.0 * n_waste;
  UA_waste = (1.0 - waste_water_fouling) * 3.0e6 * 2.0 / (1.0 / (n_waste^2 + 0.02^2)^0.4
    + 1.0 / ((m_waste_taken / 150.0)^2 + 0.02^2)^0.4);
  W_small = cp * max(1.0e-9, min(m_waste_taken, m_warmed));
  // there is always less waste water than loop water; at standstill both are 0 and the ratio is nothing
  W_ratio = min(0.99, W_small / (cp * max(1.0e-9, max(m_waste_taken, m_warmed))));
  W_units = UA_waste / W_small;
  W_effectiveness = (1.0 - exp(-W_units * (1.0 - W_ratio))) / (1.0 - W_ratio * exp(-W_units * (1.0 - W_ratio)));
  Q_exchanged = W_effectiveness * W_small * (T_waste_water - tank[5]);
  Q_waste_water = cp * m_waste_taken * (T_waste_water - T_waste_out);
  rho * cp * 1.0 * der(T_warmed) = Q_exchanged - cp * m_warmed * (T_warmed - tank[5]);
  rho * cp * 1.0 * der(T_waste_out) = Q_waste_water - Q_exchanged;

  // tank
  down = max(0.0, m_tank + m_cooling + m_warmed - m_source - m_dry_cooler);
  up = max(0.0, m_source + m_dry_cooler - m_tank - m_cooling - m_warmed);
  for i in 1:4 loop
    between[i] = (500.0 + 1.0e6 * max(0.0, tank[i + 1] - tank[i])) * (tank[i + 1] - tank[i]);
  end for;
  rho * cp * 24.0 * der(tank[1]) = cp * m_tank * (T_return - tank[1])
    + cp * m_cooling * (T_back - tank[1]) + cp * m_warmed * (T_warmed - tank[1]) + cp * up * (tank[2] - tank[1]) + between[1];
  for i in 2:4 loop
    rho * cp * 24.0 * der(tank[i]) = cp * down * (tank[i - 1] - tank[i])
      + cp * up * (tank[i + 1] - tank[i]) + between[i] - between[i - 1];
  end for;
  rho * cp * 24.0 * der(tank[5]) = cp * down * (tank[4] - tank[5]) - between[4]
    + cp * m_source * (T_source_return - tank[5]) + cp * m_dry_cooler * (T_dry_cooler - tank[5]);

  // sea water
  y_valve = (50.0^x_valve - 1.0) / 49.0;
  m_dry_cooler = 150.0 * y_valve;
  m_sea = 160.0 * n_sea * (1.0 - sea_pump_wear);
  UA_sea = (1.0 - sea_fouling) * 1.5e6 * 2.0 / (1.0 / (y_valve^2 + 0.02^2)^0.4
    + 1.0 / ((m_sea / 160.0)^2 + 0.02^2)^0.4);
  S_small = min(cp * m_dry_cooler, cp_sea * m_sea);
  S_ratio = S_small / max(cp * m_dry_cooler, cp_sea * m_sea);
  S_units = UA_sea / S_small;
  S_effectiveness = if S_ratio > 0.99999 then S_units / (1.0 + S_units)
    else (1.0 - exp(-S_units * (1.0 - S_ratio))) / (1.0 - S_ratio * exp(-S_units * (1.0 - S_ratio)));
  Q_sea = S_effectiveness * S_small * (tank[1] - T_sea);
  rho * cp * 1.0 * der(T_dry_cooler) = cp * m_dry_cooler * (tank[1] - T_dry_cooler) - Q_sea;
  rho_sea * cp_sea * 1.0 * der(T_sea_out) = Q_sea - Q_rejected;
  Q_rejected = cp_sea * m_sea * (T_sea_out - T_sea);

  // what meters read
  T_source = tank[1];
  // the warmest, rounded off over 0.01 K
  T_warmer = 0.5 * (T_cold[1] + T_cold[2] + sqrt((T_cold[1] - T_cold[2])^2 + 0.01^2));
  T_coolant_supply = 0.5 * (T_warmer + T_cold[3] + sqrt((T_warmer - T_cold[3])^2 + 0.01^2));
  Q_source = cp * m_source * (tank[1] - T_source_return);
  P_auxiliary = P_pump + 50.0e3 * n_sea^3 + 20.0e3 * y_valve
    + 20.0e3 * (speed[1]^3 + speed[2]^3 + speed[3]^3) + 30.0e3 * (m_cooling / 100.0)^3
    + 60.0e3 * n_waste^3;
  der(E_it) = P[1] + P[2] + P[3];
  der(E_source) = Q_source;
  der(E_rejected) = Q_rejected;
  der(E_auxiliary) = P_auxiliary;
  der(E_cooling) = Q_cooling_delivered;
  der(E_waste_water) = Q_waste_water;
end SeveralUnits;
