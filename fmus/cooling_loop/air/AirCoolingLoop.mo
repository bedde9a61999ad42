// The cooling loop of an air hall, written a second time: one CRAH with its own water valve.
// Inputs are equations of time; see tests/oracle/test_cooling_loop_modelica.py.
model AirCoolingLoop "Servers, aisles, CRAH, facility water, buffer tank, dry cooler; SI units"
  constant Real cp = 4186.0 "water [J/(kg.K)]";
  constant Real cp_air = 1006.0;
  constant Real rho = 993.0;
  constant Real rho_air = 1.184;
  parameter Real coil_fouling = 0.0;
  parameter Real unit_valve_stuck = 0.0;
  parameter Real crah_fan_loss = 0.0;
  parameter Real valve_stuck = 0.0;
  parameter Real pump_wear = 0.0;
  parameter Real fan_loss = 0.0;
  parameter Real bypass_leak = 0.0;
  // inputs
  Real P_it, T_outdoor, u_pump, u_valve, u_fan, T_source_return, m_source;
  // states
  Real T_server(start = 317.15, fixed = true);
  Real T_coolant_supply(start = 297.15, fixed = true) "cold aisle";
  Real T_coolant_return(start = 309.15, fixed = true) "hot aisle";
  Real n_crah(start = 0.8, fixed = true);
  Real integral(start = 0.8, fixed = true);
  Real x_unit(start = 0.8, fixed = true);
  Real root(start = 0.6, fixed = true);
  Real T_supply(start = 293.15, fixed = true);
  Real T_coil(start = 303.15, fixed = true);
  Real T_return(start = 303.15, fixed = true);
  Real tank[8](start = {303.15, 303.15, 293.15, 293.15, 293.15, 293.15, 293.15, 293.15}, each fixed = true);
  Real dry[4](start = {283.15, 283.15, 283.15, 283.15}, each fixed = true);
  Real n_pump(start = 0.6, fixed = true);
  Real n_fan(start = 0.1, fixed = true);
  Real x_valve(start = 0.2, fixed = true);
  Real E_it(start = 0.0, fixed = true);
  Real E_source(start = 0.0, fixed = true);
  Real E_rejected(start = 0.0, fixed = true);
  Real E_auxiliary(start = 0.0, fixed = true);
  Real E_air_fans(start = 0.0, fixed = true);
  // hall
  Real m_server, m_crah, m_cold, m_back, m_over, n_wanted, UA_server, Q_server, P_fans;
  Real T_unit_supply "air that the CRAH blows";
  Real C_air, C_water, C_small, ratio, units, effectiveness, UA_coil, Q_unit, wanted, given;
  // facility, tank, dry cooler
  Real phi, k, m_facility, m_unit, dp_pump, P_pump, m_dry_cooler, down, up, y_valve, air;
  Real UA_cell, N_air, G_air, N_water, N_used, G, Q_source, Q_rejected, P_auxiliary;
  Real T_source, T_dry_cooler;
  Real between[7] "heat from a layer into the one above it";
equation
  P_it = 3.2e6 + 1.7e6 * sin(time / 1300.0);
  T_outdoor = 278.15 + 6.0 * sin(time / 5000.0);
  u_pump = 0.75 + 0.2 * sin(time / 900.0);
  u_valve = 0.5 + 0.3 * cos(time / 1700.0);
  u_fan = 0.3 + 0.25 * sin(time / 700.0);
  T_source_return = 292.15 + 2.0 * sin(time / 1100.0);
  m_source = 50.0 + 40.0 * sin(time / 2100.0);

  // machines
  5.0 * der(n_pump) = u_pump - n_pump;
  10.0 * der(n_fan) = u_fan - n_fan;
  10.0 * der(n_crah) = n_wanted - n_crah;
  30.0 * der(x_valve) = (1.0 - valve_stuck) * (u_valve - x_valve);

  // air: servers draw by load, the CRAH follows them
  m_server = 414.0 * (0.3 + 0.7 * min(1.5, P_it / 5.0e6));
  n_wanted = max(0.3, min(1.0, 1.05 * m_server / (0.95 * 470.0)));
  m_crah = 470.0 * (0.02 + 0.98 * n_crah * (1.0 - crah_fan_loss));
  m_cold = 0.95 * m_crah;
  m_back = if m_server - m_cold > 0.03 * m_server then m_server - m_cold else 0.03 * m_server;
  m_over = m_cold + m_back - m_server;
  UA_server = 380.0e3 * ((m_server / 414.0)^2 + 0.02^2)^0.4;
  Q_server = cp_air * m_server * (1.0 - exp(-UA_server / (cp_air * m_server)))
    * (T_server - T_coolant_supply);
  P_fans = 250.0e3 * n_crah^3 * (1.0 - crah_fan_loss);
  T_unit_supply = T_coolant_return + (P_fans - Q_unit) / C_air;
  6.0e7 * der(T_server) = P_it - Q_server;
  rho_air * 1000.0 * der(T_coolant_supply) = m_cold * T_unit_supply + m_back * T_coolant_return
    - (m_server + m_over) * T_coolant_supply;
  rho_air * 2000.0 * der(T_coolant_return) = m_server * T_coolant_supply + Q_server / cp_air
    + m_over * T_coolant_supply + (m_crah - m_cold) * T_unit_supply
    - (m_back + m_crah) * T_coolant_return;

  // coil: textbook effectiveness of a counterflow exchanger
  C_air = cp_air * m_crah;
  C_water = cp * m_unit;
  UA_coil = 1.5e6 * (1.0 - coil_fouling) / (0.7 / ((m_crah / 470.0)^2 + 0.02^2)^0.4
    + 0.3 / ((m_unit / 130.0)^2 + 0.02^2)^0.4);
  C_small = min(C_air, C_water);
  ratio = C_small / max(C_air, C_water);
  units = UA_coil / C_small;
  effectiveness = if ratio > 0.99999 then units / (1.0 + units)
    else (1.0 - exp(-units * (1.0 - ratio))) / (1.0 - ratio * exp(-units * (1.0 - ratio)));
  Q_unit = effectiveness * C_small * (T_coolant_return - T_supply);

  // the CRAH's own water valve
  wanted = 0.05 * (T_unit_supply - 297.15) + integral;
  given = max(0.0, min(1.0, wanted));
  der(integral) = (0.05 * (T_unit_supply - 297.15) + given - wanted) / 60.0;
  der(x_unit) = (1.0 - unit_valve_stuck) * (given - x_unit) / 15.0;

  // hydraulics: shut-off head 1/(1 - 0.3), pump 0.3/(1 - 0.3) and mains 0.3 of nominal, rest in
  // the branch, half of which is the open valve
  phi = (50.0^x_unit - 1.0) / 49.0;
  k = 1.0 / sqrt(0.5 + 0.5 / phi^2);
  2.0 * der(root) = (1.0 - pump_wear) * n_pump / sqrt(k^2 * (0.3 + 0.7 * 0.3) + 0.7 * 0.7) - root;
  m_facility = 130.0 * root * k;
  m_unit = (1.0 - bypass_leak) * m_facility;
  dp_pump = 200.0e3 * ((n_pump * (1.0 - pump_wear))^2 - 0.3 * (root * k)^2) / 0.7;
  P_pump = 45.0e3 * n_pump^2 * (0.5 * n_pump + 0.5 * root * k);

  // facility water
  rho * 3.0 * der(T_supply) = m_facility * (tank[8] - T_supply);
  rho * 1.5 * der(T_coil) = m_unit * (T_supply - T_coil) + Q_unit / cp;
  rho * 3.0 * der(T_return) = m_unit * T_coil + (m_facility - m_unit) * T_supply
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
  P_auxiliary = P_pump + P_fans + 150.0e3 * n_fan^3 * (1.0 - fan_loss) + 20.0e3 * y_valve;
  der(E_it) = P_it;
  der(E_source) = Q_source;
  der(E_rejected) = Q_rejected;
  der(E_auxiliary) = P_auxiliary;
  der(E_air_fans) = P_fans;
end AirCoolingLoop;
