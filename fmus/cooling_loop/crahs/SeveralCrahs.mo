// The cooling loop of a small air hall, written a second time: two CRAHs, three-way mixing valve,
// ten layers that turn upside down, dry cooler with wetted pads.
// Inputs are equations of time; see tests/oracle/test_cooling_loop_modelica.py.
model SeveralCrahs "Two zones, mixing valve, buffer tank, wetted pads; SI units"
  constant Real cp = 4186.0 "water [J/(kg.K)]";
  constant Real cp_air = 1006.0;
  constant Real rho = 993.0;
  constant Real rho_air = 1.184;
  constant Real size = 2.0 / 5.0 "capacity over that of the 5 MW plant";
  constant Integer N = 2 "units";
  constant Integer L = 10 "layers";
  parameter Real fouling_1 = 0.0 "coil of the first CRAH";
  parameter Real stuck_2 = 0.0 "valve of the second CRAH";
  parameter Real fans_1 = 0.0 "of the first CRAH that stand still";
  parameter Real valve_stuck = 0.0;
  parameter Real pump_wear = 0.0;
  parameter Real fan_loss = 0.0;
  parameter Real bypass_leak = 0.0;
  // inputs
  Real P[N], T_outdoor, T_wet_bulb, u_pump, u_valve, u_fan, T_source_return, m_source;
  // states
  Real T_server[N](each start = 315.15, each fixed = true);
  Real T_cold[N](each start = 295.15, each fixed = true) "aisles";
  Real T_hot[N](each start = 307.15, each fixed = true);
  Real n_crah[N](each start = 0.8, each fixed = true);
  Real integral[N](each start = 0.8, each fixed = true);
  Real x[N](each start = 0.8, each fixed = true);
  Real root(start = 0.6, fixed = true);
  Real T_supply(start = 291.15, fixed = true);
  Real T_coil[N](each start = 301.15, each fixed = true);
  Real T_return(start = 301.15, fixed = true);
  Real mix_integral(start = 0.9, fixed = true);
  Real x_mixing(start = 0.9, fixed = true);
  Real tank[L](start = {301.15, 301.15, 291.15, 291.15, 291.15, 291.15, 291.15, 291.15, 291.15, 291.15}, each fixed = true);
  Real dry[4](each start = 281.15, each fixed = true);
  Real n_pump(start = 0.6, fixed = true);
  Real n_fan(start = 0.1, fixed = true);
  Real x_valve(start = 0.2, fixed = true);
  Real E_it(start = 0.0, fixed = true);
  Real E_source(start = 0.0, fixed = true);
  Real E_rejected(start = 0.0, fixed = true);
  Real E_auxiliary(start = 0.0, fixed = true);
  Real E_air_fans(start = 0.0, fixed = true);
  // zones
  Real fouling[N], stuck[N], turning[N], draws[N], n_wanted[N], blows[N], to_cold[N], back[N];
  Real over[N], UA_server[N], Q_server[N], P_crah[N], T_blown[N], UA[N], C_air[N], C_water[N];
  Real C_small[N], ratio[N], units[N], effectiveness[N], Q[N], wanted[N], given[N];
  Real phi[N], k[N], m[N];
  // the rest
  Real K, m_relative, m_facility, m_tank, dp_pump, mix_wanted, mix_given, down, up, P_fans;
  Real y_valve, m_dry_cooler, air, wet, T_air, UA_cell, G_air, N_water, N_used, G;
  Real Q_source, Q_rejected, P_auxiliary, T_source, T_dry_cooler, T_tank_bottom;
  Real T_coolant_supply, T_coolant_return;
  Real between[L - 1] "heat from a layer into the one above it";
equation
  P[1] = 0.6e6 + 0.35e6 * sin(time / 1300.0);
  P[2] = 0.7e6 + 0.25e6 * cos(time / 800.0);
  T_outdoor = 292.15 + 6.0 * sin(time / 1500.0);
  T_wet_bulb = 287.15 + 2.0 * sin(time / 1900.0);
  u_pump = 0.75 + 0.2 * sin(time / 900.0);
  u_valve = 0.5 + 0.3 * cos(time / 1700.0);
  u_fan = 0.3 + 0.25 * sin(time / 700.0);
  T_source_return = 291.15 + 8.0 * sin(time / 600.0);
  m_source = 20.0 + 16.0 * sin(time / 2100.0);
  fouling[1] = fouling_1;
  fouling[2] = 0.0;
  stuck[1] = 0.0;
  stuck[2] = stuck_2;
  turning[1] = 1.0 - fans_1;
  turning[2] = 1.0;

  // machines
  5.0 * der(n_pump) = u_pump - n_pump;
  10.0 * der(n_fan) = u_fan - n_fan;
  30.0 * der(x_valve) = (1.0 - valve_stuck) * (u_valve - x_valve);

  for i in 1:N loop
    // air: servers draw by load, their CRAH follows, what lacks in the cold aisle comes back
    draws[i] = size * 414.0 / N * (0.3 + 0.7 * min(1.5, P[i] / (size * 5.0e6 / N)));
    n_wanted[i] = max(0.3, min(1.0, 1.05 * draws[i] / 0.95 / (size * 470.0 / N)));
    10.0 * der(n_crah[i]) = n_wanted[i] - n_crah[i];
    blows[i] = size * 470.0 / N * (0.02 + 0.98 * n_crah[i] * turning[i]);
    to_cold[i] = 0.95 * blows[i];
    back[i] = max(0.03 * draws[i], draws[i] - to_cold[i]);
    over[i] = to_cold[i] + back[i] - draws[i];
    UA_server[i] = size * 380.0e3 / N * ((draws[i] / (size * 414.0 / N))^2 + 0.02^2)^0.4;
    Q_server[i] = cp_air * draws[i] * (1.0 - exp(-UA_server[i] / (cp_air * draws[i])))
      * (T_server[i] - T_cold[i]);
    P_crah[i] = size * 250.0e3 / N * n_crah[i]^3 * turning[i];
    T_blown[i] = T_hot[i] + (P_crah[i] - Q[i]) / C_air[i];
    size * 6.0e7 / N * der(T_server[i]) = P[i] - Q_server[i];
    rho_air * size * 1000.0 / N * der(T_cold[i]) = to_cold[i] * T_blown[i] + back[i] * T_hot[i]
      - (draws[i] + over[i]) * T_cold[i];
    rho_air * size * 2000.0 / N * der(T_hot[i]) = (draws[i] + over[i]) * T_cold[i] + Q_server[i] / cp_air
      + (blows[i] - to_cold[i]) * T_blown[i] - (back[i] + blows[i]) * T_hot[i];
    // coil: textbook effectiveness of a counterflow exchanger
    C_air[i] = cp_air * blows[i];
    C_water[i] = cp * m[i];
    UA[i] = (1.0 - fouling[i]) * size * 1.5e6 / N / (0.7 / ((blows[i] / (size * 470.0 / N))^2 + 0.02^2)^0.4
      + 0.3 / ((m[i] / (size * 130.0 / N))^2 + 0.02^2)^0.4);
    C_small[i] = min(C_air[i], C_water[i]);
    ratio[i] = C_small[i] / max(C_air[i], C_water[i]);
    units[i] = UA[i] / C_small[i];
    effectiveness[i] = (1.0 - exp(-units[i] * (1.0 - ratio[i]))) / (1.0 - ratio[i] * exp(-units[i] * (1.0 - ratio[i])));
    Q[i] = effectiveness[i] * C_small[i] * (T_hot[i] - T_supply);
    // own valve
    wanted[i] = 0.05 * (T_blown[i] - 297.15) + integral[i];
    given[i] = max(0.0, min(1.0, wanted[i]));
    60.0 * der(integral[i]) = 0.05 * (T_blown[i] - 297.15) + given[i] - wanted[i];
    15.0 * der(x[i]) = (1.0 - stuck[i]) * (given[i] - x[i]);
    phi[i] = (50.0^x[i] - 1.0) / 49.0;
    k[i] = phi[i] / sqrt(0.5 * phi[i]^2 + 0.5);
    m[i] = (1.0 - bypass_leak) * size * 130.0 * root * k[i] / N;
    rho * size * 1.5 / N * der(T_coil[i]) = m[i] * (T_supply - T_coil[i]) + Q[i] / cp;
  end for;

  // hydraulics
  K = (k[1] + k[2]) / 2.0;
  2.0 * der(root) = (1.0 - pump_wear) * n_pump / sqrt(K^2 * (0.3 + 0.7 * 0.3) + 0.7 * 0.7) - root;
  m_relative = root * K;
  m_facility = size * 130.0 * m_relative;
  dp_pump = 200.0e3 * ((n_pump * (1.0 - pump_wear))^2 - 0.3 * m_relative^2) / 0.7;

  // facility water with mixing valve
  mix_wanted = 0.02 * (T_supply - 292.15) + mix_integral;
  mix_given = max(0.0, min(1.0, mix_wanted));
  90.0 * der(mix_integral) = 0.02 * (T_supply - 292.15) + mix_given - mix_wanted;
  30.0 * der(x_mixing) = mix_given - x_mixing;
  m_tank = x_mixing * m_facility;
  rho * size * 3.0 * der(T_supply) = m_tank * tank[L] + (m_facility - m_tank) * T_return - m_facility * T_supply;
  rho * size * 3.0 * der(T_return) = m[1] * T_coil[1] + m[2] * T_coil[2]
    + bypass_leak * m_facility * T_supply - m_facility * T_return;

  // tank
  down = max(0.0, m_tank - m_source - m_dry_cooler);
  up = max(0.0, m_source + m_dry_cooler - m_tank);
  for i in 1:L - 1 loop
    between[i] = size * (500.0 + 1.0e6 * max(0.0, tank[i + 1] - tank[i])) * (tank[i + 1] - tank[i]);
  end for;
  rho * cp * size * 120.0 / L * der(tank[1]) = cp * m_tank * (T_return - tank[1])
    + cp * up * (tank[2] - tank[1]) + between[1];
  for i in 2:L - 1 loop
    rho * cp * size * 120.0 / L * der(tank[i]) = cp * down * (tank[i - 1] - tank[i])
      + cp * up * (tank[i + 1] - tank[i]) + between[i] - between[i - 1];
  end for;
  rho * cp * size * 120.0 / L * der(tank[L]) = cp * down * (tank[L - 1] - tank[L]) - between[L - 1]
    + cp * m_source * (T_source_return - tank[L]) + cp * m_dry_cooler * (dry[4] - tank[L]);

  // dry cooler behind pads that come on over 2 K
  wet = max(0.0, min(1.0, (T_outdoor - 291.15) / 2.0));
  T_air = T_outdoor - 0.7 * wet * (T_outdoor - T_wet_bulb);
  y_valve = (50.0^x_valve - 1.0) / 49.0;
  m_dry_cooler = size * 150.0 * y_valve;
  air = 0.04 + 0.96 * n_fan * (1.0 - fan_loss);
  UA_cell = 0.25 * size * 1.1e6 / (0.8 / (air^2 + 0.02^2)^0.3 + 0.2 / (y_valve^2 + 0.02^2)^0.4);
  G_air = 0.25 * cp_air * size * 800.0 * air * (1.0 - exp(-UA_cell / (0.25 * cp_air * size * 800.0 * air)));
  N_water = G_air / (cp * m_dry_cooler);
  N_used = min(N_water, 9.0 / N_water);
  G = G_air * (exp(N_used) - 1.0) / N_used;
  rho * cp * size * 0.75 * der(dry[1]) = cp * m_dry_cooler * (tank[1] - dry[1]) - G * (dry[1] - T_air);
  for i in 2:4 loop
    rho * cp * size * 0.75 * der(dry[i]) = cp * m_dry_cooler * (dry[i - 1] - dry[i]) - G * (dry[i] - T_air);
  end for;

  // what meters read; the warmest unit, rounded off over 0.01 K
  T_coolant_supply = 0.5 * (T_cold[1] + T_cold[2] + sqrt((T_cold[1] - T_cold[2])^2 + 0.01^2));
  T_coolant_return = 0.5 * (T_hot[1] + T_hot[2] + sqrt((T_hot[1] - T_hot[2])^2 + 0.01^2));
  T_source = tank[1];
  T_tank_bottom = tank[L];
  T_dry_cooler = dry[4];
  Q_source = cp * m_source * (tank[1] - T_source_return);
  Q_rejected = G * (dry[1] + dry[2] + dry[3] + dry[4] - 4.0 * T_air);
  P_fans = P_crah[1] + P_crah[2];
  P_auxiliary = size * 45.0e3 * n_pump^2 * (0.5 * n_pump + 0.5 * m_relative) + P_fans
    + size * (150.0e3 * n_fan^3 * (1.0 - fan_loss) + 20.0e3 * y_valve);
  der(E_it) = P[1] + P[2];
  der(E_source) = Q_source;
  der(E_rejected) = Q_rejected;
  der(E_auxiliary) = P_auxiliary;
  der(E_air_fans) = P_fans;
end SeveralCrahs;
