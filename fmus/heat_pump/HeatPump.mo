partial model MapMachine "A machine with the Carnot-efficiency map, written a second time from README.md"
  constant Real cp = 4186.0 "J/(kg.K)";
  constant Real rho_source = 993.0 "kg/m3";
  constant Real rho_sink = 975.0 "kg/m3";
  parameter Real Q_evaporator_nominal = 2.541e6;
  parameter Real Q_evaporator_most = 6.907e6;
  parameter Real T_evaporating_nominal = 299.15;
  parameter Real T_condensing_nominal = 361.15;
  parameter Real eta_carnot = 0.588;
  parameter Real eta_part_load = 0.3;
  parameter Real eta_lift = 0.25;
  parameter Real eta_lift_linear = 0.0;
  parameter Real eta_lift_cubic = 0.0;
  parameter Real eta_condensing = 0.0;
  parameter Real capacity_evaporating = 0.03;
  parameter Real capacity_condensing = 0.01;
  parameter Real capacity_evaporating_2 = 0.0;
  parameter Real capacity_mixed = 0.0;
  parameter Real capacity_condensing_2 = 0.0;
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
  parameter Real T_condensing_limit = 372.15;
  parameter Real vapour_pressure = 2642.5684232815547 "of R134a, K";
  parameter Real of_superheat = 0.007651605747593012 "of R134a, 1/K";
  parameter Real of_liquid = 0.013266090560044269 "of R134a, 1/K";
  parameter Real thinner = 0.005524060591060449 "of R134a, 1/K";
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
  Real T_condensing;
  Real lift;
  Real off;
  Real hot;
  Real cold;
  Real shape;
  Real eta;
  Real soft_lift;
  Real raw_cop;
  Real cop;
  Real start_share;
  Real unload;
  Real Q_free;
  Real Q_liquid;
  Real hot_liquid;
  Real extra;
  Real room;
  Real more;
  Real effect;
  Real carried;
  Real compressed;
  Real Q;
  Real P_electric;
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

  // efficiency
  T_condensing = 1.0 / (1.0 / T_saturation - log(1.0 + non_condensables) / vapour_pressure);
  lift = T_condensing - T_evaporating;
  off = lift / (T_condensing_nominal - T_evaporating_nominal) - 1.0;
  hot = 60.0 * tanh((T_condensing - T_condensing_nominal) / 60.0);
  cold = 60.0 * tanh((T_evaporating - T_evaporating_nominal) / 60.0);
  shape = 1.0 - eta_lift * off ^ 2 + eta_condensing * hot
    + eta_lift_linear * tanh(off) + eta_lift_cubic * tanh(off) ^ 3;
  eta = min(1.0, eta_carnot * (1.0 - eta_part_load * (1.0 - n) ^ 3) * max(shape, 0.2));
  soft_lift = 10.0 + (lift - 10.0 + sqrt((lift - 10.0) ^ 2 + 100.0)) / 2.0;
  start_share = 1.0 - startup_loss * (1.0 - warm);
  raw_cop = 1.0 + (eta * T_condensing / soft_lift * start_share - 1.0) * (1.0 - compressor_wear);
  cop = 1.3 + (raw_cop - 1.3 + sqrt((raw_cop - 1.3) ^ 2 + 0.0025)) / 2.0;

  // capacity
  unload = max(0.0, min(1.0, (T_condensing_limit - T_condensing) / 3.0))
    * max(0.0, min(1.0, (T_evaporating - T_evaporating_limit) / 3.0));
  Q_free = min(Q_evaporator_most, Q_evaporator_nominal * exp(
    capacity_evaporating * (T_evaporating - T_evaporating_nominal)
    - capacity_condensing * (T_condensing - T_condensing_nominal)
    + capacity_evaporating_2 * cold ^ 2 + capacity_condensing_2 * hot ^ 2
    + capacity_mixed * cold * hot));
  compressed = min(P_motor * (cop - 1.0), n * Q_free * unload * start_share
    * (1.0 - 0.5 * compressor_wear));
  P_electric = compressed / (cop - 1.0);

  // what the gas carries
  hot_liquid = 60.0 * tanh((T_saturation - T_condensing_nominal) / 60.0);
  Q_liquid = min(Q_evaporator_most, Q_evaporator_nominal * exp(
    capacity_evaporating * (T_evaporating - T_evaporating_nominal)
    - capacity_condensing * (T_saturation - T_condensing_nominal)
    + capacity_evaporating_2 * cold ^ 2 + capacity_condensing_2 * hot_liquid ^ 2
    + capacity_mixed * cold * hot_liquid));
  extra = 20.0 * expansion_valve + 10.0 * undercharge;
  room = (source_T - T_evaporating - 1.0
    + sqrt((source_T - T_evaporating - 1.0) ^ 2 + 0.25)) / 2.0;
  more = max(0.0, (6.0 + extra + room - sqrt((6.0 + extra - room) ^ 2 + 0.25)) / 2.0)
    - max(0.0, (6.0 + room - sqrt((6.0 - room) ^ 2 + 0.25)) / 2.0);
  effect = 0.2 + (0.8 - of_liquid * (T_saturation - 338.15)
    + sqrt((0.8 - of_liquid * (T_saturation - 338.15)) ^ 2 + 0.01)) / 2.0;
  carried = Q_liquid / Q_free * exp(-thinner * more)
    * (1.0 + (of_superheat * more - of_liquid * 5.0 * undercharge) / effect);
  Q = compressed * carried;

  // exchangers
  UA_e = UA_evaporator * (1.0 - evaporator_fouling) * (1.0 - 0.5 * undercharge)
    * exp(-0.02 * extra)
    * ((source_m / m_source_nominal) ^ 2 + 0.0004) ^ 0.4;
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
    + migration - UA_room * (T_evaporating - T_room) - Q;
  C_condenser * der(T_saturation) = Q + P_electric - migration
    - UA_room * (T_saturation - T_room) + G_c * (Tc[1] + Tc[2] + Tc[3] - 3.0 * T_saturation);
  der(E_electric) = P_electric;
  der(E_evaporator) = cp * source_m * (source_T - Te[3]);
  der(E_condenser) = cp * sink_m * (Tc[3] - sink_T);
end MapMachine;

model HeatPump "One unit; the plant around it switches it off and on"
  extends MapMachine;
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
end HeatPump;
