// The refrigerant cycle, written a second time from the model's README.md

function line "Chebyshev series of x between the two ends"
  input Real c[13];
  input Real ends[2];
  input Real x;
  output Real v;
algorithm
  v := 0.0;
  for i in 1:13 loop
    v := v + c[i] * cos((i - 1) * acos((2.0 * x - ends[1] - ends[2]) / (ends[2] - ends[1])));
  end for;
end line;

function sheet "Chebyshev series of x between the two ends and y between 0 and away"
  input Real c[9, 8];
  input Real ends[2];
  input Real away;
  input Real x;
  input Real y;
  output Real v;
algorithm
  v := 0.0;
  for i in 1:9 loop
    for j in 1:8 loop
      v := v + c[i, j] * cos((i - 1) * acos((2.0 * x - ends[1] - ends[2]) / (ends[2] - ends[1])))
        * cos((j - 1) * acos(2.0 * y / away - 1.0));
    end for;
  end for;
end sheet;

partial model CycleMachine
  extends Tables;
  constant Real cp = 4186.0 "J/(kg.K)";
  constant Real rho_source = 993.0 "kg/m3";
  constant Real rho_sink = 975.0 "kg/m3";
  parameter Real V_swept = 0.925;
  parameter Real clearance = 0.02;
  parameter Real eta_isentropic = 0.75;
  parameter Real pressure_ratio_best = 4.0;
  parameter Real eta_ratio = 0.15;
  parameter Real eta_part_load = 0.3;
  parameter Real eta_motor = 0.96;
  parameter Real superheat_set = 6.0;
  parameter Real subcooling_set = 5.0;
  parameter Real P_motor = 1.35e6;
  parameter Real n_min = 0.2;
  parameter Real tau_compressor = 15.0;
  parameter Real startup_loss = 0.25;
  parameter Real tau_start = 180.0;
  parameter Real tau_standstill = 7200.0;
  parameter Real UA_migration = 1500.0;
  parameter Real UA_room = 0.0;
  parameter Real T_room = 293.15;
  parameter Real UA_evaporator = 349e3;
  parameter Real UA_condenser = 239.5e3;
  parameter Real C_evaporator = 5e6;
  parameter Real C_condenser = 5e6;
  parameter Real V_evaporator = 1.5;
  parameter Real V_condenser = 1.5;
  parameter Real m_source_nominal = 76.0;
  parameter Real m_sink_nominal = 21.5;
  parameter Real T_evaporating_limit = 273.15;
  parameter Real T_condensing_limit = min(372.15, T_critical - 7.0) "3 K below the tables' end";
  parameter Real condenser_fouling = 0.0;
  parameter Real evaporator_fouling = 0.0;
  parameter Real compressor_wear = 0.0;
  parameter Real undercharge = 0.0;
  parameter Real non_condensables = 0.0;
  parameter Real expansion_valve = 0.0;
  // what whoever extends it says: compressor on, its speed, the water that it gets
  Real on;
  Real n_wanted;
  Real source_T;
  Real source_m;
  Real sink_T;
  Real sink_m;
  Real n(start = 0.9, fixed = true);
  Real warm(start = 1.0, fixed = true);
  Real Te[3](each start = 303.15, each fixed = true) "source water";
  Real Tc[3](each start = 348.15, each fixed = true) "sink water";
  Real T_evaporating(start = 299.15, fixed = true);
  Real T_saturation(start = 353.15, fixed = true);
  Real E_electric(start = 0.0, fixed = true);
  Real E_evaporator(start = 0.0, fixed = true);
  Real E_condenser(start = 0.0, fixed = true);
  Real x_e "depth below the critical temperature";
  Real x_c;
  Real x_head;
  Real ln_p_c;
  Real p_evaporating;
  Real p_condensing;
  Real T_condensing;
  Real extra;
  Real room;
  Real superheat;
  Real room_liquid;
  Real subcooling;
  Real h_suction;
  Real s_suction;
  Real rho_suction;
  Real ds;
  Real beyond;
  Real h_ideal;
  Real ideal_work;
  Real work;
  Real slow_share;
  Real shape;
  Real raw_eta;
  Real eta;
  Real raw_volumetric;
  Real volumetric;
  Real h_discharge;
  Real h_liquid;
  Real T_discharge;
  Real start_share;
  Real unload;
  Real m_refrigerant;
  Real P_electric;
  Real Q_e;
  Real Q_c;
  Real UA_e;
  Real UA_c;
  Real NTU_e;
  Real NTU_c;
  Real G_e;
  Real G_c;
  Real migration;
equation
  der(n) = (on * max(n_wanted, n_min) - n) / tau_compressor;
  der(warm) = on * (1.0 - warm) / tau_start - (1.0 - on) * warm / tau_standstill;
  start_share = 1.0 - startup_loss * (1.0 - warm);

  // pressures
  x_e = sqrt(T_critical - T_evaporating);
  x_c = sqrt(T_critical - T_saturation);
  x_head = sqrt(T_critical - T_condensing);
  p_evaporating = exp(line(t_ln_p, t_ln_p_ends, x_e));
  ln_p_c = line(t_ln_p, t_ln_p_ends, x_c);
  p_condensing = exp(ln_p_c) * (1.0 + non_condensables);
  T_condensing = T_saturation
    + line(t_T_saturation, t_T_saturation_ends, ln_p_c + log(1.0 + non_condensables))
    - line(t_T_saturation, t_T_saturation_ends, ln_p_c);

  // superheat and subcooling, held within what the water allows
  extra = 20.0 * expansion_valve + 10.0 * undercharge;
  room = (source_T - T_evaporating - 1.0
    + sqrt((source_T - T_evaporating - 1.0) ^ 2 + 0.25)) / 2.0;
  superheat = max(0.0, (superheat_set + extra + room
    - sqrt((superheat_set + extra - room) ^ 2 + 0.25)) / 2.0);
  room_liquid = (T_saturation - sink_T - 1.0
    + sqrt((T_saturation - sink_T - 1.0) ^ 2 + 0.25)) / 2.0;
  subcooling = max(0.0, (subcooling_set * (1.0 - undercharge) + room_liquid
    - sqrt((subcooling_set * (1.0 - undercharge) - room_liquid) ^ 2 + 0.25)) / 2.0);

  // suction gas
  h_suction = line(t_h_vapour, t_h_vapour_ends, x_e) + superheat
    * sheet(t_suction_h, t_suction_h_ends, t_suction_h_away, x_e, superheat);
  s_suction = line(t_s_vapour, t_s_vapour_ends, x_e) + superheat
    * sheet(t_suction_s, t_suction_s_ends, t_suction_s_away, x_e, superheat);
  rho_suction = exp(line(t_ln_rho_vapour, t_ln_rho_vapour_ends, x_e) + superheat
    * sheet(t_suction_rho, t_suction_rho_ends, t_suction_rho_away, x_e, superheat));

  // compression
  ds = s_suction - line(t_s_vapour, t_s_vapour_ends, x_head);
  beyond = max(0.0, ds);
  h_ideal = line(t_h_vapour, t_h_vapour_ends, x_head) + T_condensing * ds + beyond ^ 2
    * sheet(t_discharge_h, t_discharge_h_ends, t_discharge_h_away, x_head, beyond);
  ideal_work = 500.0
    + (h_ideal - h_suction - 500.0 + sqrt((h_ideal - h_suction - 500.0) ^ 2 + 250000.0)) / 2.0;
  slow_share = 1.0 - eta_part_load * (1.0 - n) ^ 3;
  shape = 0.3 + (0.7 - eta_ratio * log(p_condensing / p_evaporating / pressure_ratio_best) ^ 2
    + sqrt((0.7 - eta_ratio * log(p_condensing / p_evaporating / pressure_ratio_best) ^ 2) ^ 2
    + 0.0025)) / 2.0;
  raw_eta = eta_isentropic * shape * slow_share * (1.0 - compressor_wear) * start_share;
  eta = 0.05 + (raw_eta - 0.05 + sqrt((raw_eta - 0.05) ^ 2 + 0.0001)) / 2.0;
  work = ideal_work / eta;
  h_discharge = h_suction + work;
  T_discharge = T_condensing
    + (h_discharge - line(t_h_vapour, t_h_vapour_ends, x_head))
    * sheet(t_discharge_T, t_discharge_T_ends, t_discharge_T_away, x_head,
        h_discharge - line(t_h_vapour, t_h_vapour_ends, x_head));
  raw_volumetric = 1.0 - clearance * ((p_condensing / p_evaporating) ^ (1.0 / 1.1) - 1.0);
  volumetric = (0.1 + (raw_volumetric - 0.1 + sqrt((raw_volumetric - 0.1) ^ 2 + 0.0004)) / 2.0)
    * (1.0 - 0.5 * compressor_wear);
  unload = max(0.0, min(1.0, (T_condensing_limit - T_condensing) / 3.0))
    * max(0.0, min(1.0, (T_evaporating - T_evaporating_limit) / 3.0));
  m_refrigerant = min(n * V_swept * rho_suction * volumetric * unload * start_share,
    P_motor * eta_motor / work);
  h_liquid = line(t_h_liquid, t_h_liquid_ends, sqrt(x_c ^ 2 + subcooling)) + subcooling
    * sheet(t_liquid_h, t_liquid_h_ends, t_liquid_h_away, x_c, subcooling);
  P_electric = m_refrigerant * work / eta_motor;
  Q_e = m_refrigerant * (h_suction - h_liquid);
  Q_c = m_refrigerant * (h_discharge - h_liquid);

  // exchangers
  UA_e = UA_evaporator * (1.0 - evaporator_fouling) * (1.0 - 0.5 * undercharge)
    * exp(-0.02 * extra) * ((source_m / m_source_nominal) ^ 2 + 0.0004) ^ 0.4;
  UA_c = UA_condenser * (1.0 - condenser_fouling)
    * ((sink_m / m_sink_nominal) ^ 2 + 0.0004) ^ 0.4;
  NTU_e = UA_e / 3.0 / sqrt((cp * source_m) ^ 2 + 1.0) + 1e-6;
  NTU_c = UA_c / 3.0 / sqrt((cp * sink_m) ^ 2 + 1.0) + 1e-6;
  G_e = UA_e / 3.0 * (exp(min(NTU_e, 9.0 / NTU_e)) - 1.0) / min(NTU_e, 9.0 / NTU_e);
  G_c = UA_c / 3.0 * (exp(min(NTU_c, 9.0 / NTU_c)) - 1.0) / min(NTU_c, 9.0 / NTU_c);
  rho_source * cp * V_evaporator / 3.0 * der(Te[1]) =
    cp * source_m * (source_T - Te[1]) - G_e * (Te[1] - T_evaporating);
  rho_sink * cp * V_condenser / 3.0 * der(Tc[1]) =
    cp * sink_m * (sink_T - Tc[1]) - G_c * (Tc[1] - T_saturation);
  for i in 2:3 loop
    rho_source * cp * V_evaporator / 3.0 * der(Te[i]) =
      cp * source_m * (Te[i - 1] - Te[i]) - G_e * (Te[i] - T_evaporating);
    rho_sink * cp * V_condenser / 3.0 * der(Tc[i]) =
      cp * sink_m * (Tc[i - 1] - Tc[i]) - G_c * (Tc[i] - T_saturation);
  end for;
  migration = (1.0 - on) * UA_migration * max(T_saturation - T_evaporating, 0.0);
  C_evaporator * der(T_evaporating) = G_e * (Te[1] + Te[2] + Te[3] - 3.0 * T_evaporating)
    + migration - UA_room * (T_evaporating - T_room) - Q_e;
  C_condenser * der(T_saturation) = Q_c - migration - UA_room * (T_saturation - T_room)
    + G_c * (Tc[1] + Tc[2] + Tc[3] - 3.0 * T_saturation);
  der(E_electric) = P_electric;
  der(E_evaporator) = cp * source_m * (source_T - Te[3]);
  der(E_condenser) = cp * sink_m * (Tc[3] - sink_T);
end CycleMachine;

model HeatPumpCycle "One unit; the plant around it switches it off and on"
  extends CycleMachine;
  parameter Real tau_pump = 5.0;
  parameter Real T_source_in = 311.15;
  parameter Real T_sink_in = 318.15;
  parameter Real m_sink = 21.5;
  parameter Real u_compressor = 0.9;
  parameter Real u_source_pump = 0.9;
  parameter Real t_stop = 1e9 "the compressor is off from here";
  parameter Real t_start = 1e9 "until here";
  Real n_pump(start = 0.9, fixed = true);
equation
  on = if time < t_stop then 1.0 elseif time < t_start then 0.0 else 1.0;
  n_wanted = u_compressor;
  der(n_pump) = (u_source_pump - n_pump) / tau_pump;
  source_T = T_source_in;
  source_m = n_pump * m_source_nominal;
  sink_T = T_sink_in;
  sink_m = m_sink;
end HeatPumpCycle;
