// The default cooling loop, written a second time: one CDU, 8 layers, dry cooler.
// Inputs are equations of time; see tests/oracle/test_cooling_loop_modelica.py.
model CoolingLoop "Racks, CDU, facility water, buffer tank, dry cooler; SI units"
  constant Real cp = 4186.0 "water [J/(kg.K)]";
  constant Real cp_air = 1006.0;
  constant Real rho = 993.0;
  parameter Real cdu_fouling = 0.0;
  parameter Real valve_stuck = 0.0;
  parameter Real pump_wear = 0.0;
  parameter Real fan_loss = 0.0;
  parameter Real bypass_leak = 0.0;
  // inputs
  Real P_it, T_outdoor, u_pump, u_valve, u_fan, T_source_return, m_source;
  // states
  Real T_server(start = 316.15, fixed = true);
  Real T_coolant_supply(start = 306.15, fixed = true);
  Real T_coolant_return(start = 312.15, fixed = true);
  Real T_supply(start = 303.15, fixed = true);
  Real T_cdu(start = 313.15, fixed = true);
  Real T_return(start = 313.15, fixed = true);
  Real tank[8](start = {313.15, 313.15, 303.15, 303.15, 303.15, 303.15, 303.15, 303.15}, each fixed = true);
  Real dry[4](start = {293.15, 293.15, 293.15, 293.15}, each fixed = true);
  Real n_pump(start = 0.6, fixed = true);
  Real n_fan(start = 0.1, fixed = true);
  Real x_valve(start = 0.2, fixed = true);
  Real E_it(start = 0.0, fixed = true);
  Real E_source(start = 0.0, fixed = true);
  Real E_rejected(start = 0.0, fixed = true);
  Real E_auxiliary(start = 0.0, fixed = true);
  // racks and CDU
  Real Q_racks, Q_cdu, C_coolant, C_water, C_small, ratio, units, effectiveness, UA_cdu;
  // facility, tank, dry cooler
  Real m_facility, m_through, m_dry_cooler, down, up, y_valve, air, UA_cell, N_air, G_air;
  Real N_water, N_used, G, Q_source, Q_rejected, P_auxiliary, T_source, T_dry_cooler;
  Real between[7] "heat from a layer into the one above it";
equation
  P_it = 3.0e6 + 1.5e6 * sin(time / 1300.0);
  T_outdoor = 278.15 + 6.0 * sin(time / 5000.0);
  u_pump = 0.7 + 0.2 * sin(time / 900.0);
  u_valve = 0.5 + 0.3 * cos(time / 1700.0);
  u_fan = 0.3 + 0.25 * sin(time / 700.0);
  T_source_return = 303.15 + 2.0 * sin(time / 1100.0);
  m_source = 50.0 + 40.0 * sin(time / 2100.0);

  // machines
  5.0 * der(n_pump) = u_pump - n_pump;
  10.0 * der(n_fan) = u_fan - n_fan;
  30.0 * der(x_valve) = (1.0 - valve_stuck) * (u_valve - x_valve);
  m_facility = 130.0 * n_pump * (1.0 - pump_wear);
  m_through = (1.0 - bypass_leak) * m_facility;

  // racks: one stream along servers of one temperature
  C_coolant = cp * 120.0;
  Q_racks = C_coolant * (1.0 - exp(-460.0e3 / C_coolant)) * (T_server - T_coolant_supply);
  1.5e7 * der(T_server) = P_it - Q_racks;
  rho * cp * 4.0 * der(T_coolant_return) = Q_racks - C_coolant * (T_coolant_return - T_coolant_supply);
  rho * cp * 4.0 * der(T_coolant_supply) = C_coolant * (T_coolant_return - T_coolant_supply) - Q_cdu;

  // CDU: textbook effectiveness of a counterflow exchanger
  C_water = cp * m_through;
  UA_cdu = 1.725e6 * (1.0 - cdu_fouling) * 2.0
    / (1.0 + 1.0 / ((m_through / 130.0)^2 + 0.02^2)^0.4);
  C_small = min(C_coolant, C_water);
  ratio = C_small / max(C_coolant, C_water);
  units = UA_cdu / C_small;
  effectiveness = if ratio > 0.99999 then units / (1.0 + units)
    else (1.0 - exp(-units * (1.0 - ratio))) / (1.0 - ratio * exp(-units * (1.0 - ratio)));
  Q_cdu = effectiveness * C_small * (T_coolant_return - T_supply);

  // facility water
  rho * 3.0 * der(T_supply) = m_facility * (tank[8] - T_supply);
  rho * 1.5 * der(T_cdu) = m_through * (T_supply - T_cdu) + Q_cdu / cp;
  rho * 3.0 * der(T_return) = m_through * T_cdu + (m_facility - m_through) * T_supply
    - m_facility * T_return;

  // tank
  down = max(0.0, m_facility - m_source - m_dry_cooler);
  up = max(0.0, m_source + m_dry_cooler - m_facility);
  for i in 1:7 loop
    between[i] = (500.0 + 1.0e6 * max(0.0, tank[i + 1] - tank[i])) * (tank[i + 1] - tank[i]);
  end for;
  rho * cp * 15.0 * der(tank[1]) = cp * m_facility * (T_return - tank[1])
    + cp * up * (tank[2] - tank[1]) + between[1];
  for i in 2:7 loop
    rho * cp * 15.0 * der(tank[i]) = cp * down * (tank[i - 1] - tank[i])
      + cp * up * (tank[i + 1] - tank[i]) + between[i] - between[i - 1];
  end for;
  rho * cp * 15.0 * der(tank[8]) = cp * down * (tank[7] - tank[8]) - between[7]
    + cp * m_source * (T_source_return - tank[8]) + cp * m_dry_cooler * (dry[4] - tank[8]);

  // dry cooler: four water cells, each against a quarter of the air
  y_valve = (50.0^x_valve - 1.0) / 49.0;
  m_dry_cooler = 150.0 * y_valve;
  air = 0.04 + 0.96 * n_fan * (1.0 - fan_loss);
  UA_cell = 0.25 * 1.1e6 / (0.8 / (air^2 + 0.02^2)^0.3 + 0.2 / (y_valve^2 + 0.02^2)^0.4);
  N_air = UA_cell / (0.25 * cp_air * 800.0 * air);
  G_air = 0.25 * cp_air * 800.0 * air * (1.0 - exp(-N_air));
  N_water = G_air / (cp * m_dry_cooler);
  N_used = if N_water < 3.0 then N_water else 9.0 / N_water;
  G = G_air * (exp(N_used) - 1.0) / N_used;
  rho * cp * 0.75 * der(dry[1]) = cp * m_dry_cooler * (tank[1] - dry[1]) - G * (dry[1] - T_outdoor);
  for i in 2:4 loop
    rho * cp * 0.75 * der(dry[i]) = cp * m_dry_cooler * (dry[i - 1] - dry[i]) - G * (dry[i] - T_outdoor);
  end for;

  // what meters read
  T_source = tank[1];
  T_dry_cooler = dry[4];
  Q_source = cp * m_source * (tank[1] - T_source_return);
  Q_rejected = G * (dry[1] + dry[2] + dry[3] + dry[4] - 4.0 * T_outdoor);
  P_auxiliary = 45.0e3 * n_pump^3 + 150.0e3 * n_fan^3 * (1.0 - fan_loss) + 20.0e3 * y_valve;
  der(E_it) = P_it;
  der(E_source) = Q_source;
  der(E_rejected) = Q_rejected;
  der(E_auxiliary) = P_auxiliary;
end CoolingLoop;
